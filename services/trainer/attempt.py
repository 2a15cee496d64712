"""One attempt at one job: claim it, run the pipeline under a lease, and write down how it ended."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cartridge_core.dtypes import DtypeName
from cartridge_core.errors import CartridgeError, ModelNotFoundError
from cartridge_core.models import Model
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts
from cartridge_store.db.tables import JobKind
from cartridge_store.errors import LeaseLostError
from cartridge_store.objects import ObjectStore
from services.trainer.base_model import base_model
from services.trainer.computing import Computing
from services.trainer.errors import (
    AttemptsExhaustedError,
    JobCancelledError,
    StageTimedOutError,
    WorkerStoppingError,
)
from services.trainer.failures import understand
from services.trainer.job import ClaimedJob
from services.trainer.job_objects import JobObjects
from services.trainer.journal import Journal
from services.trainer.lease import Hold, Lease, LeaseTimes
from services.trainer.limits import StageLimits
from services.trainer.metrics import ATTEMPTS
from services.trainer.pipeline import run_pipeline
from services.trainer.preview_pipeline import run_preview
from services.trainer.run import PreviewRun, Run

# Far more than crashes of machines explain: the job itself kills its workers.
MAX_SILENT_ATTEMPTS = 20
# The exit status of a process whose work hung (sysexits: internal software error).
HUNG = 70

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Worker:
    """What every attempt of one worker process shares."""

    name: str
    sessions: SessionFactory
    objects: ObjectStore
    model_path: Path
    device: str
    dtype: DtypeName
    scratch: Path
    lease_times: LeaseTimes
    retry_seconds: float
    limits: StageLimits
    stopping: Callable[[], bool]
    leave: Callable[[int], None] = os._exit
    computing: Computing = field(default_factory=Computing)

    def lease_on(
        self, hold: Hold, last_words: Callable[[StageTimedOutError], None] = lambda _: None
    ) -> Lease:
        """This worker's hold on what it has claimed. `last_words` are said before a process that hangs ends itself."""

        def abandon(error: StageTimedOutError) -> None:
            try:
                last_words(error)
            except Exception:
                log.exception("last_words_not_heard")
            self.leave(HUNG)

        return Lease(self.sessions, hold, self.lease_times, self.stopping, abandon)


def run_attempt(worker: Worker, job_id: str) -> None:
    """Take this job as far as it goes. Does nothing for one that is finished, unknown, or in other hands."""
    with worker.sessions.begin() as session:
        row = attempts.claim(session, job_id, worker.name, worker.lease_times.lease)
        job = None if row is None else ClaimedJob.of(row)
    if job is None:
        log.info("nothing_to_do", job=job_id)
    else:
        run_claimed(worker, job)


def run_claimed(worker: Worker, job: ClaimedJob) -> None:
    """Take a job that has just been claimed as far as it goes, and tell how that ended."""
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
        except SQLAlchemyError as error:
            # Nothing can be told where it would be told. The lease runs out, and another attempt follows.
            ATTEMPTS.labels("lost").inc()
            log.warning("job_left_to_its_lease", detail=str(error))


def _work(worker: Worker, job: ClaimedJob, journal: Journal) -> None:
    """Run the pipeline and tell how it ended. Raises `LeaseLostError`."""
    log.info("attempt_started")
    for left in worker.scratch.glob(f"{job.id}-*"):
        shutil.rmtree(left, ignore_errors=True)  # of an attempt that was killed
    try:
        with (
            worker.lease_on(job, partial(_retry_or_fail, worker, job, journal)) as lease,
            TemporaryDirectory(dir=worker.scratch, prefix=f"{job.id}-") as scratch,
        ):
            objects = JobObjects(worker.objects, job, Path(scratch))
            model = _model_of(worker, job, journal)
            if job.kind is JobKind.PREVIEW:
                run_preview(
                    PreviewRun(job, model, objects, journal, lease, worker.limits, job.preview_recipe)
                )
            else:
                run_pipeline(
                    Run(
                        job,
                        model,
                        objects,
                        journal,
                        lease,
                        worker.limits,
                        job.recipe,
                        worker.lease_on,
                        worker.computing,
                    )
                )
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
        _retry_or_fail(worker, job, journal, error)
    except Exception as error:
        log.exception("attempt_failed")
        _retry_or_fail(worker, job, journal, error)
    else:
        ATTEMPTS.labels("succeeded").inc()
        log.info("job_succeeded")


def _model_of(worker: Worker, job: ClaimedJob, journal: Journal) -> Model:
    if job.attempt - journal.spent.farewells > MAX_SILENT_ATTEMPTS:
        raise AttemptsExhaustedError(
            f"{MAX_SILENT_ATTEMPTS} attempts have ended without a word from their workers, which is mostly for want "
            "of memory: ask for less at a time (training.batch_tokens, self_study.batch_rows), or for larger workers"
        )
    model = base_model(worker.model_path, worker.device, worker.dtype)
    if model.identity.name != job.base_model:
        raise ModelNotFoundError(
            f"the job asks for the base model {job.base_model}; this trainer has {model.identity.name}"
        )
    return worker.computing.model(model)


def _retry_or_fail(worker: Worker, job: ClaimedJob, journal: Journal, error: Exception) -> None:
    """End the job, or leave it to another attempt after a pause that no worker spends waiting."""
    failure = understand(error)
    if failure.tries > 1:
        number = journal.failed_once_more(outage=failure.is_outage)
        if number < failure.tries:
            pause = failure.pause(number, worker.retry_seconds)
            journal.log(
                "warning",
                f"attempt {job.attempt} ended early ({failure.code}); another one goes on from there in {pause:.0f} s",
            )
            journal.give_back(pause)
            ATTEMPTS.labels("broken").inc()
            log.warning("job_to_be_tried_again", code=failure.code, failures=number, pause_seconds=pause)
            return
        journal.log("error", f"attempt {job.attempt} ended early ({failure.code}); giving up")
    journal.finish_failed(failure.code, failure.detail)
    ATTEMPTS.labels("failed").inc()
    log.warning("job_failed", code=failure.code, detail=failure.detail)
