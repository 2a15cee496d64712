"""Pods of a fleet as `fleet` simulates them: rows, a queue, and three tiers of cartridges before S3.

The tiers are the pods' own `Residency` (least recently used, held while in use); only its loads end at once, and the
seconds they would take are reckoned here, over links that carry one thing after the other. Where a request goes is
the router's own `decide` over its own `Holders`.
"""

import asyncio
import heapq
import itertools
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import numpy as np

from cartridge_core.models.identity import ModelIdentity
from cartridge_store.grants import GrantedCartridge
from services.cli.capacity import DISK_LOAD_OVER_COPY, MEMORY_LOAD_OVER_COPY, Hardware
from services.inference.errors import BusyError
from services.inference.metrics import InferenceMetrics
from services.inference.residency import Residency, _Entry
from services.inference.router.decision import Fleet, Pod, Wanted, decide, placement_of
from services.inference.router.holders import Holders

TIERS = ("device", "host", "disk", "s3")
QUEUE = 64  # CARTRIDGES_ROUTER_POD_QUEUE's default
LISTING_SECONDS = 10.0  # CARTRIDGES_ROUTER_LISTING_SECONDS' default
_WARM_UP = 0.25
_IDENTITY = ModelIdentity(name="simulated", fingerprint="0" * 64, tokenizer_fingerprint="0" * 64)


@dataclass(frozen=True)
class Stored:
    """A cartridge of the catalogue."""

    digest: str
    tenant_id: str
    size_bytes: int


@dataclass(frozen=True)
class Request:
    """One request of the trace; `decode` in seconds."""

    arrival: float
    cartridge: Stored
    decode: float


@dataclass(frozen=True)
class Budgets:
    """Bytes for cartridges in each tier of a pod."""

    device: int
    host: int
    disk: int

    def of(self, tier: str) -> int:
        return int(getattr(self, tier))


@dataclass(frozen=True)
class _Loaded:
    tokens: int = 0


class _NoLoader:
    def load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> _Loaded:
        return _Loaded()

    def discard(self, loaded: _Loaded) -> None:
        """Nothing was taken."""


class Tier(Residency[_Loaded]):
    """The pods' own policy over loads that end at once. `evicted` counts since it was last looked at."""

    def __init__(self, budget_bytes: int, metrics: InferenceMetrics) -> None:
        super().__init__(_NoLoader(), budget_bytes=budget_bytes, metrics=metrics)
        self.evicted = 0

    async def _load(self, cartridge: GrantedCartridge, identity: ModelIdentity) -> _Loaded:
        return _Loaded()

    def _discard(self, digest: str) -> None:
        self.evicted += 1
        super()._discard(digest)

    def start_with(self, cartridges: Iterable[Stored], loaded: "asyncio.Future[_Loaded]") -> None:
        """As it stands after a day: what is asked for most, as much of it as fits, the most popular used last."""
        room, kept = self._budget_bytes, []
        for cartridge in cartridges:
            room -= cartridge.size_bytes
            if room < 0:
                break
            kept.append(cartridge)
        for cartridge in reversed(kept):
            self._entries[cartridge.digest] = _Entry(cartridge.size_bytes, loaded)

    def digests(self) -> list[str]:
        return list(self._entries)


@dataclass
class Link:
    """Carries one thing after the other at `rate` bytes a second."""

    rate: float
    free_at: float = 0.0
    busy: float = 0.0

    def carry(self, now: float, size: int) -> float:
        """When it is through."""
        seconds = size / self.rate
        self.free_at = max(now, self.free_at) + seconds
        self.busy += seconds
        return self.free_at


@dataclass
class SimulatedPod:
    tiers: dict[str, Tier]
    network: Link
    disk: Link
    copy: Link
    active: int = 0
    waiting: deque[Request] = field(default_factory=deque)
    coming: dict[str, float] = field(default_factory=dict)  # until when a cartridge is on its way


@dataclass(frozen=True)
class Outcome:
    """Of the requests after the warm-up. Shares of requests; use is of the busiest tenth of the time for rows."""

    tiers: dict[str, float]
    refused: int
    ttft_p50_s: float
    ttft_p95_s: float
    rows_used: float
    network_used: float
    disk_used: float
    copy_used: float
    store_bytes_per_second: float
    requests_per_second: float
    decide_seconds: float
    spill_share: float


class FleetSimulation:
    """One run over one fleet. Must be made and run within one event loop."""

    def __init__(self, pods: int, budgets: Budgets, hardware: Hardware, *, store_rate: float) -> None:
        self._hardware = hardware
        self.fleet = Fleet(
            Pod(f"pod-{number}", hardware.rows, hardware.rows + QUEUE) for number in range(pods)
        )
        metrics = InferenceMetrics()
        self._pods = [
            SimulatedPod(
                tiers={tier: Tier(budgets.of(tier), metrics) for tier in TIERS[:-1]},
                network=Link(hardware.network_rate),
                disk=Link(hardware.disk_rate * DISK_LOAD_OVER_COPY),
                copy=Link(hardware.copy_rate * MEMORY_LOAD_OVER_COPY),
            )
            for _ in range(pods)
        ]
        self._store = Link(store_rate)
        self._holders = Holders(pod_limit=1_000_000)
        self._loads = [0] * pods
        self._departures: list[tuple[float, int, int, AsyncExitStack]] = []
        self._numbers = itertools.count()
        self._found: list[tuple[str, float, float]] = []  # tier, arrival, seconds to the first token
        self._deciding = 0.0
        self._active = 0  # of all pods

    def start_with(self, popular: Sequence[Stored], rest: Sequence[Stored], empty: frozenset[int]) -> None:
        """Put cartridges to their homes: `popular` ones, most popular first, to all tiers, the rest to disks alone.

        Pods in `empty` have come up just now.
        """
        loaded: asyncio.Future[_Loaded] = asyncio.get_running_loop().create_future()
        loaded.set_result(_Loaded())
        at_home: list[list[Stored]] = [[] for _ in self._pods]
        on_disk: list[list[Stored]] = [[] for _ in self._pods]
        for cartridges, places in ((popular, at_home), (rest, on_disk)):
            homes = self.fleet.homes([_key(cartridge) for cartridge in cartridges])
            for cartridge, home in zip(cartridges, homes, strict=True):
                places[home].append(cartridge)
        for place, pod in enumerate(self._pods):
            if place in empty:
                continue
            pod.tiers["device"].start_with(at_home[place], loaded)
            pod.tiers["host"].start_with(at_home[place], loaded)
            pod.tiers["disk"].start_with(at_home[place] + on_disk[place], loaded)
            self._holders.replace(self.fleet.names[place], pod.tiers["disk"].digests())

    async def run(self, trace: Sequence[Request]) -> Outcome:
        """Replay the trace. A request that finds every pod full is refused."""
        refused = spilled = 0
        next_listing = LISTING_SECONDS
        busy: list[int] = []
        for request in trace:
            await self._depart_until(request.arrival)
            if request.arrival >= next_listing:
                self._list()
                next_listing += LISTING_SECONDS
            began = time.thread_time()
            wanted = (Wanted(request.cartridge.digest, request.cartridge.size_bytes),)
            placement = placement_of(request.cartridge.tenant_id, wanted)
            decision = decide(self.fleet, self._loads, placement, self._holders)
            self._deciding += time.thread_time() - began
            busy.append(self._active)
            if decision is None:
                refused += 1
                continue
            spilled += decision.reason.value == "spill"
            place = self.fleet.index[decision.pod]
            self._holders.note(decision.pod, [request.cartridge.digest])
            self._loads[place] += 1
            if self._pods[place].active < self._hardware.rows:
                await self._start(place, request, request.arrival)
            else:
                self._pods[place].waiting.append(request)
        await self._depart_until(float("inf"))
        return self._outcome(trace, refused, spilled, busy)

    async def _depart_until(self, moment: float) -> None:
        while self._departures and self._departures[0][0] <= moment:
            now, _, place, held = heapq.heappop(self._departures)
            await held.aclose()
            pod = self._pods[place]
            pod.active -= 1
            self._active -= 1
            self._loads[place] -= 1
            if pod.waiting:
                await self._start(place, pod.waiting.popleft(), now)

    async def _start(self, place: int, request: Request, now: float) -> None:
        pod = self._pods[place]
        pod.active += 1
        self._active += 1
        held = AsyncExitStack()
        tier, ready = await self._bring(pod, request.cartridge, now, held)
        first_token = ready + self._hardware.first_token_seconds
        self._found.append((tier, request.arrival, first_token - request.arrival))
        leave = (first_token + request.decode, next(self._numbers), place, held)
        heapq.heappush(self._departures, leave)

    async def _bring(
        self, pod: SimulatedPod, cartridge: Stored, now: float, held: AsyncExitStack
    ) -> tuple[str, float]:
        """In which tier the cartridge was, and when it is on the device."""
        granted = GrantedCartridge(
            digest=cartridge.digest, object_key=cartridge.digest, size_bytes=cartridge.size_bytes
        )
        found = "s3"
        for name in reversed(TIERS[:-1]):
            try:
                (holding,) = await held.enter_async_context(pod.tiers[name].hold([granted], _IDENTITY))
            except BusyError:
                continue  # all of the tier is in use: it passes through without being kept
            if not holding.fetched:
                found = name
        size, ready = cartridge.size_bytes, now
        if found == "s3":
            ready = max(self._store.carry(ready, size), pod.network.carry(ready, size))
        if found in {"s3", "disk"}:
            ready = pod.disk.carry(ready, size)
        if found != "device":
            ready = pod.copy.carry(ready, size)
            pod.coming[cartridge.digest] = ready
        else:
            ready = max(ready, pod.coming.get(cartridge.digest, now))
        return found, ready

    def _list(self) -> None:
        """As the routers' polling does: pods that have dropped something say what they have."""
        for place, pod in enumerate(self._pods):
            if pod.tiers["disk"].evicted:
                pod.tiers["disk"].evicted = 0
                self._holders.replace(self.fleet.names[place], pod.tiers["disk"].digests())

    def _outcome(self, trace: Sequence[Request], refused: int, spilled: int, busy: Sequence[int]) -> Outcome:
        begin, end = trace[0].arrival, trace[-1].arrival
        counted = [each for each in self._found if each[1] >= begin + _WARM_UP * (end - begin)]
        waits = np.array([seconds for *_, seconds in counted])
        rows = np.quantile(np.array(busy), 0.95) / (len(self._pods) * self._hardware.rows)
        seconds = end - begin

        def used(links: Iterable[Link]) -> float:
            return max(link.busy for link in links) / seconds

        return Outcome(
            tiers={name: sum(tier == name for tier, *_ in counted) / len(counted) for name in TIERS},
            refused=refused,
            ttft_p50_s=float(np.quantile(waits, 0.5)),
            ttft_p95_s=float(np.quantile(waits, 0.95)),
            rows_used=float(rows),
            network_used=used(pod.network for pod in self._pods),
            disk_used=used(pod.disk for pod in self._pods),
            copy_used=used(pod.copy for pod in self._pods),
            store_bytes_per_second=self._store.busy * self._store.rate / seconds,
            requests_per_second=len(trace) / seconds,
            decide_seconds=self._deciding / len(trace),
            spill_share=spilled / len(trace),
        )


def _key(cartridge: Stored) -> int:
    placement = placement_of(cartridge.tenant_id, (Wanted(cartridge.digest, cartridge.size_bytes),))
    assert placement is not None
    return placement.key
