"""The pods behind the router: who they are, how they are, and what each has at hand. One event loop owns this."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from services.inference.errors import BusyError, EngineNotReadyError
from services.inference.router.decision import Decision, Fleet, Placement, Pod, decide, moved_share
from services.inference.router.holders import Holders
from services.inference.router.metrics import RouterMetrics
from services.inference.schemas import LoadOut, ModelOut

_MOVED_SAMPLE = 256  # keys, each ranked anew when the pods change

log = structlog.get_logger(__name__)


class State(StrEnum):
    """What the router makes of a pod. Only those that are ready are sent requests."""

    UNKNOWN = "unknown"
    READY = "ready"
    NOT_READY = "not_ready"
    DRAINING = "draining"
    EJECTED = "ejected"
    OTHER_MODEL = "other_model"


@dataclass(frozen=True)
class Member:
    """A pod as discovery tells it. `name` outlives its address where the platform keeps one for it."""

    name: str
    url: str
    draining: bool = False


@dataclass
class PodStatus:
    """A member with what the router has seen of it."""

    member: Member
    state: State = State.UNKNOWN
    card: ModelOut | None = None
    capacity: int = 1
    in_flight: int = 0  # sent from here and not answered
    elsewhere: int = 0  # at hand by its own count, and not from here
    full: bool = False  # it said that it is busy; believed until its next load
    failures: int = 0
    ejected_until: float = 0.0

    @property
    def load(self) -> int:
        return self.in_flight + self.elsewhere


@dataclass(frozen=True)
class PodPolicy:
    """The settings that decide about pods."""

    pod_queue: int
    balance: float
    ejection_seconds: float
    ejection_limit_seconds: float


@dataclass
class Pods:
    """Every pod that discovery names."""

    policy: PodPolicy
    metrics: RouterMetrics
    clock: Callable[[], float] = time.monotonic
    holders: Holders = field(default_factory=Holders)
    _statuses: dict[str, PodStatus] = field(default_factory=dict)
    _fleet: Fleet = field(default_factory=lambda: Fleet(()))
    _stale: bool = True
    _observer: Callable[[], None] | None = None

    def __iter__(self) -> Iterator[PodStatus]:
        return iter(list(self._statuses.values()))

    def observe(self, observer: Callable[[], None]) -> None:
        """Have `observer` called whenever the members have changed."""
        self._observer = observer

    def set_members(self, members: Collection[Member]) -> None:
        """These are all the pods now. A pod that is known by name keeps its status, unless its address changed."""
        named = {member.name: member for member in members}
        for name in [name for name in self._statuses if name not in named]:
            del self._statuses[name]
            self.holders.forget(name)
            log.info("pod_left", pod=name)
        for name, member in named.items():
            status = self._statuses.get(name)
            if status is None or status.member.url != member.url:
                self.holders.forget(name)
                self._statuses[name] = PodStatus(member)
                log.info("pod_joined", pod=name, url=member.url)
            elif status.member != member:
                status.member = member
                if member.draining:
                    self._become(status, State.DRAINING)
        self._changed()
        if self._observer is not None:
            self._observer()

    def is_current(self, status: PodStatus) -> bool:
        """Whether this is still the status of its pod: discovery may have replaced or removed it."""
        return self._statuses.get(status.member.name) is status

    def ready(self) -> list[PodStatus]:
        """The pods that take requests."""
        return [status for status in self if status.state == State.READY]

    @property
    def model(self) -> ModelOut:
        """The model that the pods serve. Raises `EngineNotReadyError` when no pod is ready."""
        ready = self.ready()
        if not ready or ready[0].card is None:
            raise EngineNotReadyError("no pod is ready", retry_after=2)
        return ready[0].card

    def choose(self, placement: Placement | None, excluded: Collection[str]) -> tuple[PodStatus, Decision]:
        """The pod for a request. Raises `EngineNotReadyError` when none is ready, `BusyError` when all are full."""
        fleet = self._current_fleet()
        statuses = [self._statuses[name] for name in fleet.names]
        if not fleet.pods:
            self.metrics.refusals.labels("no_pod").inc()
            raise EngineNotReadyError("no pod is ready", retry_after=2)
        decision = decide(
            fleet,
            [
                fleet.pods[place].limit if status.full else status.load
                for place, status in enumerate(statuses)
            ],
            placement,
            self.holders,
            excluded=excluded,
            balance=self.policy.balance,
        )
        if decision is None:
            if not excluded:
                self.metrics.refusals.labels("full").inc()
            raise BusyError("every pod has all the requests it can take")
        return self._statuses[decision.pod], decision

    @contextmanager
    def sent(self, status: PodStatus) -> Iterator[None]:
        """Count a request as the pod's until the block ends."""
        status.in_flight += 1
        self.metrics.in_flight.inc()
        try:
            yield
        finally:
            status.in_flight -= 1
            self.metrics.in_flight.dec()

    def answered(self, status: PodStatus, placement: Placement | None) -> None:
        """The pod began an answer, so it holds what the answer needs."""
        status.failures = 0
        if placement is not None and self.is_current(status):
            self.holders.note(status.member.name, [each.digest for each in placement.wanted])

    def refused(self, status: PodStatus, *, ready: bool) -> None:
        """The pod said that it is full, or not ready: so it counts until it says otherwise."""
        if ready:
            status.full = True
        else:
            self._become(status, State.NOT_READY)

    def failed(self, status: PodStatus, error: str) -> None:
        """A request to the pod met a connection that broke or stood still: leave the pod out for a while."""
        doubled = self.policy.ejection_seconds * 2 ** min(status.failures, 16)
        seconds = min(doubled, self.policy.ejection_limit_seconds)
        status.failures += 1
        status.ejected_until = self.clock() + seconds
        self.metrics.ejections.inc()
        log.warning("pod_ejected", pod=status.member.name, error=error, seconds=seconds)
        if status.state in (State.READY, State.NOT_READY):
            self._become(status, State.EJECTED)

    def unreachable(self, status: PodStatus, error: str) -> None:
        """A look at the pod failed, or it said that it is not ready."""
        status.card = None
        if status.state != State.NOT_READY and self.is_current(status):
            log.warning("pod_not_ready", pod=status.member.name, error=error)
            self._become(status, State.NOT_READY)

    def seen(self, status: PodStatus, load: LoadOut, card: ModelOut, *, in_flight_before: int) -> None:
        """The pod is ready and has this load, in which what was sent from here is counted as well."""
        if not self.is_current(status):
            return
        # Requests on their way to the pod or back from it are counted on one side only: take the larger.
        ours = max(in_flight_before, status.in_flight)
        status.elsewhere = max(0, load.running + load.waiting - ours)
        status.full = False
        status.card = card
        if status.capacity != max(1, load.capacity):
            status.capacity = max(1, load.capacity)
            self._changed()
        if status.member.draining or load.draining:
            self._become(status, State.DRAINING)
        elif self.clock() < status.ejected_until:
            self._become(status, State.EJECTED)
        elif self._is_other_model(status, card):
            if status.state != State.OTHER_MODEL:
                self.metrics.refused_pods.labels("other_model").inc()
                log.error("pod_of_other_model", pod=status.member.name, fingerprint=card.fingerprint)
            self._become(status, State.OTHER_MODEL)
        else:
            self._become(status, State.READY)

    def _is_other_model(self, status: PodStatus, card: ModelOut) -> bool:
        """Whether pods that serve another model were here first."""
        others = (
            other.card
            for other in self
            if other is not status and other.state in (State.READY, State.EJECTED, State.DRAINING)
        )
        return any(other is not None and other.fingerprint != card.fingerprint for other in others)

    def _become(self, status: PodStatus, state: State) -> None:
        if status.state == state:
            return
        log.info("pod_state", pod=status.member.name, state=state, before=status.state)
        status.state = state
        if state == State.NOT_READY:
            # It may come back as another process, with nothing in memory.
            self.holders.forget(status.member.name)
        self._changed()

    def _changed(self) -> None:
        self._stale = True
        states = [status.state for status in self]
        for state in State:
            self.metrics.pods.labels(state.value).set(states.count(state))

    def _current_fleet(self) -> Fleet:
        if self._stale:
            before, self._stale = self._fleet, False
            self._fleet = Fleet(
                Pod(status.member.name, status.capacity, status.capacity + self.policy.pod_queue)
                for status in self.ready()
            )
            self.metrics.moved_share.set(moved_share(before, self._fleet, before.recent_keys(_MOVED_SAMPLE)))
        return self._fleet
