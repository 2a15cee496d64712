"""An attempt's hold on its job: renewed by a thread, which also learns when the attempt has to stop."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts
from cartridge_store.db.tables import DesiredState
from cartridge_store.errors import LeaseLostError
from services.trainer.errors import AttemptEndedError, JobCancelledError, WorkerStoppingError
from services.trainer.job import ClaimedJob

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LeaseTimes:
    """Seconds: how long a lease holds, between renewals, and between looks for a cancellation."""

    lease: float
    beat: float
    poll: float


class Lease:
    """A context manager around an attempt. `should_stop` is cheap and may be asked between any two steps."""

    def __init__(
        self,
        sessions: SessionFactory,
        job: ClaimedJob,
        times: LeaseTimes,
        worker_stopping: Callable[[], bool],
    ) -> None:
        self._sessions = sessions
        self._job = job
        self._times = times
        self._worker_stopping = worker_stopping
        self._reason: AttemptEndedError | LeaseLostError | None = None
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

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def check(self) -> None:
        """Raise the reason for which the attempt has to stop, if there is one.

        `JobCancelledError`, `WorkerStoppingError`, or `LeaseLostError`, after which nothing may be written.
        """
        if self._reason is not None:
            raise self._reason

    def _keep(self) -> None:
        while not self._left.wait(self._times.poll):
            try:
                self._beat()
            except (AttemptEndedError, LeaseLostError) as reason:
                log.info("attempt_has_to_stop", job=self._job.id, reason=type(reason).__name__)
                self._reason = reason
                self._stop.set()
                return
            except Exception as error:  # noqa: BLE001 - whatever keeps the database away
                log.warning("lease_not_renewed", job=self._job.id, detail=str(error))
                if time.monotonic() - self._renewed_at > self._times.lease:
                    self._reason = LeaseLostError("the lease could not be renewed before it ran out")
                    self._stop.set()
                    return

    def _beat(self) -> None:
        if self._worker_stopping():
            raise WorkerStoppingError("the worker is shutting down")
        now = time.monotonic()
        renew = now - self._renewed_at >= self._times.beat
        with self._sessions.begin() as session:
            if renew:
                wish = attempts.heartbeat(session, self._job.id, self._job.attempt, self._times.lease)
            else:
                wish = attempts.desired_state(session, self._job.id, self._job.attempt)
        if renew:
            self._renewed_at = now
        if wish is DesiredState.CANCEL:
            raise JobCancelledError("the job was cancelled")
