"""Cartridges from the object store: into memory, or into files on the pod's disk. Checked before anyone sees them."""

import errno
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import structlog

from cartridge_core.artifact import Cartridge, CartridgeHeader, read_cartridge
from cartridge_core.errors import ArtifactError, ArtifactUnreadableError
from cartridge_core.models.identity import ModelIdentity
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectMissingError, ObjectStoreUnavailableError
from services.inference.errors import CartridgeNotFoundError, DiskFullError

_SUFFIX = ".safetensors"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

log = structlog.get_logger(__name__)


class ObjectSource(Protocol):
    """Where cartridges come from: the part of `ObjectStore` that this needs."""

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to `path`. Raises `ObjectMissingError`."""
        ...


class MemoryLoader:
    """Cartridges as tensors in this process."""

    def __init__(self, objects: ObjectSource, scratch: Path) -> None:
        self._objects = objects
        self._scratch = scratch

    def load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> Cartridge:
        with TemporaryDirectory(dir=self._scratch, prefix="cartridge-") as directory:
            path = Path(directory) / f"cartridge{_SUFFIX}"
            return _fetch(self._objects, cartridge, path, identity)

    def discard(self, loaded: Cartridge) -> None:
        """Nothing to do: memory goes with the last reference."""


@dataclass(frozen=True)
class CartridgeOnDisk:
    """A checked cartridge file. It is never written again, only removed."""

    path: Path
    header: CartridgeHeader
    kv_bytes: int

    @property
    def tokens(self) -> int:
        return self.header.tokens


class DiskLoader:
    """Cartridges as files named by their digests in one directory, which is this loader's alone."""

    def __init__(self, objects: ObjectSource, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._objects = objects
        self._directory = directory

    def load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> CartridgeOnDisk:
        """Raises `DiskFullError` besides what `Residency.hold` raises."""
        path = self._directory / f"{cartridge.digest}{_SUFFIX}"
        # Another name until it is checked, and one that a restart clears away.
        partial = self._directory / f".{cartridge.digest}.partial"
        try:
            content = _fetch(self._objects, cartridge, partial, identity)
            partial.replace(path)
        except ObjectStoreUnavailableError as error:
            cause = error.__cause__
            if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
                raise DiskFullError(
                    f"the pod's disk has no room for cartridge {cartridge.digest} ({cartridge.size_bytes} bytes): "
                    f"{cause.strerror}. Give the disk more room or lower CARTRIDGES_SGLANG_DISK_BYTES"
                ) from error
            raise
        finally:
            partial.unlink(missing_ok=True)
        return CartridgeOnDisk(path, content.header, content.size_bytes)

    def discard(self, loaded: CartridgeOnDisk) -> None:
        loaded.path.unlink(missing_ok=True)

    def leftovers(self, identity: ModelIdentity) -> list[tuple[str, int, CartridgeOnDisk]]:
        """Digest, file size and file of what an earlier process left, checked again, oldest first; the rest goes."""
        found = []
        for path in sorted(self._directory.iterdir(), key=lambda path: path.stat().st_mtime):
            digest = path.name.removesuffix(_SUFFIX)
            try:
                content = read_cartridge(path, expected_digest=digest, identity=identity)
            except ArtifactError as error:
                log.info("leftover_removed", file=path.name, detail=str(error))
                path.unlink()
                continue
            found.append(
                (digest, path.stat().st_size, CartridgeOnDisk(path, content.header, content.size_bytes))
            )
        return found


def _fetch(
    objects: ObjectSource, cartridge: GrantedCartridge, path: Path, identity: ModelIdentity
) -> Cartridge:
    """The granted object, written to `path` and checked in every way there is."""
    try:
        objects.get_file(cartridge.object_key, path)
    except ObjectMissingError as error:
        raise CartridgeNotFoundError(f"cartridge {cartridge.digest} is not in the object store") from error
    size_bytes = path.stat().st_size
    if size_bytes != cartridge.size_bytes:
        raise ArtifactUnreadableError(
            f"cartridge {cartridge.digest} takes {size_bytes} bytes in the object store, "
            f"where {cartridge.size_bytes} were stored"
        )
    return read_cartridge(path, expected_digest=cartridge.digest, identity=identity)
