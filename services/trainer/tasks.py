"""The one task: a wake-up for a job."""

from functools import cache
from typing import TYPE_CHECKING

from cartridge_store.queue import TRAIN_TASK
from cartridge_web.tracing import flush_traces
from services.trainer.app import app
from services.trainer.settings import WorkerSettings
from services.trainer.stopping import is_stopping

if TYPE_CHECKING:
    from services.trainer.attempt import Worker

# torch must not be imported before Celery forks: its threads do not survive that. Hence the imports inside.


def train(_job_id: str) -> None:
    """Whichever job a message names, the one whose turn it is comes next: each message stands for one that is due.

    Where none is, the message stands for a shard of somebody's self-study.
    """
    from services.trainer.helping import help_others  # noqa: PLC0415
    from services.trainer.together import run_jobs  # noqa: PLC0415

    worker = _this_worker()
    try:
        while not run_jobs(worker) and help_others(worker):
            pass
    finally:
        # Celery ends its children without a word.
        flush_traces()


@cache
def _this_worker() -> "Worker":
    """What this process works with, made at its first job."""
    from services.trainer.worker import make_worker  # noqa: PLC0415

    return make_worker(WorkerSettings(), is_stopping)


app.task(train, name=TRAIN_TASK)
