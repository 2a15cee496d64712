"""Cartridges on their way down: to a file that appears whole and checked, or not at all."""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from cartridge_client.errors import DigestMismatchError

DownloadProgress = Callable[[int, int], None]
"""Called with the bytes received so far and the bytes expected."""


def save_checked(
    pieces: Iterable[bytes],
    target: Path,
    *,
    digest: str,
    size: int,
    on_progress: DownloadProgress | None = None,
) -> Path:
    """Writes the pieces to `target` once their SHA-256 is `digest` (hex). Raises DigestMismatchError."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    received, sha256 = 0, hashlib.sha256()
    try:
        with draft.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                sha256.update(piece)
                received += len(piece)
                if on_progress is not None:
                    on_progress(received, size)
            file.flush()
            os.fsync(file.fileno())
        if sha256.hexdigest() != digest.removeprefix("sha256:"):
            raise DigestMismatchError(
                f"What arrived has the SHA-256 {sha256.hexdigest()}, expected {digest}; nothing was written. "
                "Download it again."
            )
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target
