"""Files of a form: what is taken as a document, under which name, and as which bytes it is kept."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from starlette.datastructures import UploadFile

from cartridge_documents.charsets import is_utf8_text, write_as_utf8
from cartridge_documents.errors import DocumentEmptyError, DocumentError, DocumentTypeError
from cartridge_documents.kinds import HTML, Reading, kind_of
from cartridge_documents.names import clean_name
from cartridge_web.problems import Problem
from services.api.problems import document_problem

# Files up to this size are kept in memory while a request is served, larger ones on disk.
SPOOLED_BYTES = 64 * 1024
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class TakenFile:
    """A file that is a document. A text is `is_text`, in UTF-8; of another the trainer gets the text."""

    name: str
    media_type: str
    is_text: bool
    file: BinaryIO
    size_bytes: int
    sha256: str


@contextmanager
def taken(files: list[UploadFile]) -> Iterator[list[TakenFile]]:
    """The files, checked and closed at the end. Raises the problem that says what is wrong with the first bad one."""
    found: list[TakenFile] = []
    try:
        for file in files:
            found.append(take(file))
        yield found
    finally:
        for each in found:
            each.file.close()


def take(file: UploadFile) -> TakenFile:
    """Check one file, piece by piece. Raises the problem that says what is wrong with it."""
    name = clean_name(file.filename or "")
    try:
        kind = kind_of(name)
        target = _Measured(file.file)
        is_text = kind.reading is Reading.TEXT
        if not is_text:
            target.read_all()
        elif not is_utf8_text(cast(BinaryIO, target)):
            written = cast(BinaryIO, SpooledTemporaryFile(max_size=SPOOLED_BYTES))  # noqa: SIM115 - closed by `taken`
            file.file.seek(0)
            write_as_utf8(file.file, written, is_html=kind.media_type == HTML)
            written.seek(0)
            target = _Measured(written)
            target.read_all()
        if target.size == 0:
            raise DocumentEmptyError(
                "the file is empty; leave it out, or look whether the right file was taken"
            )
    except DocumentError as error:
        raise refusal(name, error) from error
    return TakenFile(name, kind.media_type, is_text, target.file, target.size, target.digest)


def refusal(name: str, error: DocumentError) -> Problem:
    """The problem of a file that cannot be taken."""
    status = 415 if isinstance(error, DocumentTypeError) else 422
    return document_problem(status, error.code, error.title, name, f"{error}.")


class _Measured:
    """A file whose bytes are counted and digested while it is read, once and from its beginning."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def read(self, size: int) -> bytes:
        piece = self.file.read(size)
        self._digest.update(piece)
        self.size += len(piece)
        return piece

    def read_all(self) -> None:
        while self.read(_PIECE_BYTES):
            pass
