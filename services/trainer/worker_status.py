"""A Celery worker's health and metrics over HTTP, from the process that does not train."""

import os
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from cartridge_web.disk import watch_disk
from cartridge_web.status import serving_status
from services.trainer.settings import WorkerSettings

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"


class CountsUnsharedError(RuntimeError):
    """There is nowhere for the child's counts."""

    code = "counts_unshared"


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


def connect() -> None:
    """Have the worker of this process answer, where its settings name a port."""
    status = WorkerStatus()

    def begin(**_: Any) -> None:
        settings = WorkerSettings()
        if settings.trainer_status_port is None:
            return
        if _COUNTS not in os.environ:
            raise CountsUnsharedError(
                f"CARTRIDGES_TRAINER_STATUS_PORT needs {_COUNTS}, a directory for counts"
            )
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        status.start(settings.trainer_status_port, settings.data_dir, Path(os.environ[_COUNTS]))

    # Celery holds receivers weakly unless told otherwise.
    worker_init.connect(begin, weak=False)
    worker_ready.connect(lambda **_: status.is_ready(), weak=False)
    worker_shutdown.connect(lambda **_: status.stop(), weak=False)
