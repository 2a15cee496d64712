"""The form of an upload, read while it arrives and taken only when all of it has."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cartridge_web.handlers import invalid_request
from cartridge_web.problems import Problem
from services.api.corpora.uploads import SPOOLED_BYTES

MAX_FILES = 100
_PIECE_BYTES = 1024 * 1024
_MEDIA_TYPE = "multipart/form-data"


@asynccontextmanager
async def uploaded_files(request: Request) -> AsyncGenerator[list[UploadFile]]:
    """The files of the form field `files`, spooled to disk and closed at the end.

    Raises the 422 problem where there are none, too many, or values that are no files, and the 400 problem for a
    form that is broken or ends before its last boundary: none of its files may be taken for all of them.
    """
    if not request.headers.get("content-type", "").lower().startswith(_MEDIA_TYPE):
        raise invalid_request([{"type": "missing", "loc": ("body", "files"), "msg": "Field required"}])
    # One more than allowed, so that the refusal can say what is wrong instead of a parser's error.
    parser = _Parser(
        request.headers, _in_large_pieces(request), max_files=MAX_FILES + 1, max_fields=MAX_FILES + 1
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise body_unreadable(f"The form cannot be read: {error.message}") from error
    try:
        if not parser.ended:
            raise body_unreadable("The form ends before its last boundary; nothing of it was stored.")
        yield _files_of(form.getlist("files"))
    finally:
        await form.close()


class _Parser(MultiPartParser):
    """Starlette's parser, which itself takes a form that was cut off for a whole one."""

    ended = False
    # A hundred files of a megabyte each would else be held in memory, for each request.
    spool_max_size = SPOOLED_BYTES

    def on_end(self) -> None:
        self.ended = True


async def _in_large_pieces(request: Request) -> AsyncGenerator[bytes]:
    """The body as it comes, in fewer pieces: the parser goes to another thread to write each of them."""
    kept: list[bytes] = []
    size = 0
    async for piece in request.stream():
        kept.append(piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield b"".join(kept)
            kept.clear()
            size = 0
    if kept:
        yield b"".join(kept)


def _files_of(fields: Sequence[UploadFile | str]) -> list[UploadFile]:
    if not fields:
        raise invalid_request([{"type": "missing", "loc": ("body", "files"), "msg": "Field required"}])
    if len(fields) > MAX_FILES:
        message = f"A request may bring {MAX_FILES} files at most"
        raise invalid_request([{"type": "too_long", "loc": ("body", "files"), "msg": message}])
    files = [field for field in fields if isinstance(field, UploadFile)]
    if len(files) < len(fields):
        message = "Each value must be a file with a file name"
        raise invalid_request([{"type": "value_error", "loc": ("body", "files"), "msg": message}])
    return files


def body_unreadable(detail: str) -> Problem:
    return Problem(400, "body_unreadable", "Unreadable body", detail)
