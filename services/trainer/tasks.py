"""The one task: a wake-up for a job."""

import os
import socket
from functools import cache
from typing import TYPE_CHECKING

from cartridge_store.queue import TRAIN_TASK
from services.trainer.app import app
from services.trainer.settings import WorkerSettings
from services.trainer.stopping import is_stopping

if TYPE_CHECKING:
    from services.trainer.attempt import Worker

# torch must not be imported before Celery forks: its threads do not survive that. Hence the imports inside.


def train(job_id: str) -> None:
    from services.trainer.attempt import run_attempt  # noqa: PLC0415

    run_attempt(_this_worker(), job_id)


@cache
def _this_worker() -> "Worker":
    """What this process works with, made at its first job."""
    from cartridge_store.db.engine import make_engine, make_session_factory  # noqa: PLC0415
    from cartridge_store.objects import ObjectStore  # noqa: PLC0415
    from services.trainer.attempt import Worker  # noqa: PLC0415
    from services.trainer.lease import LeaseTimes  # noqa: PLC0415

    settings = WorkerSettings()
    scratch = settings.data_dir / "trainer"
    scratch.mkdir(parents=True, exist_ok=True)
    return Worker(
        name=f"{socket.gethostname()}:{os.getpid()}",
        sessions=make_session_factory(make_engine(settings)),
        objects=ObjectStore(settings),
        model_path=settings.base_model,
        scratch=scratch,
        lease_times=LeaseTimes(
            settings.trainer_lease_seconds, settings.trainer_beat_seconds, settings.trainer_poll_seconds
        ),
        retry_seconds=settings.trainer_retry_seconds,
        stopping=is_stopping,
    )


app.task(train, name=TRAIN_TASK)
