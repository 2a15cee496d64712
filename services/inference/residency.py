"""Cartridges at hand, in memory or on disk: fetched by digest, kept in an LRU of bounded bytes.

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
from typing import Generic, Protocol, TypeVar

import structlog

from cartridge_core.errors import CartridgeError
from cartridge_core.models.identity import ModelIdentity
from cartridge_store.grants import GrantedCartridge
from services.inference.errors import BusyError, CartridgeTooLargeError, InferenceError
from services.inference.metrics import InferenceMetrics

FETCHES_AT_ONCE = 4

log = structlog.get_logger(__name__)


class Loaded(Protocol):
    """A cartridge at hand, in whatever form."""

    @property
    def tokens(self) -> int: ...


LoadedT = TypeVar("LoadedT", bound=Loaded)


class Loader(Protocol[LoadedT]):
    """Brings cartridges and takes them away; called in threads."""

    def load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> LoadedT:
        """The granted cartridge, checked. Raises what `Residency.hold` raises."""
        ...

    def discard(self, loaded: LoadedT) -> None:
        """Free what an evicted cartridge took."""
        ...


@dataclass(frozen=True)
class Held(Generic[LoadedT]):
    """A cartridge that stays until its block ends; `fetched`: it was not at hand before."""

    cartridge: LoadedT
    fetched: bool


@dataclass(frozen=True)
class ResidentEntry:
    digest: str
    size_bytes: int
    tokens: int
    last_used: datetime
    pinned: bool


@dataclass
class _Entry(Generic[LoadedT]):
    """One cartridge at hand or on its way; `users` counts the requests that hold it."""

    size_bytes: int
    loading: asyncio.Future[LoadedT]
    users: int = 0
    pinned_by: set[str] = field(default_factory=set)
    dropped: bool = False
    last_used: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def evictable(self) -> bool:
        return self.users == 0 and not self.pinned_by and self.loading.done()


class Residency(Generic[LoadedT]):
    """The cartridges of one engine, at most `budget_bytes` of them. Belongs to one event loop."""

    def __init__(self, loader: Loader[LoadedT], *, budget_bytes: int, metrics: InferenceMetrics) -> None:
        self._loader = loader
        self._budget_bytes = budget_bytes
        self._metrics = metrics
        self._entries: OrderedDict[str, _Entry[LoadedT]] = OrderedDict()  # least recently used first
        # Threads of its own, so that an object store that hangs holds up nobody but those who wait for it.
        self._fetchers = ThreadPoolExecutor(FETCHES_AT_ONCE, "fetch")

    @asynccontextmanager
    async def hold(
        self, wanted: Iterable[GrantedCartridge], identity: ModelIdentity
    ) -> AsyncGenerator[tuple[Held[LoadedT], ...]]:
        """The cartridges in the order asked for, kept until the block ends.

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
        held: list[_Entry[LoadedT]] = []
        by_digest: dict[str, Held[LoadedT]] = {}
        try:
            at_hand = {digest for digest in distinct if self._is_loaded(digest)}
            for cartridge in distinct.values():
                held.append(self._acquire(cartridge, identity))
            for digest, entry in zip(distinct, held, strict=True):
                # A load that others wait for as well must outlive this request.
                loaded = await asyncio.shield(entry.loading)
                by_digest[digest] = Held(loaded, fetched=digest not in at_hand)
            yield tuple(by_digest[cartridge.digest] for cartridge in wanted)
        finally:
            for digest, entry in zip(distinct, held, strict=False):
                entry.users -= 1
                entry.last_used = datetime.now(UTC)
                if entry.dropped and entry.evictable and self._entries.get(digest) is entry:
                    self._discard(digest)

    async def pin(self, cartridge: GrantedCartridge, identity: ModelIdentity, owner: str) -> None:
        """Keep a cartridge for `owner` whatever else wants room. Raises as `hold` does."""
        async with self.hold([cartridge], identity):
            self._entries[cartridge.digest].pinned_by.add(owner)

    def unpin(self, digest: str, owner: str) -> bool:
        """Take `owner`'s pin away; whether nobody else pins the cartridge."""
        entry = self._entries.get(digest)
        if entry is None:
            return True
        entry.pinned_by.discard(owner)
        return not entry.pinned_by

    def adopt(self, digest: str, size_bytes: int, loaded: LoadedT) -> None:
        """Take in a cartridge that is there already, or discard it where there is no room."""
        if size_bytes > self._budget_bytes - self._used_bytes:
            self._loader.discard(loaded)
            return
        known: asyncio.Future[LoadedT] = asyncio.get_running_loop().create_future()
        known.set_result(loaded)
        self._entries[digest] = _Entry(size_bytes, known)
        self._metrics.resident_bytes.set(self._used_bytes)

    def drop(self, digest: str, owner: str) -> bool:
        """Discard a cartridge that `owner` no longer wants, unless others pin it, once no request holds it.

        Whether it was at hand.
        """
        entry = self._entries.get(digest)
        if entry is None:
            return False
        if self.unpin(digest, owner):
            entry.dropped = True
            if entry.evictable:
                self._discard(digest)
        return True

    def pinned(self) -> list[tuple[str, LoadedT]]:
        """Digest and form of every pinned cartridge."""
        return [
            (digest, entry.loading.result()) for digest, entry in self._entries.items() if entry.pinned_by
        ]

    def resident(self) -> list[ResidentEntry]:
        """The loaded cartridges, most recently used last."""
        return [
            ResidentEntry(
                digest,
                entry.size_bytes,
                entry.loading.result().tokens,
                entry.last_used,
                bool(entry.pinned_by),
            )
            for digest, entry in self._entries.items()
            if entry.loading.done()
        ]

    async def close(self) -> None:
        """Give up loads under way and forget everything; nothing is discarded."""
        loads = [entry.loading for entry in self._entries.values()]
        self._entries.clear()
        for load in loads:
            load.cancel()
        await asyncio.gather(*loads, return_exceptions=True)
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        self._metrics.resident_bytes.set(0)

    def _is_loaded(self, digest: str) -> bool:
        entry = self._entries.get(digest)
        return entry is not None and entry.loading.done()

    def _acquire(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> _Entry[LoadedT]:
        entry = self._entries.get(cartridge.digest)
        if entry is None:
            self._make_room(cartridge.size_bytes)
            loading = asyncio.create_task(self._load(cartridge, identity))
            loading.add_done_callback(_outcome_is_known)
            entry = self._entries[cartridge.digest] = _Entry(cartridge.size_bytes, loading)
            self._metrics.resident_bytes.set(self._used_bytes)
            self._metrics.cartridge_lookups.labels("miss").inc()
        else:
            entry.dropped = False
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
            raise BusyError("all room for cartridges is held by requests under way and pinned ones")
        for digest in evictable:
            if room >= size_bytes:
                break
            room += self._entries[digest].size_bytes
            self._discard(digest)
            self._metrics.evictions.inc()

    def _discard(self, digest: str) -> None:
        self._loader.discard(self._entries.pop(digest).loading.result())
        self._metrics.resident_bytes.set(self._used_bytes)

    async def _load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> LoadedT:
        started = time.monotonic()
        try:
            loop = asyncio.get_running_loop()
            loaded = await loop.run_in_executor(self._fetchers, self._loader.load, cartridge, identity)
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
        self._metrics.loaded_bytes.inc(cartridge.size_bytes)
        log.info(
            "cartridge_loaded", digest=cartridge.digest, bytes=cartridge.size_bytes, seconds=round(seconds, 3)
        )
        return loaded


def _outcome_is_known(load: asyncio.Task[LoadedT]) -> None:
    """`_load` has logged a failure already; asyncio need not report it again when every waiter has left."""
    if not load.cancelled():
        load.exception()
