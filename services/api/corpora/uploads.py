"""Uploaded files: what is taken as a document, under which name, and as which text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from charset_normalizer import from_bytes
from starlette.datastructures import UploadFile

from cartridge_web.handlers import invalid_request
from services.api.problems import document_problem

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
}
MAX_FILES = 100
_MAX_NAME = 255
# Enough to tell a charset; detection reads every byte it is given many times.
_SAMPLE_BYTES = 256 * 1024
_CONTROLS = r"[\x00-\x08\x0e-\x1a\x1c-\x1f]"
_BINARY = re.compile(_CONTROLS.encode())
_UNPRINTABLE = re.compile(_CONTROLS)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class TextUpload:
    """A file that is a document: its clean name, its media type, its text as UTF-8."""

    name: str
    media_type: str
    content: bytes


def files_of(fields: Sequence[UploadFile | str]) -> list[UploadFile]:
    """The form fields as files. Raises the 422 problem where one is none, or where there are none or too many."""
    if not fields:
        raise invalid_request([{"type": "missing", "loc": ("body", "files"), "msg": "Field required"}])
    if len(fields) > MAX_FILES:
        message = f"A request may bring {MAX_FILES} files at most, not {len(fields)}"
        raise invalid_request([{"type": "too_long", "loc": ("body", "files"), "msg": message}])
    files = [field for field in fields if isinstance(field, UploadFile)]
    if len(files) < len(fields):
        message = "Each value must be a file with a file name"
        raise invalid_request([{"type": "value_error", "loc": ("body", "files"), "msg": message}])
    return files


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
    return TextUpload(name, MEDIA_TYPES[suffix], _as_utf8(name, content))


def clean_name(name: str) -> str:
    """The last part of a path, without control characters, cut to 255 characters; never empty."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    if len(printable) > _MAX_NAME:
        suffix = PurePosixPath(printable).suffix[:16]
        printable = printable[: _MAX_NAME - len(suffix)] + suffix
    return printable if printable.strip(".") else "unnamed"


def _as_utf8(name: str, content: bytes) -> bytes:
    text = _decoded(content)
    if text is None or not text.strip():
        raise document_problem(
            422,
            "document_not_text",
            "Not a text",
            name,
            "the file is binary or in no charset that could be told.",
        )
    return text.encode()


def _decoded(content: bytes) -> str | None:
    if content.startswith(_WIDE_MARKS):
        text = _decode_as(content, "utf-16")
        return None if text is None or _UNPRINTABLE.search(text) else text
    if _BINARY.search(content):
        return None
    text = _decode_as(content, "utf-8-sig")
    if text is not None:
        return text
    best = from_bytes(_sample(content)).best()
    return None if best is None else _decode_as(content, best.encoding)


def _sample(content: bytes) -> bytes:
    """The first whole lines: a character that is cut in two would rule its charset out."""
    sample = content[:_SAMPLE_BYTES]
    end = sample.rfind(b"\n") + 1
    return sample if len(sample) == len(content) or end == 0 else sample[:end]


def _decode_as(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
