"""Names of documents: a relative path, as its owner knows it, never one that leads anywhere."""

import re
from pathlib import PurePosixPath

MAX_NAME = 512
_DRIVE = re.compile(r"[A-Za-z]:")


def clean_name(name: str) -> str:
    """The path without what leads out of it or cannot be shown, cut to 512 characters; never empty.

    Folders stay, divided by `/`. Where it is too long its beginning goes: the end tells files apart.
    """
    parts = [_printable(part) for part in re.split(r"[/\\]", name)]
    kept = [part for part in parts if part.strip(".") and not _DRIVE.fullmatch(part)]
    path = "/".join(kept)
    if not path:
        return "unnamed"
    if len(path) <= MAX_NAME:
        return path
    return path[-MAX_NAME:].lstrip("/ ") if "/" in path[-MAX_NAME:] else _cut(kept[-1])


def _cut(last: str) -> str:
    suffix = PurePosixPath(last).suffix[:16]
    return last[: MAX_NAME - len(suffix)] + suffix


def _printable(part: str) -> str:
    return "".join(character for character in part if character.isprintable()).strip()
