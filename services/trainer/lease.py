"""A worker's hold on a job or a shard: renewed by a thread, which also learns when the work has to stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import structlog
from sqlalchemy.orm import Session

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.tables import DesiredState
from cartridge_store.errors import LeaseLostError
from services.trainer.errors import (
    AttemptEndedError,
    JobCancelledError,
    StageTimedOutError,
    WorkerStoppingError,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LeaseTimes:
    """Seconds: how long a lease holds, between renewals, and between looks for a cancellation.

    `grace` is how long work whose time is over has for stopping by itself.
    """

    lease: float
    beat: float
    poll: float
    grace: float = 120.0


class Hold(Protocol):
    """What a worker holds under a lease."""

    @property
    def id(self) -> str: ...

    def renew(self, session: Session, seconds: float) -> DesiredState:
        """Move the lease's end forward; what the tenant wants. Raises `LeaseLostError`."""

    def wish(self, session: Session) -> DesiredState:
        """What the tenant wants. Raises `LeaseLostError`."""


class Lease:
    """A context manager around the work. `should_stop` is cheap and may be asked between any two steps."""

    def __init__(
        self,
        sessions: SessionFactory,
        hold: Hold,
        times: LeaseTimes,
        worker_stopping: Callable[[], bool],
        abandon: Callable[[StageTimedOutError], None],
    ) -> None:
        """`abandon` is called where work whose time is over does not stop for `times.grace`; it ends the process."""
        self._sessions = sessions
        self._hold = hold
        self._times = times
        self._worker_stopping = worker_stopping
        self._abandon = abandon
        self._reason: AttemptEndedError | LeaseLostError | StageTimedOutError | None = None
        self._allowed: tuple[float, StageTimedOutError] | None = None
        self._stop = threading.Event()
        self._left = threading.Event()
        self._renewed_at = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """How long it holds."""
        return self._times.lease

    def allow(self, seconds: float, overrun: StageTimedOutError) -> None:
        """From now on the work has so much time, after which it has to stop because of `overrun`."""
        self._allowed = (time.monotonic() + seconds, overrun)

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def wait(self, seconds: float) -> None:
        """Until so much time has passed, or the work has to stop."""
        self._stop.wait(seconds)

    def check(self) -> None:
        """Raise the reason for which the work has to stop, if there is one.

        `JobCancelledError`, `WorkerStoppingError`, `StageTimedOutError`, or `LeaseLostError`, after which nothing may be
        written.
        """
        if self._reason is not None:
            raise self._reason

    def _keep(self) -> None:
        while not self._left.wait(self._times.poll):
            try:
                self._look_at_the_time()
                self._beat()
            except (AttemptEndedError, LeaseLostError, StageTimedOutError) as reason:
                log.info("work_has_to_stop", on=self._hold.id, reason=type(reason).__name__)
                self._reason = reason
                self._stop.set()
                if isinstance(reason, StageTimedOutError):
                    self._await_the_end(reason)
                return
            except Exception as error:  # noqa: BLE001 - whatever keeps the database away
                log.warning("lease_not_renewed", on=self._hold.id, detail=str(error))
                if time.monotonic() - self._renewed_at > self._times.lease:
                    self._reason = LeaseLostError("the lease could not be renewed before it ran out")
                    self._stop.set()
                    return

    def _look_at_the_time(self) -> None:
        if self._allowed is not None and time.monotonic() > self._allowed[0]:
            raise self._allowed[1]

    def _await_the_end(self, reason: StageTimedOutError) -> None:
        """Keep the lease while the work stops; what hangs for longer than the grace time is given up."""
        deadline = time.monotonic() + self._times.grace
        while not self._left.wait(self._times.poll):
            try:
                self._beat()
            except (AttemptEndedError, LeaseLostError) as other:
                log.info("work_stops_anyway", on=self._hold.id, reason=type(other).__name__)
            except Exception as error:  # noqa: BLE001 - whatever keeps the database away
                log.warning("lease_not_renewed", on=self._hold.id, detail=str(error))
            if time.monotonic() > deadline:
                log.error("work_abandoned", on=self._hold.id, detail=str(reason))
                self._abandon(reason)
                return

    def _beat(self) -> None:
        if self._worker_stopping():
            raise WorkerStoppingError("the worker is shutting down")
        now = time.monotonic()
        renew = now - self._renewed_at >= self._times.beat
        with self._sessions.begin() as session:
            wish = self._hold.renew(session, self._times.lease) if renew else self._hold.wish(session)
        if renew:
            self._renewed_at = now
        if wish is DesiredState.CANCEL:
            raise JobCancelledError("the job was cancelled")
