"""Files on their way up: read from disk piece by piece, each piece reported."""

import mimetypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

UploadProgress = Callable[[int, int], None]
"""Called with the bytes sent so far and the bytes of all files together."""

FilePart = tuple[str, tuple[str, "ReportingFile", str]]

# What the platform takes; the system's own table of types may know neither.
_MEDIA_TYPES = {".md": "text/markdown", ".markdown": "text/markdown", ".txt": "text/plain"}


class ReportingFile:
    """As much of a file as an upload needs, telling how far it was read."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None]) -> None:
        self._file = file
        self._on_read = on_read

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._on_read(len(piece))
        return piece

    def fileno(self) -> int:
        """Lets the sender ask for the size, so that the request has a Content-Length."""
        return self._file.fileno()

    def seek(self, offset: int) -> int:
        return self._file.seek(offset)


@contextmanager
def opened_parts(paths: Sequence[Path], on_progress: UploadProgress | None) -> Iterator[list[FilePart]]:
    """The multipart fields `files` for these paths. Raises OSError for a file that cannot be read."""
    total = sum(path.stat().st_size for path in paths)
    sent = 0

    def on_read(count: int) -> None:
        nonlocal sent
        sent += count
        if on_progress is not None and count:
            on_progress(sent, total)

    with ExitStack() as opened:
        yield [
            (
                "files",
                (path.name, ReportingFile(opened.enter_context(path.open("rb")), on_read), media_type(path)),
            )
            for path in paths
        ]


def media_type(path: Path) -> str:
    """The media type that a file's name suggests."""
    known = _MEDIA_TYPES.get(path.suffix.lower())
    return known or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
