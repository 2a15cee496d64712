"""Cartridge files on a pod's disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cartridge_core.errors import ArtifactDigestError
from services.inference.errors import DiskFullError
from services.inference.fetching import DiskLoader

from .shelf import OTHER_TEXT, Shelf


@contextmanager
def _files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Writing beyond that fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_as_such_and_leaves_no_half_file(shelf: Shelf, tmp_path: Path) -> None:
    directory, cartridge = tmp_path / "disk", shelf.put()
    loader = DiskLoader(shelf.objects, directory)
    with _files_of_at_most(cartridge.size_bytes // 2), pytest.raises(DiskFullError, match="no room"):
        loader.load(cartridge, shelf.model.identity)
    assert list(directory.iterdir()) == []
    loaded = loader.load(cartridge, shelf.model.identity)
    assert (loaded.tokens, list(directory.iterdir())) == (24, [loaded.path])


def test_a_corrupt_object_leaves_no_file(shelf: Shelf, tmp_path: Path) -> None:
    directory = tmp_path / "disk"
    content, digest = shelf.make()
    corrupt = shelf.put_bytes(content[:-1] + bytes([content[-1] ^ 1]), digest)
    with pytest.raises(ArtifactDigestError):
        DiskLoader(shelf.objects, directory).load(corrupt, shelf.model.identity)
    assert list(directory.iterdir()) == []


def test_a_restart_keeps_whole_files_and_removes_the_rest(shelf: Shelf, tmp_path: Path) -> None:
    directory = tmp_path / "disk"
    first = DiskLoader(shelf.objects, directory)
    kept, damaged = (first.load(shelf.put(text), shelf.model.identity) for text in (OTHER_TEXT, "A. " * 90))
    damaged.path.write_bytes(damaged.path.read_bytes()[:-9])
    (directory / ".partial").write_bytes(b"half a download")
    found = DiskLoader(shelf.objects, directory).leftovers(shelf.model.identity)
    assert [entry for _, _, entry in found] == [kept]
    assert list(directory.iterdir()) == [kept.path]
    other_model = shelf.model.identity.model_copy(update={"fingerprint": "f" * 64})
    assert DiskLoader(shelf.objects, directory).leftovers(other_model) == []
    assert list(directory.iterdir()) == []
