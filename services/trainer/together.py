"""Several small jobs at once in one worker: a thread and a lease each, one model, and steps made together.

What jobs share stands in `services.trainer.computing`; each attempt is what it is alone, and ends by itself.
"""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog

from cartridge_core.recipe import Recipe
from cartridge_store.db.repositories import attempts
from cartridge_store.db.tables import JobKind, TrainingJob
from services.trainer.attempt import Worker, run_claimed
from services.trainer.errors import RecipeUnreadableError
from services.trainer.job import ClaimedJob

# Larger batches fill a device by themselves, and larger cartridges its memory.
SMALL_BATCH_TOKENS = 1024
SMALL_CARTRIDGE_TOKENS = 2048

log = structlog.get_logger(__name__)


def run_jobs(worker: Worker) -> bool:
    """Take the job whose turn it is as far as it goes, and with it small ones that come; whether there was one.

    A small job is joined by others while there are less than the worker takes at once; none passes over a large one
    whose turn it is. Ends when none of them runs any more.
    """
    job = _claim(worker)
    if job is None:
        return False
    if worker.computing.jobs_at_once == 1 or not is_small(job):
        run_claimed(worker, job)
        return True
    with ThreadPoolExecutor(worker.computing.jobs_at_once, "job") as pool:
        running = {pool.submit(run_claimed, worker, job)}
        while running:
            while len(running) < worker.computing.jobs_at_once and not worker.stopping():
                following = _claim(worker, small=True)
                if following is None:
                    break
                log.info("job_joins", job=following.id, at_work=len(running))
                running.add(pool.submit(run_claimed, worker, following))
            ended, running = wait(running, worker.lease_times.poll, FIRST_COMPLETED)
            _look_at(ended)
    return True


def is_small(job: ClaimedJob) -> bool:
    """Whether a job leaves room for others beside it."""
    if job.kind is JobKind.PREVIEW:
        return True
    try:
        recipe: Recipe = job.recipe
    except RecipeUnreadableError:
        return False
    return (
        recipe.training.batch_tokens <= SMALL_BATCH_TOKENS
        and recipe.cartridge_tokens <= SMALL_CARTRIDGE_TOKENS
    )


def _claim(worker: Worker, *, small: bool = False) -> ClaimedJob | None:
    def fits(row: TrainingJob) -> bool:
        return not small or is_small(ClaimedJob.of(row))

    with worker.sessions.begin() as session:
        row = attempts.claim_next(session, worker.name, worker.lease_times.lease, fits)
        return None if row is None else ClaimedJob.of(row)


def _look_at(ended: set[Future[None]]) -> None:
    """An attempt tells how it ended by itself; what gets out of it is a fault that must not stop the others."""
    for future in ended:
        if (error := future.exception()) is not None:
            log.error("attempt_broke_out", exc_info=error)
