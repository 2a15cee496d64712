"""The Celery app: a message is only a wake-up that names a job; the job's row decides what happens."""

from typing import Any

from celery import Celery
from celery.signals import setup_logging

from cartridge_store.queue import TRAINING_QUEUE
from cartridge_store.settings import BrokerSettings
from cartridge_web.logs import configure_logging


def make_app(settings: BrokerSettings) -> Celery:
    """An app for workers and for the dispatcher, which only sends."""
    app = Celery(
        "cartridges.trainer",
        broker=settings.broker_url.get_secret_value(),
        include=["services.trainer.tasks"],
        set_as_current=False,
    )
    app.conf.update(
        task_default_queue=TRAINING_QUEUE,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_backend=None,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
    )
    return app


def _configure_logging(**_: Any) -> None:
    """Connected, it also keeps Celery from setting up logs of its own form."""
    configure_logging("trainer")


setup_logging.connect(_configure_logging, weak=False)
app = make_app(BrokerSettings())
