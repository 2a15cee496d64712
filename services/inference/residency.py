"""Cartridges in memory: fetched from the object store by digest, kept in an LRU of bounded bytes.

Content addressing makes staleness impossible: a digest is verified on every load, so whatever is found under
it is the cartridge that the grant means.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import structlog

from cartridge_core.artifact import Cartridge, read_cartridge
from cartridge_core.errors import ArtifactUnreadableError, CartridgeError
from cartridge_core.models.identity import ModelIdentity
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectMissingError
from services.inference.engines.base import ResidentCartridge
from services.inference.errors import (
    BusyError,
    CartridgeNotFoundError,
    CartridgeTooLargeError,
    InferenceError,
)
from services.inference.metrics import InferenceMetrics

FETCHES_AT_ONCE = 4

log = structlog.get_logger(__name__)


class ObjectSource(Protocol):
    """Where cartridges come from: the part of `ObjectStore` that this needs."""

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to `path`. Raises `ObjectMissingError`."""
        ...


@dataclass
class _Entry:
    """One cartridge in memory or on its way there; `users` counts the requests that hold it."""

    size_bytes: int
    loading: asyncio.Task[Cartridge]
    users: int = 0
    last_used: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def evictable(self) -> bool:
        return self.users == 0 and self.loading.done()


class Residency:
    """The cartridges of one engine, at most `budget_bytes` of them. Belongs to one event loop."""

    def __init__(
        self, objects: ObjectSource, *, budget_bytes: int, scratch: Path, metrics: InferenceMetrics
    ) -> None:  # fmt: skip
        self._objects = objects
        self._budget_bytes = budget_bytes
        self._scratch = scratch
        self._metrics = metrics
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # least recently used first
        # Threads of its own, so that an object store that hangs holds up nobody but those who wait for it.
        self._fetchers = ThreadPoolExecutor(FETCHES_AT_ONCE, "fetch")

    @asynccontextmanager
    async def hold(
        self, wanted: Iterable[GrantedCartridge], identity: ModelIdentity
    ) -> AsyncGenerator[tuple[Cartridge, ...]]:
        """The cartridges in the order asked for, kept in memory until the block ends.

        Raises `CartridgeNotFoundError`, `CartridgeTooLargeError`, `ArtifactError` and its subclasses, and
        `BusyError` when cartridges in use leave no room.
        """
        wanted = tuple(wanted)
        distinct = {cartridge.digest: cartridge for cartridge in wanted}
        needed = sum(cartridge.size_bytes for cartridge in distinct.values())
        if needed > self._budget_bytes:
            raise CartridgeTooLargeError(
                f"the request's cartridges take {needed} bytes, and this server keeps at most {self._budget_bytes}"
            )
        held: list[_Entry] = []
        try:
            for cartridge in distinct.values():
                held.append(self._acquire(cartridge, identity))
            # A load that others wait for as well must outlive this request.
            loaded = [await asyncio.shield(entry.loading) for entry in held]
            by_digest = dict(zip(distinct, loaded, strict=True))
            yield tuple(by_digest[cartridge.digest] for cartridge in wanted)
        finally:
            for entry in held:
                entry.users -= 1
                entry.last_used = datetime.now(UTC)

    def resident(self) -> list[ResidentCartridge]:
        """The loaded cartridges, most recently used last."""
        return [
            ResidentCartridge(digest, entry.size_bytes, entry.loading.result().tokens, entry.last_used)
            for digest, entry in self._entries.items()
            if entry.loading.done()
        ]

    async def close(self) -> None:
        """Give up loads under way and drop everything."""
        loads = [entry.loading for entry in self._entries.values()]
        self._entries.clear()
        for load in loads:
            load.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        self._metrics.resident_bytes.set(0)

    def _acquire(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> _Entry:
        entry = self._entries.get(cartridge.digest)
        if entry is None:
            self._make_room(cartridge.size_bytes)
            loading = asyncio.create_task(self._load(cartridge, identity))
            loading.add_done_callback(_outcome_is_known)
            entry = self._entries[cartridge.digest] = _Entry(cartridge.size_bytes, loading)
            self._metrics.resident_bytes.set(self._used_bytes)
            self._metrics.cartridge_lookups.labels("miss").inc()
        else:
            self._metrics.cartridge_lookups.labels("hit" if entry.loading.done() else "joined").inc()
        self._entries.move_to_end(cartridge.digest)
        entry.users += 1
        return entry

    @property
    def _used_bytes(self) -> int:
        return sum(entry.size_bytes for entry in self._entries.values())

    def _make_room(self, size_bytes: int) -> None:
        room = self._budget_bytes - self._used_bytes
        evictable = [digest for digest, entry in self._entries.items() if entry.evictable]
        if room + sum(self._entries[digest].size_bytes for digest in evictable) < size_bytes:
            # Waiting here instead could lock two requests that each hold what the other needs gone.
            raise BusyError("all memory for cartridges is held by requests under way")
        for digest in evictable:
            if room >= size_bytes:
                break
            room += self._entries.pop(digest).size_bytes
            self._metrics.evictions.inc()

    async def _load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> Cartridge:
        started = time.monotonic()
        try:
            loop = asyncio.get_running_loop()
            loaded = await loop.run_in_executor(self._fetchers, self._fetch, cartridge, identity)
        except BaseException as error:
            # A failure is told to everyone who waited and forgotten: the next request tries afresh.
            if self._entries.pop(cartridge.digest, None) is not None:
                self._metrics.resident_bytes.set(self._used_bytes)
            code = error.code if isinstance(error, CartridgeError | InferenceError) else type(error).__name__
            self._metrics.load_failures.labels(code).inc()
            log.warning("cartridge_load_failed", digest=cartridge.digest, code=code, detail=str(error))
            raise
        seconds = time.monotonic() - started
        self._metrics.load_seconds.observe(seconds)
        log.info(
            "cartridge_loaded", digest=cartridge.digest, bytes=cartridge.size_bytes, seconds=round(seconds, 3)
        )
        return loaded

    def _fetch(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> Cartridge:
        with TemporaryDirectory(dir=self._scratch, prefix="cartridge-") as directory:
            path = Path(directory) / "cartridge.safetensors"
            try:
                self._objects.get_file(cartridge.object_key, path)
            except ObjectMissingError as error:
                raise CartridgeNotFoundError(
                    f"cartridge {cartridge.digest} is not in the object store"
                ) from error
            size_bytes = path.stat().st_size
            if size_bytes != cartridge.size_bytes:
                raise ArtifactUnreadableError(
                    f"cartridge {cartridge.digest} takes {size_bytes} bytes in the object store, "
                    f"where {cartridge.size_bytes} were stored"
                )
            return read_cartridge(path, expected_digest=cartridge.digest, identity=identity)


def _outcome_is_known(load: asyncio.Task[Cartridge]) -> None:
    """`_load` has logged a failure already; asyncio need not report it again when every waiter has left."""
    if not load.cancelled():
        load.exception()
