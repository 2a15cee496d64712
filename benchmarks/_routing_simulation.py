"""A discrete-event simulation of pods behind a router: rows, queues, and cartridges in memory."""

import heapq
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks._routing_policies import Policy, Request

WARM_UP = 0.5
LISTING_SECONDS = 10.0  # as the router's own setting has it


@dataclass(frozen=True)
class PodModel:
    """One pod: rows decoded at once, memory for cartridges, and how fast they come from the object store."""

    rows: int
    memory_bytes: int
    fetch_bytes_per_second: float


@dataclass(frozen=True)
class Outcome:
    """What a policy made of the measured part of a trace."""

    hit_rate: float  # cartridges that were in memory when their request came, of all asked for
    load_imbalance: float  # requests at hand, averaged over time: the pod with most against the mean
    gib_fetched: float
    wait_p50: float  # seconds from a request's arrival to its row
    wait_p95: float


class SimulatedPod:
    """An LRU of bounded bytes in front of a batch. Cartridges in use are not dropped."""

    def __init__(self, model: PodModel) -> None:
        self._model = model
        self.resident: OrderedDict[str, int] = OrderedDict()  # digest to bytes, least recently used first
        self._arrives_at: dict[str, float] = {}  # digests that are on their way
        self._users: dict[str, int] = {}
        self._used_bytes = 0
        self._pipe_free_at = 0.0
        self.free_rows = model.rows
        self.queue: deque[int] = deque()

    def admit(self, request: Request, now: float) -> tuple[int, int, float]:
        """Hits, bytes to fetch, and when all the request's cartridges are in memory."""
        hits, fetched, ready_at = 0, 0, now
        for each in request.wanted:
            self._users[each.digest] = self._users.get(each.digest, 0) + 1
            if each.digest in self.resident:
                self.resident.move_to_end(each.digest)
                arrives_at = self._arrives_at.get(each.digest, 0.0)
                hits += arrives_at <= now
            else:
                seconds = each.size_bytes / self._model.fetch_bytes_per_second
                arrives_at = self._pipe_free_at = max(now, self._pipe_free_at) + seconds
                self._arrives_at[each.digest] = arrives_at
                self.resident[each.digest] = each.size_bytes
                self._used_bytes += each.size_bytes
                fetched += each.size_bytes
            ready_at = max(ready_at, arrives_at)
        self._make_room()
        return hits, fetched, ready_at

    def release(self, request: Request) -> None:
        for each in request.wanted:
            self._users[each.digest] -= 1
            if not self._users[each.digest]:
                del self._users[each.digest]

    def _make_room(self) -> None:
        if self._used_bytes <= self._model.memory_bytes:
            return
        for digest in [each for each in self.resident if each not in self._users]:
            if self._used_bytes <= self._model.memory_bytes:
                break
            self._used_bytes -= self.resident.pop(digest)
            self._arrives_at.pop(digest, None)


class _Meter:
    """Requests at hand of each pod over time."""

    def __init__(self, pods: int) -> None:
        self.loads = [0] * pods
        self._areas = [0.0] * pods
        self._since = [0.0] * pods

    def change(self, pod: int, by: int, now: float) -> None:
        self._areas[pod] += self.loads[pod] * (now - self._since[pod])
        self._since[pod] = now
        self.loads[pod] += by

    def restart(self, now: float) -> None:
        self._areas = [0.0] * len(self.loads)
        self._since = [now] * len(self.loads)

    def imbalance(self, now: float) -> float:
        for pod in range(len(self.loads)):
            self.change(pod, 0, now)
        return max(self._areas) / (sum(self._areas) / len(self._areas))


_FETCHED, _DONE = 0, 1


def simulate(
    trace: Sequence[Request],
    policy: Policy,
    pods: int,
    model: PodModel,
) -> Outcome:
    """Replay `trace`; its first `WARM_UP` part fills memories and is not measured.

    A policy that listens is told each pod's residents every `LISTING_SECONDS`.
    """
    fleet = [SimulatedPod(model) for _ in range(pods)]
    meter = _Meter(pods)
    measured_from = int(len(trace) * WARM_UP)
    events: list[tuple[float, int, int, int]] = []  # time, kind, request, pod
    hits = asked = fetched_bytes = 0
    waits: list[float] = []
    next_listing = 0.0

    def start(number: int, pod: int, now: float) -> None:
        if number >= measured_from:
            waits.append(now - trace[number].arrival)
        heapq.heappush(events, (now + trace[number].decode_seconds, _DONE, number, pod))

    def advance(until: float) -> None:
        while events and events[0][0] <= until:
            now, kind, number, place = heapq.heappop(events)
            pod = fleet[place]
            if kind == _FETCHED:
                if pod.free_rows:
                    pod.free_rows -= 1
                    start(number, place, now)
                else:
                    pod.queue.append(number)
                continue
            pod.release(trace[number])
            meter.change(place, -1, now)
            if pod.queue:
                start(pod.queue.popleft(), place, now)
            else:
                pod.free_rows += 1

    for number, request in enumerate(trace):
        now = request.arrival
        advance(now)
        if number == measured_from:
            meter.restart(now)
        if policy.listens and now >= next_listing:
            next_listing = now + LISTING_SECONDS
            for place, pod in enumerate(fleet):
                policy.listing(place, list(pod.resident))
        place = policy.choose(request, meter.loads)
        meter.change(place, 1, now)
        found, fetched, ready_at = fleet[place].admit(request, now)
        heapq.heappush(events, (ready_at, _FETCHED, number, place))
        if number >= measured_from:
            hits += found
            asked += len(request.wanted)
            fetched_bytes += fetched
    imbalance = meter.imbalance(trace[-1].arrival)
    advance(float("inf"))
    return Outcome(
        hit_rate=hits / asked,
        load_imbalance=imbalance,
        gib_fetched=fetched_bytes / 2**30,
        wait_p50=float(np.percentile(waits, 50)),
        wait_p95=float(np.percentile(waits, 95)),
    )
