"""The two ways of setting somebody to work on a job: a message to the workers' queue, or a Kubernetes Job of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog
from celery import Celery
from kombu.exceptions import OperationalError as BrokerError

from cartridge_store.queue import TRAIN_TASK, TRAINING_QUEUE

log = structlog.get_logger(__name__)


class Waker(Protocol):
    """Raises `BrokerError` or `LaunchError` where whoever it asks is away."""

    helps: bool
    """Whether whoever is woken may help with another's job."""

    def room(self) -> int:
        """How many more jobs may be woken now."""

    def wake(self, job_id: str) -> None:
        """Have the job looked at soon. To wake one that is being worked on does no harm."""


class QueueWaker:
    """Messages to workers. No more than `limit` are let lie there: a job that nobody takes is announced again and
    again, and a broker must not fill up with that."""

    helps = True

    def __init__(self, app: Celery, limit: int) -> None:
        self._app = app
        self._limit = limit

    def room(self) -> int:
        return self._limit - self.depth()

    def depth(self) -> int:
        """Messages that no worker has taken. Raises `BrokerError`."""
        with self._broker(), self._app.connection_or_acquire() as connection:
            try:
                with connection.channel() as channel:
                    return int(channel.queue_declare(TRAINING_QUEUE, passive=True).message_count)
            except connection.channel_errors:
                return 0  # nobody has made the queue yet

    def wake(self, job_id: str) -> None:
        with self._broker():
            self._app.send_task(TRAIN_TASK, args=[job_id], queue=TRAINING_QUEUE, retry=False)
        log.info("worker_woken", job=job_id)

    @contextmanager
    def _broker(self) -> Iterator[None]:
        """Within it whatever a broker's failure raises is a `BrokerError`.

        A connection whose server died raises not only what its class names: a broker that was killed has ended
        dispatchers with an AttributeError.
        """
        try:
            yield
        except Exception as error:
            raise BrokerError(str(error) or type(error).__name__) from error
