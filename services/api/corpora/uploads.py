"""Files of a form: what is taken as a document, under which name, and as which bytes it is kept."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from starlette.datastructures import UploadFile

from cartridge_documents.charsets import write_as_utf8
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
        if kind.reading is Reading.TEXT:
            target = cast(BinaryIO, SpooledTemporaryFile(max_size=SPOOLED_BYTES))  # noqa: SIM115 - closed by `taken`
            write_as_utf8(file.file, target, is_html=kind.media_type == HTML)
        else:
            target = file.file
        size, digest = _measure(target)
        if size == 0:
            raise DocumentEmptyError(
                "the file is empty; leave it out, or look whether the right file was taken"
            )
    except DocumentError as error:
        raise refusal(name, error) from error
    return TakenFile(name, kind.media_type, kind.reading is Reading.TEXT, target, size, digest)


def refusal(name: str, error: DocumentError) -> Problem:
    """The problem of a file that cannot be taken."""
    status = 415 if isinstance(error, DocumentTypeError) else 422
    return document_problem(status, error.code, error.title, name, f"{error}.")


def _measure(file: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return size, digest.hexdigest()
