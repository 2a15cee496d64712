"""Uploaded files: what is taken as a document, under which name, and as which text."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile

from services.api.corpora.charsets import text_of
from services.api.problems import document_problem

_HTML = "text/html"
MEDIA_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": _HTML,
    ".htm": _HTML,
}
_MAX_NAME = 255


@dataclass(frozen=True)
class TextUpload:
    """A file that is a document: its clean name, its media type, its text as UTF-8."""

    name: str
    media_type: str
    content: bytes


def read_upload(file: UploadFile) -> TextUpload:
    """Read and check one uploaded file. Raises the problem that says what is wrong with it."""
    name = clean_name(file.filename or "")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in MEDIA_TYPES:
        known = ", ".join(sorted(MEDIA_TYPES))
        raise document_problem(
            415,
            "document_type_unsupported",
            "Unsupported document type",
            name,
            f"documents must end with {known}.",
        )
    content = file.file.read()
    if not content.strip():
        raise document_problem(422, "document_empty", "Empty document", name, "the file holds no text.")
    media_type = MEDIA_TYPES[suffix]
    return TextUpload(name, media_type, _as_utf8(name, media_type, content))


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, cut to 255 characters; never empty."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    if len(printable) > _MAX_NAME:
        suffix = PurePosixPath(printable).suffix[:16]
        printable = printable[: _MAX_NAME - len(suffix)] + suffix
    return printable if printable.strip(".") else "unnamed"


def _as_utf8(name: str, media_type: str, content: bytes) -> bytes:
    text = text_of(content, is_html=media_type == _HTML)
    if text is None or not text.strip():
        raise document_problem(
            422,
            "document_not_text",
            "Not a text",
            name,
            "the file is binary or in no charset that could be told.",
        )
    return text.encode()
