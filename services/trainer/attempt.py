"""One attempt at one job: claim it, run the pipeline under a lease, and write down how it ended."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from cartridge_core.errors import CartridgeError, ModelNotFoundError
from cartridge_core.models import Model
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts
from cartridge_store.errors import LeaseLostError
from cartridge_store.objects import ObjectStore
from services.trainer.base_model import base_model
from services.trainer.errors import AttemptsExhaustedError, JobCancelledError, WorkerStoppingError
from services.trainer.job import ClaimedJob
from services.trainer.job_objects import JobObjects
from services.trainer.journal import Journal
from services.trainer.lease import Lease, LeaseTimes
from services.trainer.metrics import ATTEMPTS
from services.trainer.pipeline import run_pipeline
from services.trainer.run import Run

MAX_FAILURES = 3
# Far more than restarts and deployments explain: the job itself kills its workers.
MAX_ATTEMPTS = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Worker:
    """What every attempt of one worker process shares."""

    name: str
    sessions: SessionFactory
    objects: ObjectStore
    model_path: Path
    scratch: Path
    lease_times: LeaseTimes
    retry_seconds: float
    stopping: Callable[[], bool]


def run_attempt(worker: Worker, job_id: str) -> None:
    """Take the job as far as it goes. Does nothing for a job that is finished, unknown, or in other hands."""
    job = _claim(worker, job_id)
    if job is None:
        log.info("nothing_to_do", job=job_id)
        return
    with structlog.contextvars.bound_contextvars(
        job=job.id, tenant=job.tenant_id, attempt=job.attempt, request_id=job.request_id
    ):
        journal = Journal(worker.sessions, job)
        try:
            _work(worker, job, journal)
        except LeaseLostError as error:
            # Another attempt may be writing already: not even a farewell.
            ATTEMPTS.labels("lost").inc()
            log.warning("lease_lost", detail=str(error))


def _claim(worker: Worker, job_id: str) -> ClaimedJob | None:
    with worker.sessions.begin() as session:
        row = attempts.claim(session, job_id, worker.name, worker.lease_times.lease)
        return None if row is None else ClaimedJob.of(row)


def _work(worker: Worker, job: ClaimedJob, journal: Journal) -> None:
    """Run the pipeline and tell how it ended. Raises `LeaseLostError`."""
    log.info("attempt_started")
    for left in worker.scratch.glob(f"{job.id}-*"):
        shutil.rmtree(left, ignore_errors=True)  # of an attempt that was killed
    try:
        with (
            Lease(worker.sessions, job, worker.lease_times, worker.stopping) as lease,
            TemporaryDirectory(dir=worker.scratch, prefix=f"{job.id}-") as scratch,
        ):
            objects = JobObjects(worker.objects, job, Path(scratch))
            run_pipeline(Run(job, job.recipe, _model_of(worker, job), objects, journal, lease))
    except LeaseLostError:
        raise
    except JobCancelledError:
        journal.finish_cancelled()
        ATTEMPTS.labels("cancelled").inc()
        log.info("job_cancelled")
    except WorkerStoppingError:
        journal.give_back()
        ATTEMPTS.labels("given_back").inc()
        log.info("job_given_back")
    except CartridgeError as error:
        journal.finish_failed(error.code, str(error))
        ATTEMPTS.labels("failed").inc()
        log.warning("job_failed", code=error.code, detail=str(error))
    except Exception:
        log.exception("attempt_failed")
        ATTEMPTS.labels("broken").inc()
        _retry_or_fail(worker, job, journal)
    else:
        ATTEMPTS.labels("succeeded").inc()
        log.info("job_succeeded")


def _model_of(worker: Worker, job: ClaimedJob) -> Model:
    if job.attempt > MAX_ATTEMPTS:
        raise AttemptsExhaustedError(f"{MAX_ATTEMPTS} attempts have ended without a word from their workers")
    model = base_model(worker.model_path)
    if model.identity.name != job.base_model:
        raise ModelNotFoundError(
            f"the job asks for the base model {job.base_model}; this trainer has {model.identity.name}"
        )
    return model


def _retry_or_fail(worker: Worker, job: ClaimedJob, journal: Journal) -> None:
    """The traceback is for the operator's log alone; the tenant learns that it was not their fault."""
    failures = journal.failed_once_more()
    if failures >= MAX_FAILURES:
        journal.log(
            "error", f"attempt {job.attempt} failed unexpectedly; giving up after {failures} failures"
        )
        journal.finish_failed("internal_error", f"the trainer failed {failures} times for reasons of its own")
        return
    journal.log("warning", f"attempt {job.attempt} failed unexpectedly; another one continues where it ended")
    time.sleep(min(worker.retry_seconds * failures, worker.lease_times.lease / 2))
    journal.give_back()
