"""A Celery worker's health and metrics over HTTP, from the process that does not train."""

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from celery.signals import worker_init, worker_ready, worker_shutdown
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from cartridge_web.disk import watch_disk
from cartridge_web.status import serving_status
from services.trainer.settings import WorkerSettings

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"


class WorkerStatus:
    """Answers from the worker's start to its end; ready once it takes jobs."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._serving = ExitStack()

    def start(self, port: int, data_dir: Path, counts: Path) -> int:
        """Answer on `port`; the port, which is a free one where 0 was asked for."""
        counts.mkdir(parents=True, exist_ok=True)
        for left in counts.glob("*.db"):
            left.unlink()  # of children of an earlier worker: Prometheus knows how to take a restart
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(counts))  # type: ignore[no-untyped-call]
        watch_disk(registry, "trainer", data_dir)
        return self._serving.enter_context(
            serving_status(port, registry, alive=lambda: True, ready=self._ready.is_set)
        )

    def is_ready(self) -> None:
        self._ready.set()

    def stop(self) -> None:
        self._serving.close()


def begin(status: WorkerStatus, settings: WorkerSettings, environment: Mapping[str, str]) -> None:
    """Have the worker answer where its settings name a port. Ends the process where its child's counts go nowhere."""
    if settings.trainer_status_port is None:
        return
    counts = environment.get(_COUNTS)
    if counts is None:
        # Celery passes over a receiver's errors; this one ends the worker.
        raise SystemExit(f"CARTRIDGES_TRAINER_STATUS_PORT needs {_COUNTS}, a directory for counts")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    status.start(settings.trainer_status_port, settings.data_dir, Path(counts))


def connect() -> None:
    """Have Celery's worker of this process begin, and end, with its own beginning and end."""
    status = WorkerStatus()
    # Celery holds receivers weakly unless told otherwise.
    worker_init.connect(lambda **_: begin(status, WorkerSettings(), os.environ), weak=False)
    worker_ready.connect(lambda **_: status.is_ready(), weak=False)
    worker_shutdown.connect(lambda **_: status.stop(), weak=False)
