"""Files on their way up: which there are, read from disk piece by piece, each piece reported."""

import hashlib
import mimetypes
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

UploadProgress = Callable[[int, int], None]
"""Called with the bytes sent so far and the bytes of all files together."""

FilePart = tuple[str, tuple[str, "ReportingFile", str]]

# What the platform takes; the system's own table of types may know neither.
_MEDIA_TYPES = {".md": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain"}
_PIECE_BYTES = 1024 * 1024
# What tools and version control leave in folders, and nobody means to upload.
_LITTER = {
    ".git", ".svn", ".hg", "__pycache__", "node_modules", ".venv", "__MACOSX", ".DS_Store", "Thumbs.db",
}  # fmt: skip


@dataclass(frozen=True)
class LocalFile:
    """A file and the name that its document gets: a path relative to the folder that was given, with `/`."""

    path: Path
    name: str
    size_bytes: int

    @classmethod
    def of(cls, path: Path, name: str | None = None) -> "LocalFile":
        """Raises OSError for a file that is not there."""
        return cls(path, name or path.name, path.stat().st_size)


def local_files(paths: Sequence[Path]) -> list[LocalFile]:
    """The files at these paths; of a folder all files below it, in order, links and what tools leave excepted.

    A file's name begins with that of the folder that was given. Raises OSError for a path that is not there.
    """
    found: list[LocalFile] = []
    for path in paths:
        if not path.is_dir():
            found.append(LocalFile.of(path))
            continue
        base = path.resolve()
        for each in sorted(base.rglob("*")):
            relative = each.relative_to(base)
            if each.is_symlink() or not each.is_file() or set(relative.parts) & _LITTER:
                continue
            found.append(LocalFile.of(each, f"{base.name}/{relative.as_posix()}"))
    return found


class ReportingFile:
    """As much of a file as an upload needs, telling how far it was read. It may be one part of it alone."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None], left: int | None = None) -> None:
        self._file = file
        self._on_read = on_read
        self._left = left

    def read(self, size: int = -1) -> bytes:
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(size)
        if self._left is not None:
            self._left -= len(piece)
        self._on_read(len(piece))
        return piece

    def pieces(self) -> Iterator[bytes]:
        """All of it, a piece at a time."""
        while piece := self.read(_PIECE_BYTES):
            yield piece

    def fileno(self) -> int:
        """Lets the sender ask for the size, so that the request has a Content-Length."""
        return self._file.fileno()

    def seek(self, offset: int) -> int:
        return self._file.seek(offset)


@contextmanager
def opened_parts(files: Sequence[LocalFile], on_read: Callable[[int], None]) -> Iterator[list[FilePart]]:
    """The multipart fields `files` for these files. Raises OSError for one that cannot be read."""
    with ExitStack() as opened:
        yield [
            (
                "files",
                (
                    file.name,
                    ReportingFile(opened.enter_context(file.path.open("rb")), on_read),
                    media_type(file.path),
                ),
            )
            for file in files
        ]


def media_type(path: Path) -> str:
    """The media type that a file's name suggests."""
    known = _MEDIA_TYPES.get(path.suffix.lower())
    return known or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def md5_of_part(path: Path, offset: int, size: int) -> str:
    """The MD5 (hex) by which object stores name a part."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        file.seek(offset)
        for piece in ReportingFile(file, lambda _: None, size).pieces():
            digest.update(piece)
    return digest.hexdigest()


class Sent:
    """Bytes sent of all files, told as they grow; what was sent for nothing is taken back."""

    def __init__(self, total: int, on_progress: UploadProgress | None) -> None:
        self._total = total
        self._on_progress = on_progress
        self._sent = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """From any thread: parts are sent several at once."""
        with self._lock:
            self._sent += count
            if self._on_progress is not None and count:
                self._on_progress(self._sent, self._total)
