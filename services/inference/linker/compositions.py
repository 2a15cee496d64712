"""Compositions that the linker knows: their pages' hashes, and whether SGLang's cache holds them as they should be.

SGLang computes what its cache and the linker cannot give, so a request whose cartridge were missing would be
answered from the placeholders' own text, and leave that in the cache for the next one. What excludes it: once a
lookup has seen pages missing, only a load that has landed can bring them back; pages that turn up without one are not
the cartridge's.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.inference.linker.protocol import Segment

# SGLang takes the pages of a load that has landed into its cache before it has built two more prefill batches; a
# lookup in between still misses them.
_BATCHES_TO_INSERT = 2


@dataclass
class Composition:
    """One or more cartridges in a place of their own in SGLang's cache; `pages` gives each page hash its place."""

    name: str
    pages: Mapping[str, int]
    digests: tuple[str, ...]
    segments: tuple[Segment, ...]
    inverse_frequencies: tuple[float, ...]
    holders: int = 0
    present: bool = False
    landed_in: int = 0


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
    """The compositions of one rank, at most `limit` besides those that requests hold. Safe to use from several threads."""

    def __init__(self, *, limit: int = 10_000) -> None:
        self._limit = limit
        self._known: dict[str, Composition] = {}  # least recently held first
        self._lock = threading.Lock()
        self._batch = 0

    def __len__(self) -> int:
        return len(self._known)

    def hold(self, composition: Composition) -> Composition:
        """Know `composition` until it is released and beyond; the one known already where there is one."""
        with self._lock:
            known = self._known.pop(composition.name, composition)
            known.holders += 1
            self._known[known.name] = known
            idle = (name for name, other in self._known.items() if other.holders == 0)
            for name in list(idle)[: max(0, len(self._known) - self._limit)]:
                del self._known[name]
            return known

    def release(self, name: str) -> Composition:
        """Give back one `hold`. Raises `KeyError`."""
        with self._lock:
            known = self._known[name]
            if known.holders == 0:
                raise KeyError(name)
            known.holders -= 1
            return known

    def forget_with(self, digest: str) -> None:
        """Forget every composition with this cartridge that no request holds."""
        with self._lock:
            for name, known in list(self._known.items()):
                if digest in known.digests and known.holders == 0:
                    del self._known[name]

    def find(self, name: str, tail: Sequence[str]) -> Missing | None:
        """What a request for composition `name` lacks, `tail` being the hashes of its pages that are not cached.

        None when all of the composition is on the device. Raises `Poisoned` when the composition is not known, or is
        on the device though nothing has put it there.
        """
        with self._lock:
            known = self._known.get(name)
            if known is None:
                raise Poisoned(f"composition {name} is not known here")
            if tail and tail[0] in known.pages:
                if self._batch > known.landed_in + _BATCHES_TO_INSERT:
                    known.present = False
                return Missing(known, known.pages[tail[0]])
            if not known.present:
                raise Poisoned(f"composition {name} is cached though it was never loaded")
            return None

    def next_batch(self) -> None:
        """SGLang has built another prefill batch."""
        with self._lock:
            self._batch += 1

    def landed(self, composition: Composition) -> None:
        """A load of all that `find` said was missing has succeeded."""
        with self._lock:
            composition.present = True
            composition.landed_in = self._batch

    def is_intact(self, name: str) -> bool:
        """Whether whatever the device holds of a composition came from its cartridges."""
        with self._lock:
            known = self._known.get(name)
            return known is not None and known.present

    def forget_device(self) -> None:
        """SGLang has emptied its cache."""
        with self._lock:
            for known in self._known.values():
                known.present = False
