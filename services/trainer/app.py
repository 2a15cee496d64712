"""The worker's Celery app: `celery --app=services.trainer.app:app worker`."""

from typing import Any

from celery.signals import setup_logging

from cartridge_store.settings import BrokerSettings
from cartridge_web.logs import configure_logging
from cartridge_web.tracing import configure_tracing
from services.trainer import worker_status
from services.trainer.messages import make_app


def _configure_logging(**_: Any) -> None:
    """Connected, it also keeps Celery from setting up logs of its own form."""
    configure_logging("trainer")
    configure_tracing("trainer")


setup_logging.connect(_configure_logging, weak=False)
worker_status.connect()
app = make_app(BrokerSettings())
