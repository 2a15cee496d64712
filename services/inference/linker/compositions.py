"""Compositions that the linker knows: their pages' hashes, and whether SGLang's cache holds them as they should be.

SGLang computes what its cache and the linker cannot give, so a request whose cartridge were missing would be
answered from the placeholders' own text, and leave that in the cache for the next one. What excludes it: once a
lookup has seen pages missing, only a load that has landed can bring them back; pages that turn up without one are not
the cartridge's.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.inference.linker.protocol import Segment

# SGLang takes the pages of a load that has landed into its cache before it has built two more prefill batches; a
# lookup in between still misses them.
_BATCHES_TO_INSERT = 2


@dataclass
class Composition:
    """One or more cartridges in a place of their own in SGLang's cache; `pages` gives each page hash its place.

    `trusted`: so many pages, from the first on, are known to have come from the cartridges if the device has them.
    `unserved`: requests that were promised pages, and nothing has been loaded since.
    """

    name: str
    pages: Mapping[str, int]
    digests: tuple[str, ...]
    segments: tuple[Segment, ...]
    inverse_frequencies: tuple[float, ...]
    holders: int = 0
    trusted: int = 0
    landed_in: int = 0
    unserved: set[str] = field(default_factory=set)

    @property
    def is_trusted(self) -> bool:
        return self.trusted == len(self.pages)


@dataclass(frozen=True)
class Missing:
    """The pages `first ..` of a composition, which a request needs and the device lacks."""

    composition: Composition
    first: int

    @property
    def pages(self) -> int:
        return len(self.composition.pages) - self.first


class Poisoned(Exception):  # noqa: N818 - what it says of the cache
    """A request would be answered without the cartridge it names."""


class Compositions:
    """The compositions of one rank: those that requests hold, and others of at most `idle_pages` pages.

    Safe to use from several threads.
    """

    def __init__(self, *, idle_pages: int = 200_000) -> None:
        self._idle_pages = idle_pages
        self._known: dict[str, Composition] = {}  # least recently held first
        self._pages = 0  # of all that is known
        self._lock = threading.Lock()
        self._batch = 0

    def __len__(self) -> int:
        return len(self._known)

    def hold(self, composition: Composition) -> Composition:
        """Know `composition` until it is released and beyond; the one known already where there is one."""
        with self._lock:
            known = self._known.pop(composition.name, None)
            if known is None:
                known = composition
                self._pages += len(known.pages)
            known.holders += 1
            self._known[known.name] = known
            if self._pages > self._idle_pages:
                self._forget_idle()
            return known

    def release(self, rid: str, name: str) -> Composition:
        """Give back request `rid`'s hold."""
        with self._lock:
            known = self._known[name]
            known.unserved.discard(rid)
            known.holders -= 1
            return known

    def forget_with(self, digest: str) -> None:
        """Forget every composition with this cartridge that no request holds."""
        with self._lock:
            for known in list(self._known.values()):
                if digest in known.digests and known.holders == 0:
                    self._forget(known)

    def find(self, rid: str, name: str, tail: Sequence[str]) -> Missing | None:
        """What request `rid` lacks of composition `name`, `tail` being the hashes of its pages that are not cached.

        None when all of the composition is on the device. Raises `Poisoned` when the composition is not known, or
        pages of it are on the device that nothing has put there.
        """
        with self._lock:
            known = self._known.get(name)
            if known is None:
                raise Poisoned(f"composition {name} is not known here")
            first = known.pages.get(tail[0]) if tail else None
            cached = len(known.pages) if first is None else first
            if cached > known.trusted:
                raise Poisoned(
                    f"{cached} pages of composition {name} are cached, {known.trusted} were loaded"
                )
            if first is None:
                known.unserved.discard(rid)
                return None
            if self._batch > known.landed_in + _BATCHES_TO_INSERT:
                known.trusted = first
            if known.holders:
                known.unserved.add(rid)
            return Missing(known, first)

    def next_batch(self) -> None:
        """SGLang has built another prefill batch."""
        with self._lock:
            self._batch += 1

    def landed(self, composition: Composition) -> None:
        """All that `find` said was missing has been loaded."""
        with self._lock:
            composition.unserved.clear()
            composition.trusted = len(composition.pages)
            composition.landed_in = self._batch

    def is_intact(self, rid: str, name: str) -> bool:
        """Whether request `rid` got all it was promised, and the device holds nothing else in its stead."""
        with self._lock:
            known = self._known.get(name)
            return known is not None and known.is_trusted and rid not in known.unserved

    def forget_device(self) -> None:
        """SGLang has emptied its cache."""
        with self._lock:
            for known in self._known.values():
                known.trusted = 0

    def _forget_idle(self) -> None:
        for known in list(self._known.values()):
            if self._pages <= self._idle_pages:
                return
            if known.holders == 0:
                self._forget(known)

    def _forget(self, known: Composition) -> None:
        del self._known[known.name]
        self._pages -= len(known.pages)
