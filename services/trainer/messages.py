"""How workers and the dispatcher speak through the broker: a message is only a wake-up that names a job."""

from celery import Celery
from kombu.entity import Queue

from cartridge_store.queue import TRAINING_QUEUE
from cartridge_store.settings import BrokerSettings

# A worker acknowledges a message once its job is over. For so long Redis (visibility timeout) and RabbitMQ from 3.12 on
# (consumer timeout) leave it with the worker: longer than the stages of a job may take together. Never changed:
# RabbitMQ refuses a queue that is declared in another way than it was made.
_LONGEST_SECONDS = 30 * 24 * 3600


def make_app(settings: BrokerSettings) -> Celery:
    """A Celery app that keeps no results: how a job ends stands in its row."""
    app = Celery(
        "cartridges.trainer",
        broker=settings.broker_url.get_secret_value(),
        include=["services.trainer.tasks"],
        set_as_current=False,
    )
    app.conf.update(
        task_queues=[_queue()],
        task_default_queue=TRAINING_QUEUE,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_backend=None,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        # A worker without its broker waits for it, however long that is away.
        broker_connection_max_retries=None,
        # A connection for each use: one that was kept from before the broker's restart is worth nothing, and kombu's
        # pools hand it out again.
        broker_pool_limit=0,
        # To open a channel is tried twice: the next round comes soon, and what does not come back stops no round.
        broker_transport_options={
            "max_retries": 1,
            "interval_start": 0.1,
            "interval_max": 0.1,
            "visibility_timeout": _LONGEST_SECONDS,
        },
    )
    return app


def _queue() -> Queue:
    arguments = {"x-consumer-timeout": _LONGEST_SECONDS * 1000}
    return Queue(TRAINING_QUEUE, queue_arguments=arguments)  # type: ignore[no-untyped-call]
