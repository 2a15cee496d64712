"""What a process that trains works with, made of its settings."""

import os
import socket
from collections.abc import Callable

from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.objects import ObjectStore
from services.trainer.attempt import Worker
from services.trainer.lease import LeaseTimes
from services.trainer.limits import StageLimits
from services.trainer.settings import WorkerSettings


def make_worker(settings: WorkerSettings, stopping: Callable[[], bool]) -> Worker:
    """The worker that this process is; `stopping` tells when it is asked to leave."""
    scratch = settings.data_dir / "trainer"
    scratch.mkdir(parents=True, exist_ok=True)
    return Worker(
        name=f"{socket.gethostname()}:{os.getpid()}",
        sessions=make_session_factory(make_engine(settings)),
        objects=ObjectStore(settings),
        model_path=settings.base_model,
        device=settings.trainer_device,
        scratch=scratch,
        lease_times=LeaseTimes(
            settings.trainer_lease_seconds,
            settings.trainer_beat_seconds,
            settings.trainer_poll_seconds,
            settings.trainer_grace_seconds,
        ),
        limits=StageLimits(settings.stage_seconds),
        retry_seconds=settings.trainer_retry_seconds,
        stopping=stopping,
    )
