"""What the dispatcher tells Prometheus, and KEDA: the backlog as the database has it, and how its own rounds go."""

import threading
import time
from collections.abc import Callable

import structlog
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import backlog

log = structlog.get_logger(__name__)


class DispatcherMetrics:
    """Every metric of a dispatcher. Several dispatchers tell the same of the backlog, for they look at one database."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.jobs = Gauge(
            "dispatcher_jobs", "Training jobs by state: queued, running.", ["state"], registry=self.registry
        )
        self.unfinished_jobs = Gauge(
            "dispatcher_unfinished_jobs", "Training jobs, queued and running.", registry=self.registry
        )
        self.queue_messages = Gauge(
            "dispatcher_queue_messages", "Wake-ups that no worker has taken.", registry=self.registry
        )
        self.oldest_unbegun_seconds = Gauge(
            "dispatcher_oldest_unbegun_job_seconds", "How long the oldest job has waited for its first worker.",
            registry=self.registry,
        )  # fmt: skip
        self.oldest_begun_seconds = Gauge(
            "dispatcher_oldest_begun_job_seconds", "Since the begin of the unfinished job that was begun first.",
            registry=self.registry,
        )  # fmt: skip
        self.most_attempts = Gauge(
            "dispatcher_most_attempts", "Attempts at the unfinished job that has had the most.",
            registry=self.registry,
        )  # fmt: skip
        self.expired_leases = Gauge(
            "dispatcher_expired_leases",
            "Running jobs whose workers have fallen silent.",
            registry=self.registry,
        )
        self.lost_leases = Counter(
            "dispatcher_lost_leases", "Times that more leases were found expired than at the look before.",
            registry=self.registry,
        )  # fmt: skip
        self.deletions = Gauge(
            "dispatcher_object_deletions", "Objects that are to be deleted.", registry=self.registry
        )
        self.oldest_deletion_seconds = Gauge(
            "dispatcher_oldest_deletion_seconds", "For how long the most overdue deletion has been due.",
            registry=self.registry,
        )  # fmt: skip
        self.wakeups = Counter("dispatcher_wakeups", "Jobs that were announced.", registry=self.registry)
        self.failed_rounds = Counter(
            "dispatcher_failed_rounds", "Rounds that failed, by part: dispatch, observe.", ["part"],
            registry=self.registry,
        )  # fmt: skip
        self.last_round = Gauge(
            "dispatcher_last_round_timestamp_seconds", "When a round last succeeded, since the epoch.",
            registry=self.registry,
        )  # fmt: skip
        for part in ("dispatch", "observe"):
            self.failed_rounds.labels(part)


class Rounds:
    """Whether the dispatcher's rounds succeed: what its health is."""

    def __init__(self, metrics: DispatcherMetrics, patience_seconds: float) -> None:
        """`patience_seconds`: how long none may have succeeded before the process counts as not ready."""
        self._metrics = metrics
        self._patience = patience_seconds
        self._begun = time.monotonic()
        self._succeeded: float | None = None

    def succeeded(self, woken: int) -> None:
        self._begun = self._succeeded = time.monotonic()
        self._metrics.wakeups.inc(woken)
        self._metrics.last_round.set_to_current_time()

    def failed(self) -> None:
        self._begun = time.monotonic()
        self._metrics.failed_rounds.labels("dispatch").inc()

    def are_made(self) -> bool:
        """Whether the loop goes round at all. A restart helps a loop that hangs, and no database that is away."""
        return time.monotonic() - self._begun < 4 * self._patience

    def succeed(self) -> bool:
        return self._succeeded is not None and time.monotonic() - self._succeeded < self._patience


class Observer:
    """Keeps the backlog's numbers fresh."""

    def __init__(
        self, sessions: SessionFactory, metrics: DispatcherMetrics, queue_depth: Callable[[], int]
    ) -> None:
        self._sessions = sessions
        self._metrics = metrics
        self._queue_depth = queue_depth
        self._expired = 0

    def look(self) -> None:
        """Raises `SQLAlchemyError`, `BrokerError`."""
        metrics = self._metrics
        with self._sessions.begin() as session:
            found = backlog.look(session)
        metrics.jobs.labels("queued").set(found.queued)
        metrics.jobs.labels("running").set(found.running)
        metrics.unfinished_jobs.set(found.queued + found.running)
        metrics.oldest_unbegun_seconds.set(found.oldest_unbegun_seconds)
        metrics.oldest_begun_seconds.set(found.oldest_begun_seconds)
        metrics.most_attempts.set(found.most_attempts)
        metrics.expired_leases.set(found.expired_leases)
        metrics.lost_leases.inc(max(0, found.expired_leases - self._expired))
        self._expired = found.expired_leases
        metrics.deletions.set(found.deletions)
        metrics.oldest_deletion_seconds.set(found.oldest_deletion_seconds)
        metrics.queue_messages.set(self._queue_depth())

    def keep_looking(self, stopping: threading.Event, every_seconds: float) -> None:
        """Look until `stopping` is set, in a thread of its own."""
        while True:
            try:
                self.look()
            except (SQLAlchemyError, BrokerError) as error:
                self._metrics.failed_rounds.labels("observe").inc()
                log.warning("backlog_not_read", detail=str(error))
            if stopping.wait(every_seconds):
                return
