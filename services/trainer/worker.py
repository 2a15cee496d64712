"""What a process that trains works with, made of its settings."""

import os
import socket
from collections.abc import Callable

from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.objects import ObjectStore
from services.trainer.attempt import Worker
from services.trainer.computing import Computing
from services.trainer.lease import LeaseTimes
from services.trainer.limits import StageLimits
from services.trainer.processes import how_many
from services.trainer.settings import WorkerSettings
from services.trainer.synthesis_endpoint import EndpointSettings, SynthesisEndpoint


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
        dtype=settings.trainer_dtype,
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
        computing=_computing(settings),
    )


def _computing(settings: WorkerSettings) -> Computing:
    endpoint = None
    if settings.synthesis_endpoint is not None:
        key = settings.synthesis_endpoint_key
        endpoint = SynthesisEndpoint(
            EndpointSettings(
                settings.synthesis_endpoint,
                None if key is None else key.get_secret_value(),
                settings.synthesis_endpoint_requests,
            )
        )
    asked = None if settings.trainer_processes == "auto" else settings.trainer_processes
    together = settings.trainer_jobs_at_once > 1
    return Computing(
        jobs_at_once=settings.trainer_jobs_at_once,
        processes=1 if together else how_many(asked, settings.trainer_device),
        model_path=settings.base_model,
        endpoint=endpoint,
    )
