"""Whose cartridges are at hand: under which tenants' objects each digest was granted here.

Kept on disk, a file for each digest, so that what an earlier process has left is somebody's after a restart too.
"""

import json
import time
from collections.abc import Collection, Mapping
from pathlib import Path

import structlog

from cartridge_store.grants import GrantedCartridge

log = structlog.get_logger(__name__)


class Owners:
    """Object keys by digest and tenant. Belongs to one event loop, and its directory to it alone."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._keys: dict[str, dict[str, str]] = {path.name: _read(path) for path in directory.iterdir()}
        self._granted: dict[str, float] = {}

    def note(self, tenant_id: str, cartridge: GrantedCartridge) -> None:
        """A tenant was granted a cartridge."""
        self._granted[cartridge.digest] = time.monotonic()
        keys = self._keys.setdefault(cartridge.digest, {})
        if keys.get(tenant_id) != cartridge.object_key:
            keys[tenant_id] = cartridge.object_key
            self._write(cartridge.digest)

    def of(self, digest: str) -> Mapping[str, str]:
        """The object keys of a digest, by tenant."""
        return dict(self._keys.get(digest, {}))

    def forget(self, tenant_id: str, digest: str) -> None:
        keys = self._keys.get(digest, {})
        if keys.pop(tenant_id, None) is not None:
            self._write(digest)

    def forget_all_but(self, digests: Collection[str], *, idle_seconds: float) -> None:
        """Forget every other digest that was granted last so long ago: it is not at hand, and nobody waits for it."""
        since = time.monotonic() - idle_seconds
        for digest in [each for each in self._keys if each not in digests]:
            if self._granted.get(digest, since) <= since:
                self._keys[digest] = {}
                self._write(digest)

    def _write(self, digest: str) -> None:
        """What is known of a digest, in place of what was. A disk that refuses costs a fetch after a restart."""
        path = self._directory / digest
        try:
            if keys := self._keys[digest]:
                path.write_text(json.dumps(keys), encoding="utf-8")
            else:
                del self._keys[digest]
                self._granted.pop(digest, None)
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("owners_not_written", digest=digest, detail=str(error))


def _read(path: Path) -> dict[str, str]:
    """Nothing where the file was cut off."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
