"""Archives, opened without trust: each file in its turn, or why an entry is not taken.

Nothing is written to a path that an archive names, and nothing is believed that it says about sizes: what comes out is
counted. Zip and tar, plain or compressed with gzip, bzip2 or xz.
"""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from cartridge_documents.errors import (
    ArchiveTooLargeError,
    ArchiveTooManyEntriesError,
    ArchiveUnreadableError,
    DocumentEncryptedError,
    DocumentError,
    DocumentTooLargeError,
    EntryBombError,
    EntryNestedError,
    EntryNotAFileError,
    EntryPathError,
)
from cartridge_documents.kinds import Kind, Reading, kind_of
from cartridge_documents.names import clean_name

_PIECE_BYTES = 256 * 1024
# Under this many bytes any compression is believed: a page of blanks is no bomb.
_RATIO_FROM_BYTES = 1024 * 1024
# What one entry takes in a zip's directory at most, were all its names as long as they may be.
_DIRECTORY_ENTRY_BYTES = 4096
_END_OF_DIRECTORY = b"PK\x05\x06"
_END_BYTES = 22
_COMMENT_BYTES = 65535
# What the readers of zip, tar and their compressions raise over damaged files.
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError,
    NotImplementedError, RuntimeError, struct.error, IndexError, KeyError, AttributeError, TypeError,
)  # fmt: skip
# What computers add to archives by themselves, and nobody misses.
_LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".svn", "__pycache__", "node_modules"}


@dataclass(frozen=True)
class ArchiveLimits:
    """Of entries, of bytes unpacked in all and of one, and how many bytes may come out of one that went in."""

    entries: int = 20_000
    total_bytes: int = 4 * 1024**3
    entry_bytes: int = 512 * 1024**2
    ratio: int = 200


@dataclass(frozen=True)
class Entry:
    """One file of an archive; `refusal` says why it is not taken, else `write` puts its bytes into a file.

    `write` returns how many bytes there were. It raises `DocumentError` where the entry cannot be had, and
    `ArchiveTooLargeError` where the whole archive cannot.
    """

    name: str
    refusal: DocumentError | None
    write: Callable[[BinaryIO], int]


@dataclass(frozen=True)
class _Found:
    """An entry as zip or tar tells of it."""

    path: str
    is_file: bool
    encrypted: bool
    compressed_bytes: int | None
    open: Callable[[], AbstractContextManager[BinaryIO]]


class _Budget:
    """Bytes that may still be unpacked, over all entries."""

    def __init__(self, limits: ArchiveLimits, archive_bytes: int) -> None:
        self.limits = limits
        self.archive_bytes = archive_bytes
        self.unpacked = 0

    def spend(self, count: int) -> None:
        self.unpacked += count
        if self.unpacked > self.limits.total_bytes:
            raise ArchiveTooLargeError(
                f"it unpacks to more than {self.limits.total_bytes:,} bytes; upload it in several parts"
            )

    def check_ratio(self, unpacked: int, compressed: int) -> None:
        if unpacked > _RATIO_FROM_BYTES and unpacked > self.limits.ratio * max(compressed, 1):
            raise EntryBombError(
                f"it unpacks to more than {self.limits.ratio} times its size; upload the file itself, unpacked"
            )


def read_archive(path: Path, media_name: str, limits: ArchiveLimits) -> Iterator[Entry]:
    """The entries of the archive at `path`, in its order; each must be written before the next is asked for.

    `media_name` tells by its end how to open it. Folders and what computers add by themselves are passed over.
    Raises `ArchiveUnreadableError`, `ArchiveTooManyEntriesError` and `ArchiveTooLargeError`.
    """
    budget = _Budget(limits, path.stat().st_size)
    found = _zip_entries if media_name.lower().endswith(".zip") else _tar_entries
    count = 0
    try:
        for each in found(path, budget):
            if set(PurePosixPath(each.path.replace("\\", "/")).parts) & _LITTER:
                continue
            count += 1
            if count > limits.entries:
                raise ArchiveTooManyEntriesError(
                    f"it holds more than {limits.entries:,} files; upload it in several parts"
                )
            yield _entry(each, budget)
    except DocumentError:
        raise
    except MemoryError as error:
        raise ArchiveTooLargeError("it takes too much memory to open; upload its files unpacked") from error
    except _DAMAGED as error:
        raise ArchiveUnreadableError(
            "the archive is damaged or not what its name says; pack it again and upload it again"
        ) from error


def _entry(found: _Found, budget: _Budget) -> Entry:
    def write(target: BinaryIO) -> int:
        return _copy(found, target, budget)

    try:
        _check(found)
    except DocumentError as refusal:
        return Entry(clean_name(found.path), refusal, write)
    return Entry(clean_name(found.path), None, write)


def _check(found: _Found) -> Kind:
    path = found.path.replace("\\", "/")
    if path.startswith("/") or ":" in path.partition("/")[0] or ".." in path.split("/"):
        raise EntryPathError(
            "its path is absolute or leads out of the archive; pack it with paths relative to one folder"
        )
    if not found.is_file:
        raise EntryNotAFileError("it is a link or a device; pack the file that it stands for")
    if found.encrypted:
        raise DocumentEncryptedError("it is encrypted; pack it without a password")
    kind = kind_of(clean_name(found.path))
    if kind.reading is Reading.ARCHIVE:
        raise EntryNestedError("it is an archive in an archive; unpack it first, or upload it by itself")
    return kind


def _copy(found: _Found, target: BinaryIO, budget: _Budget) -> int:
    written = 0
    try:
        with found.open() as source:
            while piece := source.read(_PIECE_BYTES):
                written += len(piece)
                budget.spend(len(piece))
                if written > budget.limits.entry_bytes:
                    raise DocumentTooLargeError(
                        f"it has more than {budget.limits.entry_bytes:,} bytes; divide it into several files"
                    )
                if found.compressed_bytes is not None:
                    budget.check_ratio(written, found.compressed_bytes)
                target.write(piece)
    except DocumentError:
        raise
    except MemoryError as error:
        raise DocumentTooLargeError("it takes too much memory to unpack; upload the file itself") from error
    except _DAMAGED as error:
        raise ArchiveUnreadableError(
            "the entry is damaged; pack the archive again and upload it again"
        ) from error
    return written


# Zip


def _zip_entries(path: Path, budget: _Budget) -> Iterator[_Found]:
    _check_zip_directory(path, budget.limits)
    with zipfile.ZipFile(path) as archive:
        if len(archive.infolist()) > 2 * budget.limits.entries:
            raise ArchiveTooManyEntriesError(
                f"it holds more than {budget.limits.entries:,} files; upload it in several parts"
            )
        for info in archive.infolist():
            if info.is_dir():
                continue
            mode = info.external_attr >> 16
            # Many packers note no mode at all: those are files.
            is_file = mode == 0 or (mode & 0o170000) in (0, 0o100000)
            yield _Found(
                path=info.filename,
                is_file=is_file,
                encrypted=bool(info.flag_bits & 0x1),
                compressed_bytes=info.compress_size,
                open=partial(_opened, archive, info),
            )


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", archive.open(info))


def _check_zip_directory(path: Path, limits: ArchiveLimits) -> None:
    """The directory is read whole when a zip is opened, so its size is looked at first.

    Raises `ArchiveTooManyEntriesError`; what is no zip at all is found out by its reader.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES - _COMMENT_BYTES))
        tail = file.read()
    at = tail.rfind(_END_OF_DIRECTORY)
    if at < 0 or len(tail) - at < _END_BYTES:
        return
    (directory_bytes,) = struct.unpack_from("<L", tail, at + 12)
    # All ones stand for a directory that only zip64 can describe: of 4 GiB, or of more than 65535 entries.
    if directory_bytes > min(limits.entries * _DIRECTORY_ENTRY_BYTES, 0xFFFFFFFE):
        raise ArchiveTooManyEntriesError(
            f"its directory is too large for {limits.entries:,} files; upload it in several parts"
        )


# Tar


def _tar_entries(path: Path, budget: _Budget) -> Iterator[_Found]:
    with _decompressed(path, budget) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for info in archive:
            # The list of what was passed grows with the archive; nobody goes back to it.
            archive.members = []  # type: ignore[attr-defined]
            if info.isdir():
                continue
            yield _Found(
                path=info.name,
                is_file=info.isreg() and not info.issparse(),
                encrypted=False,
                compressed_bytes=None,
                open=partial(_extracted, archive, info),
            )


def _extracted(archive: tarfile.TarFile, info: tarfile.TarInfo) -> AbstractContextManager[BinaryIO]:
    file = archive.extractfile(info)
    if file is None:
        raise EntryNotAFileError("it is a link or a device; pack the file that it stands for")
    return cast("AbstractContextManager[BinaryIO]", file)


_COMPRESSIONS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))


def _decompressed(path: Path, budget: _Budget) -> "_Counted":
    with path.open("rb") as file:
        head = file.read(6)
    for mark, open_ in _COMPRESSIONS:
        if head.startswith(mark):
            return _Counted(cast("BinaryIO", open_(path, "rb")), budget)
    return _Counted(path.open("rb"), budget)


class _Counted:
    """A stream that stops a tar whose decompressed bytes outgrow the budget, entries that are passed over included."""

    def __init__(self, stream: BinaryIO, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._read = 0

    def __enter__(self) -> BinaryIO:
        return cast("BinaryIO", self)

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._read += len(piece)
        limits = self._budget.limits
        # Headers and padding come on top of what is written.
        if self._read > limits.total_bytes + limits.entries * 2 * tarfile.BLOCKSIZE:
            raise ArchiveTooLargeError(
                f"it unpacks to more than {limits.total_bytes:,} bytes; upload it in several parts"
            )
        if self._read > _RATIO_FROM_BYTES and self._read > limits.ratio * max(self._budget.archive_bytes, 1):
            raise ArchiveTooLargeError(
                f"it unpacks to more than {limits.ratio} times its size; upload its files unpacked"
            )
        return piece
