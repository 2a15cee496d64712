"""What workers write about a job in Postgres: stage, progress, events, shards, and how it ended.

Every function raises `LeaseLostError` once another attempt owns the job, or the shard.
"""

from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import (
    attempts,
    cartridges,
    deletions,
    documents,
    previews,
    shards,
    studies,
)
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.repositories.studies import NewChunk, NewShard, Stream
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.db.tables import CartridgeRow, Document, StudiedChunk
from cartridge_store.errors import NotFoundError
from services.trainer.errors import InitialCartridgeGoneError
from services.trainer.events import (
    BaselinesEvent,
    ConversationSample,
    JobProgress,
    LogLevel,
    LogLine,
    Progress,
    Reuse,
    Stage,
    StageEvent,
    TrainingOutcome,
    Work,
)
from services.trainer.job import ClaimedJob, ClaimedShard


class ShardJournal:
    """What is written about a shard, by whoever holds it."""

    def __init__(self, sessions: SessionFactory, claimed: ClaimedShard) -> None:
        self._sessions = sessions
        self._held = claimed.held

    def show(self, shard: NewShard, seconds: float) -> None:
        """Show all conversations of the shard, and count what was generated for it as used."""
        with self._sessions.begin() as session:
            shards.show(session, self._held, shard, seconds)

    def finish(self, samples: Sequence[ConversationSample]) -> None:
        """The shard is stored; tell samples of it."""
        with self._sessions.begin() as session:
            shards.finish(session, self._held, [sample.model_dump() for sample in samples])

    def give_back(self, *, reserve: bool = False) -> None:
        """Leave the shard to another worker; reserved, to the job's own."""
        with self._sessions.begin() as session:
            shards.give_back(session, self._held, reserve=reserve)


class Journal:
    def __init__(self, sessions: SessionFactory, job: ClaimedJob) -> None:
        self._sessions = sessions
        self._job = job
        self._progress = JobProgress.model_validate(job.stored_progress)

    @property
    def spent(self) -> JobProgress:
        """What the job has cost so far, earlier attempts included."""
        return self._progress

    def documents(self) -> list[Document]:
        """The documents of the corpus's version that the job learns, in the order they came."""
        with tenant_transaction(self._sessions, self._job.tenant_id) as session:
            return documents.list_all(
                session, self._job.tenant_id, self._job.corpus_id, self._job.corpus_version
            )

    def note_tokens(self, counts: Iterable[tuple[str, int]]) -> None:
        """Note beside documents, by their ids, how many tokens they have."""
        with tenant_transaction(self._sessions, self._job.tenant_id) as session:
            documents.set_tokens(session, self._job.tenant_id, counts)

    def initial_cartridge(self) -> CartridgeRow | None:
        """The cartridge that the job starts from, None where the recipe says what it starts from.

        Raises `InitialCartridgeGoneError` where it was deleted since.
        """
        if self._job.initialize_from is None:
            return None
        try:
            with tenant_transaction(self._sessions, self._job.tenant_id) as session:
                return cartridges.get(session, self._job.tenant_id, self._job.initialize_from)
        except NotFoundError as error:
            raise InitialCartridgeGoneError(
                f"cartridge {self._job.initialize_from}, which training was to start from, was deleted"
            ) from error

    def is_overtaken(self) -> bool:
        """Whether the corpus has changed or has a trained cartridge, so that a preview of it serves nobody."""
        job = self._job
        if job.corpus_version is None:
            return False
        with tenant_transaction(self._sessions, job.tenant_id) as session:
            return previews.is_overtaken(
                session, job.tenant_id, job.corpus_id, job.corpus_version, job.base_model
            )

    def earlier_cartridge(self, tokens: int, model_fingerprint: str) -> CartridgeRow | None:
        """The newest trained cartridge of another version of the corpus, of this model and size, that is ready."""
        with tenant_transaction(self._sessions, self._job.tenant_id) as session:
            return cartridges.earlier_of(
                session, self._job.tenant_id, self._job.corpus_id, self._job.corpus_version,
                tokens=tokens, base_model=self._job.base_model, model_fingerprint=model_fingerprint,
            )  # fmt: skip

    def studied_chunks(self, job_id: str) -> list[StudiedChunk]:
        """What an earlier job of the tenant was shown."""
        with tenant_transaction(self._sessions, self._job.tenant_id) as session:
            return studies.all_chunks(session, self._job.tenant_id, job_id)

    def reuse(self, reuse: Reuse | None) -> None:
        """Note what is used again of an earlier job."""
        if reuse is not None and self._progress.reuse is None:
            self.log(
                "info",
                f"{reuse.conversations} conversations about {reuse.chunks_kept} chunks that have not changed are used again; "
                f"{reuse.chunks_written} chunks are studied, {reuse.corrections} answers corrected",
            )
        self._save(self._progress.model_copy(update={"reuse": reuse}))

    def show_kept(self, shard: NewShard) -> None:
        """Show conversations that were not written for this job."""
        with self._sessions.begin() as session:
            attempts.show_kept(session, self._job.id, self._job.attempt, shard)

    def stage_started(self, stage: Stage) -> None:
        with self._sessions.begin() as session:
            attempts.set_stage(session, self._job.id, self._job.attempt, stage)
            event = StageEvent(stage=stage, status="started", attempt=self._job.attempt)
            attempts.append_event(session, self._job.id, self._job.attempt, "stage", event.model_dump())

    def stage_finished(self, stage: Stage, seconds: float) -> None:
        event = StageEvent(stage=stage, status="finished", attempt=self._job.attempt, seconds=seconds)
        self._tell("stage", event)

    def spend(self, stage: Stage, seconds: float) -> None:
        """Add time to a stage."""
        spent = self._progress.seconds | {stage: self._progress.seconds.get(stage, 0.0) + seconds}
        self._save(self._progress.model_copy(update={"seconds": spent}))

    def synthesized(self, tokens: int, seconds: float) -> None:
        """Note what self-study took so far, all workers together."""
        made = Work(tokens=tokens, seconds=seconds)
        self._progress = self._progress.model_copy(update={"synthesis": made})

    def trained(self, outcome: TrainingOutcome) -> None:
        """Note how training ended and what it took; checkpoints carry the counts through all attempts."""
        work = Work(tokens=outcome.tokens, seconds=outcome.seconds)
        self._save(self._progress.model_copy(update={"training": work, "outcome": outcome}))

    def failed_once_more(self, *, outage: bool) -> int:
        """Count a failure, or that something needed was away; how many of the kind there were."""
        kind = "outages" if outage else "failures"
        number: int = getattr(self._progress, kind) + 1
        self._save(self._progress.model_copy(update={kind: number}))
        return number

    def progress(self, progress: Progress) -> None:
        self._progress = self._progress.model_copy(update={"current": progress})
        with self._sessions.begin() as session:
            attempts.set_progress(session, self._job.id, self._job.attempt, self._progress.model_dump())
            attempts.append_event(session, self._job.id, self._job.attempt, "progress", progress.model_dump())

    def chunks(self, chunks: Sequence[NewChunk]) -> None:
        """Show what the corpus was cut into."""
        with self._sessions.begin() as session:
            attempts.keep_chunks(session, self._job.id, self._job.attempt, chunks)

    def plan_shards(self, planned: Sequence[tuple[Stream, int]]) -> None:
        """Offer the shards of self-study to all workers; those that are offered already stay as they are."""
        with self._sessions.begin() as session:
            attempts.plan_shards(session, self._job.id, self._job.attempt, planned)

    def take_shard(self, lease_seconds: float) -> ClaimedShard | None:
        """The next shard that nobody has; None where all are made or in other hands."""
        worker = self._job.worker or self._job.id
        with self._sessions.begin() as session:
            held = attempts.take_shard(session, self._job.id, self._job.attempt, worker, lease_seconds)
        return None if held is None else ClaimedShard(held)

    def make_shard_again(self, stream: Stream, shard: int) -> None:
        """Have a shard made once more, whose conversations cannot be read."""
        with self._sessions.begin() as session:
            attempts.make_shard_again(session, self._job.id, self._job.attempt, stream, shard)

    def shards_made(self) -> shards.Made:
        """How far the shards are."""
        with self._sessions.begin() as session:
            return attempts.shards_made(session, self._job.id, self._job.attempt)

    def of_shard(self, claimed: ClaimedShard) -> "ShardJournal":
        return ShardJournal(self._sessions, claimed)

    def baselines(self, event: BaselinesEvent) -> None:
        self._tell("baselines", event)

    def log(self, level: LogLevel, message: str) -> None:
        self._tell("log", LogLine(level=level, message=message))

    def about_to_store(self, object_key: str) -> None:
        """Have a cartridge's object deleted later unless a cartridge is made of it: this attempt may die first."""
        with tenant_transaction(self._sessions, self._job.tenant_id) as session:
            deletions.promise_unless_used(session, self._job.tenant_id, [object_key])

    def publish(self, cartridge: PublishedCartridge, ensure_stored: Callable[[], None]) -> None:
        """Make the cartridge the tenant's and end the job.

        `ensure_stored` puts its bytes where they are missing: whoever deletes another cartridge with the same bytes
        may have taken them since they were put, and does so no more from here to the commit.
        """
        with self._sessions.begin() as session:
            cartridges.hold_object(session, cartridge.object_key)
            ensure_stored()
            attempts.publish(session, self._job.id, self._job.attempt, cartridge)

    def finish_failed(self, code: str, detail: str) -> None:
        with self._sessions.begin() as session:
            attempts.finish_failed(session, self._job.id, self._job.attempt, code, detail)

    def finish_cancelled(self) -> None:
        with self._sessions.begin() as session:
            attempts.finish_cancelled(session, self._job.id, self._job.attempt)

    def give_back(self, after_seconds: float = 0.0) -> None:
        """Leave the job to another attempt, after a pause."""
        told = self._progress.model_copy(update={"farewells": self._progress.farewells + 1})
        with self._sessions.begin() as session:
            attempts.set_progress(session, self._job.id, self._job.attempt, told.model_dump())
            attempts.release_for_retry(session, self._job.id, self._job.attempt, after_seconds)

    def _save(self, progress: JobProgress) -> None:
        self._progress = progress
        with self._sessions.begin() as session:
            attempts.set_progress(session, self._job.id, self._job.attempt, progress.model_dump())

    def _tell(self, type_: str, data: BaseModel) -> None:
        with self._sessions.begin() as session:
            attempts.append_event(session, self._job.id, self._job.attempt, type_, data.model_dump())
