"""Which pod takes a request: a pure function of the pods, their loads, and what they are known to hold.

Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, arXiv 1608.01350): a request goes to the
first pod in its key's order whose load stays within `balance` times its fair share. Three things are added to
the paper's scheme, each because a pod here is a batch of rows over a memory of cartridges:

- A pod is never called busy while it has a free row: spilling from an idle pod would fetch for nothing.
- Pods that are known to hold the request's cartridges come before the order. A pod holds them because earlier
  requests spilled to it, or came before another pod joined; the least loaded of those that hold most bytes is
  taken, and the home among equals. A popular cartridge so gets as many copies as its traffic fills pods, and
  all of them share its traffic.
- Every pod has a limit, its rows and the requests that may wait there. When all are at theirs the request is
  refused at once; nothing waits here.

The order is weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by the logarithmic method of
Schindelhauer and Schomaker 2005), not a ring. A ring with v points a pod splits keys with a deviation of about
1/sqrt(v), and hands all of a full pod's keys to few successors. Rendezvous splits them like fair dice and gives
each key an order of its own, so that overflow spreads over all pods; a pod that leaves moves exactly its own keys.
Jump hashing and Maglev are faster, but the one can only drop the last pod and the other has no order to spill by.
Its cost, one score for every pod, is paid once for each key: orders are kept until the pods change.

The key of several cartridges is that of their set. To take one member's key instead (the largest, the smallest,
the least) was no better in `benchmarks/routing.py`, because whatever the home, a pod that holds most of the set's
bytes comes first.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

BALANCE = 1.25
_ORDERS_KEPT = 16_384
_KEYS_AT_ONCE = 2_000
_EMPTY: Collection[str] = ()


class Reason(StrEnum):
    """Why a request went where it went."""

    HOME = "home"
    HOLDER = "holder"
    SPILL = "spill"
    LEAST_LOADED = "least_loaded"


@dataclass(frozen=True)
class Pod:
    """A pod as the decision sees it: rows that run at once, and the most requests that it may have at hand."""

    name: str
    capacity: int
    limit: int


@dataclass(frozen=True)
class Wanted:
    """A cartridge that must be resident where the request runs."""

    digest: str
    size_bytes: int


@dataclass(frozen=True)
class Placement:
    """What decides about a request: the cartridges it wants, in no order, and the 64-bit key of its home."""

    key: int
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True)
class Decision:
    """The pod for a request. `home` is where it would have gone if every pod were idle and empty."""

    pod: str
    reason: Reason
    home: str


class Fleet:
    """The pods that may be chosen now, unchanging; whoever is unhealthy or draining is left out of it."""

    def __init__(self, pods: Iterable[Pod]) -> None:
        self.pods = tuple(sorted(pods, key=lambda pod: pod.name))
        self.names = tuple(pod.name for pod in self.pods)
        self.capacity = sum(pod.capacity for pod in self.pods)
        self.index = {pod.name: place for place, pod in enumerate(self.pods)}
        self._seeds = np.array([hash_of(pod.name) for pod in self.pods], np.uint64)  # [pods]
        self._weights = np.array([pod.capacity for pod in self.pods], np.float64)  # [pods]
        self._orders: dict[int, list[int]] = {}

    def order(self, key: int) -> list[int]:
        """Places in `pods`, best first, for a 64-bit key; the first is the key's home."""
        order = self._orders.get(key)
        if order is None:
            if len(self._orders) >= _ORDERS_KEPT:
                self._orders.clear()
            order = self._orders[key] = self._rank(key)
        return order

    def recent_keys(self, most: int) -> list[int]:
        """Up to `most` keys whose order has been asked for, the latest last."""
        return list(self._orders)[-most:]

    def homes(self, keys: Sequence[int]) -> list[int]:
        """The first place of each key's order, for many keys at once: no order is kept."""
        found: list[int] = []
        for begin in range(0, len(keys), _KEYS_AT_ONCE):
            some = np.array(keys[begin : begin + _KEYS_AT_ONCE], np.uint64)[:, None]  # [keys, 1]
            found += self._scores(some).argmin(axis=1).tolist()
        return found

    def _rank(self, key: int) -> list[int]:
        ranked: list[int] = np.argsort(self._scores(np.uint64(key)), kind="stable").tolist()
        return ranked

    def _scores(self, keys: "np.uint64 | np.ndarray[Any, np.dtype[np.uint64]]") -> "np.ndarray[Any, Any]":
        """How far behind each pod stands in a key's order: [pods] for one key, [keys, pods] for a column of them."""
        # SplitMix64's finalizer: each pod's seed and the key give one uniform number of 53 bits.
        mixed = self._seeds ^ keys
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        uniform = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        scores: np.ndarray[Any, Any] = np.log(-np.log(uniform) / self._weights)
        return scores


def hash_of(*parts: str) -> int:
    """A 64-bit key of strings, framed so that no two lists of parts run together."""
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(framed.encode(), digest_size=8).digest())


def placement_of(tenant_id: str, wanted: Iterable[Wanted]) -> Placement | None:
    """The placement of a tenant's cartridges; none when there are none. Order and repetition change nothing."""
    distinct = tuple(sorted({each.digest: each for each in wanted}.values(), key=lambda each: each.digest))
    if not distinct:
        return None
    return Placement(hash_of(tenant_id, *(each.digest for each in distinct)), distinct)


def moved_share(before: Fleet, after: Fleet, keys: Collection[int]) -> float:
    """The part of `keys` whose home is another pod in `after` than in `before`; 0 where either has no pods."""
    if not (before.pods and after.pods and keys):
        return 0.0
    moved = sum(before.names[before.order(key)[0]] != after.names[after.order(key)[0]] for key in keys)
    return moved / len(keys)


def bound(pod: Pod, share: float) -> int:
    """How many requests `pod` may have at hand before others are preferred; `share` is requests a unit of capacity."""
    return min(pod.limit, max(pod.capacity, math.ceil(share * pod.capacity)))


def decide(
    fleet: Fleet,
    loads: Sequence[int],
    placement: Placement | None,
    holders: Mapping[str, Collection[str]],
    *,
    excluded: Collection[str] = (),
    balance: float = BALANCE,
) -> Decision | None:
    """The pod for one request, or none when every pod is full.

    `loads`: requests at hand for each of `fleet.pods`. `holders`: names of the pods that are known to hold a
    digest. `excluded`: pods that have failed this request already.
    """
    if not fleet.pods:
        return None
    share = balance * (sum(loads) + 1) / fleet.capacity

    def has_room(place: int) -> bool:
        pod = fleet.pods[place]
        return loads[place] < bound(pod, share) and pod.name not in excluded

    def relative_load(place: int) -> float:
        return loads[place] / fleet.pods[place].capacity

    def least_loaded(places: Iterable[int]) -> int | None:
        return min(places, key=lambda place: (relative_load(place), fleet.names[place]), default=None)

    below_limit = (
        place for place, pod in enumerate(fleet.pods) if loads[place] < pod.limit and pod.name not in excluded
    )
    chosen: int | None
    if placement is None:
        chosen = least_loaded(below_limit)
        return (
            None
            if chosen is None
            else Decision(fleet.names[chosen], Reason.LEAST_LOADED, fleet.names[chosen])
        )

    order = fleet.order(placement.key)
    home = order[0]
    held = _held_bytes(fleet, placement, holders)
    most = max((count for place, count in held.items() if has_room(place)), default=0)
    if most > 0:
        best = [place for place, count in held.items() if count == most and has_room(place)]
        chosen = min(best, key=lambda place: (relative_load(place), place != home, fleet.names[place]))
        reason = Reason.HOME if chosen == home else Reason.HOLDER
    else:
        chosen = next((place for place in order if has_room(place)), None)
        if chosen is None:
            # Pods at their limit can leave the others more than their fair share.
            chosen = least_loaded(below_limit)
        reason = Reason.HOME if chosen == home else Reason.SPILL
    return None if chosen is None else Decision(fleet.names[chosen], reason, fleet.names[home])


def _held_bytes(
    fleet: Fleet, placement: Placement, holders: Mapping[str, Collection[str]]
) -> dict[int, int]:  # fmt: skip
    """For each place that holds some of the wanted cartridges: how many of their bytes."""
    held: dict[int, int] = {}
    for each in placement.wanted:
        for name in holders.get(each.digest, _EMPTY):
            place = fleet.index.get(name)
            if place is not None:
                held[place] = held.get(place, 0) + each.size_bytes
    return held
