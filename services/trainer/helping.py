"""What a worker without a job does: shards of other workers' self-study, until a whole job waits for it."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cartridge_core.corpus import CorpusText
from cartridge_core.models import Model
from cartridge_core.self_study import SynthesisProgress
from cartridge_store.db.repositories import shards, turns
from cartridge_store.errors import LeaseLostError
from cartridge_store.object_keys import PARSED_CORPUS
from cartridge_web.tracing import span
from services.trainer.attempt import Worker
from services.trainer.base_model import base_model
from services.trainer.errors import JobCancelledError, WorkerStoppingError
from services.trainer.failures import understand
from services.trainer.job import ClaimedJob, ClaimedShard
from services.trainer.job_objects import JobObjects
from services.trainer.journal import ShardJournal
from services.trainer.metrics import SHARDS
from services.trainer.stages.shards import Synthesis, chunks_of, make_shard, shards_of
from services.trainer.stages.study_plan import restore_plan

log = structlog.get_logger(__name__)


class CorpusNotParsedError(Exception):
    """The job's own worker has not left its corpus where helpers read it."""


def help_others(worker: Worker) -> bool:
    """Make shards of others' jobs as long as there are some; whether it ended because a whole job is due."""
    with worker.sessions.begin() as session:
        if not shards.are_wanted(session):
            return False
    return _Helper(worker, base_model(worker.model_path, worker.device, worker.dtype)).help()


class _Helper:
    """Keeps what the shards of one job are made with until it helps with another's."""

    def __init__(self, worker: Worker, model: Model) -> None:
        self._worker = worker
        self._model = model
        self._of: str | None = None
        self._synthesis: Synthesis | None = None

    def help(self) -> bool:
        while not self._worker.stopping():
            with self._worker.sessions.begin() as session:
                if turns.are_due(session):
                    return True
                held = shards.take_to_help(
                    session, self._model.identity.name, self._worker.name, self._worker.lease_times.lease
                )
                job = None if held is None else ClaimedJob.of(shards.job_of(session, held))
            if held is None or job is None:
                return False
            about = {"job": job.id, "tenant": job.tenant_id, "request_id": job.request_id}
            with structlog.contextvars.bound_contextvars(
                **about, shard=f"{held.stream}:{held.shard}", attempt=held.attempt
            ):
                if not self._take_on(ClaimedShard(held), job):
                    return False
        return False

    def _take_on(self, claimed: ClaimedShard, job: ClaimedJob) -> bool:
        """Make the shard; whether it makes sense to go on with another one."""
        journal = ShardJournal(self._worker.sessions, claimed)
        try:
            try:
                self._make(claimed, job, journal)
            except (LeaseLostError, SQLAlchemyError):
                raise
            except JobCancelledError:
                journal.give_back()
                SHARDS.labels("cancelled").inc()
            except WorkerStoppingError:
                journal.give_back()
                SHARDS.labels("given_back").inc()
                return False
            except Exception as error:
                # Whatever it is, it is the job's: its own worker meets it too, and tells it where it is told.
                outage = understand(error).is_outage
                log.exception("shard_failed")
                journal.give_back(reserve=not outage)
                SHARDS.labels("failed").inc()
                return not outage
            else:
                SHARDS.labels("made").inc()
                log.info("shard_made")
        except LeaseLostError as error:
            SHARDS.labels("lost").inc()
            log.warning("lease_lost", detail=str(error))
        except SQLAlchemyError as error:
            SHARDS.labels("lost").inc()
            log.warning("shard_left_to_its_lease", detail=str(error))
            return False
        return True

    def _make(self, claimed: ClaimedShard, job: ClaimedJob, journal: ShardJournal) -> None:
        held = claimed.held
        prefix = f"shard-{job.id}-{held.stream}-{held.shard}-"
        for left in self._worker.scratch.glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)  # of a helper that was killed
        with (
            self._worker.lease_on(claimed, lambda _: journal.give_back(reserve=True)) as lease,
            TemporaryDirectory(dir=self._worker.scratch, prefix=prefix) as scratch,
            span("training.self_study.shard", job.request_id, {"cartridges.job": job.id}),
        ):
            limits = self._worker.limits
            lease.allow(limits.left("self_study", 0.0), limits.overrun("self_study"))
            objects = JobObjects(self._worker.objects, job, Path(scratch))
            make_shard(
                self._synthesis_of(job, objects),
                shards_of(restore_plan(objects, job.recipe))[held.stream, held.shard],
                objects,
                journal,
                lease,
                on_progress=_keep_to_itself,
                should_stop=lambda: False,
            )

    def _synthesis_of(self, job: ClaimedJob, objects: JobObjects) -> Synthesis:
        if self._synthesis is None or self._of != job.id:
            corpus = objects.restore_json(PARSED_CORPUS, CorpusText)
            if corpus is None:
                raise CorpusNotParsedError(f"job {job.id} has no {PARSED_CORPUS}")
            chunks = chunks_of(self._model, corpus, job.recipe)
            plan = restore_plan(objects, job.recipe)
            decoder = self._worker.computing.decoder(self._model, job.id)
            self._synthesis = Synthesis(self._model, chunks, job.recipe, plan, objects, decoder=decoder)
            self._of = job.id
        return self._synthesis


def _keep_to_itself(_: SynthesisProgress) -> None:
    """How far a shard is is told once it is made, by its job's own worker."""
