"""A tenant's desk: corpora in real storage, jobs in the real database, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select, update

from cartridge_core.recipe import (
    EvaluationSettings,
    Initialization,
    InitializationSettings,
    LossWeighting,
    Recipe,
    SelfStudySettings,
    TrainingSettings,
)
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import (
    attempts,
    corpora,
    documents,
    job_events,
    jobs,
    studies,
    tenants,
    usage,
)
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import (
    CartridgeRow,
    JobEvent,
    JobState,
    StudiedChunk,
    StudiedConversation,
    TrainingJob,
)
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from cartridge_store.priorities import Priority

TEXT = "\n\n".join(
    f"The bridge of Lund number {number} was built in 18{number} by two brothers. It carries a road to this day."
    for number in range(10, 30)
)


def tiny_recipe(
    *,
    tokens: int = 32,
    steps: int = 12,
    checkpoint_every: int = 4,
    conversations: int = 24,
    min_gap: float = 0.0,
    validation: int = 0,
) -> Recipe:
    """A recipe that takes a second with the talkative model."""
    return Recipe(
        cartridge_tokens=tokens,
        # What a random model learns in some steps shows best from its own first tokens, with all tokens counting alike.
        initialization=InitializationSettings(kind=Initialization.FIRST_TOKENS),
        self_study=SelfStudySettings(
            conversations=conversations,
            generic_answers=0,
            recitations=0,
            general_answers=0,
            one_paragraph=False,
            chunk_min_tokens=16,
            chunk_max_tokens=64,
            question_max_tokens=24,
            answer_max_tokens=12,
            answer_temperature=1.0,
            batch_rows=16,
            shard_conversations=8,
        ),
        training=TrainingSettings(
            weighting=LossWeighting.UNIFORM,
            steps=steps,
            warmup_steps=2,
            batch_tokens=256,
            checkpoint_every=checkpoint_every,
            validation_conversations=validation,
            validate_every=4,
        ),
        evaluation=EvaluationSettings(held_out_conversations=8, min_gap_closed=min_gap),
    )


@dataclass(frozen=True)
class Desk:
    sessions: SessionFactory
    worker_sessions: SessionFactory
    objects: ObjectStore
    tenant_id: str

    @classmethod
    def open(cls, sessions: SessionFactory, worker_sessions: SessionFactory, objects: ObjectStore) -> "Desk":
        with sessions.begin() as session:
            return cls(sessions, worker_sessions, objects, tenants.create(session, new_id("name")).id)

    def order(
        self,
        recipe: Recipe | None = None,
        *,
        text: str = TEXT,
        base_model: str = "talkative",
        priority: Priority = Priority.NORMAL,
    ) -> str:
        """A queued job over a corpus of one document; its id."""
        files = {"bridge.txt": ("text/plain", text)}
        return self.order_of(files, recipe, base_model=base_model, priority=priority)

    def order_of(
        self,
        files: dict[str, tuple[str, str]],
        recipe: Recipe | None = None,
        *,
        base_model: str = "talkative",
        priority: Priority = Priority.NORMAL,
    ) -> str:
        """A queued job over documents named with their media type and text; its id."""
        with self.sessions.begin() as session:
            corpus = corpora.create(session, self.tenant_id, "bridges")
            for name, (media_type, text) in files.items():
                document_id, content = new_id("doc"), text.encode()
                key = f"tenants/{self.tenant_id}/corpora/{corpus.id}/documents/{document_id}"
                self.objects.put_stream(key, BytesIO(content), size=len(content), content_type=media_type)
                document = NewDocument(document_id, name, media_type, len(content), "0" * 64, key)
                documents.create(session, self.tenant_id, corpus.id, document)
            stored = (recipe or tiny_recipe()).model_dump(mode="json")
            return jobs.create(
                session,
                self.tenant_id,
                corpus_id=corpus.id,
                name="bridges",
                recipe=stored,
                base_model=base_model,
                priority=priority,
            ).id

    def revise(self, job_id: str, text: str, recipe: Recipe) -> str:
        """A queued job over the same corpus, whose one document is now another; its id."""
        with self.sessions.begin() as session:
            earlier = jobs.get(session, self.tenant_id, job_id)
            (old,) = documents.list_all(session, self.tenant_id, earlier.corpus_id)
            documents.delete(session, self.tenant_id, earlier.corpus_id, old.id)
            document_id, content = new_id("doc"), text.encode()
            key = f"tenants/{self.tenant_id}/corpora/{earlier.corpus_id}/documents/{document_id}"
            self.objects.put_stream(key, BytesIO(content), size=len(content), content_type=old.media_type)
            document = NewDocument(document_id, old.name, old.media_type, len(content), "0" * 64, key)
            documents.create(session, self.tenant_id, earlier.corpus_id, document)
            return jobs.create(
                session,
                self.tenant_id,
                corpus_id=earlier.corpus_id,
                name=earlier.name,
                recipe=recipe.model_dump(mode="json"),
                base_model=earlier.base_model,
            ).id

    def job(self, job_id: str) -> TrainingJob:
        with self.sessions() as session:
            return jobs.get(session, self.tenant_id, job_id)

    def cancel(self, job_id: str) -> None:
        with self.sessions.begin() as session:
            jobs.request_cancel(session, self.tenant_id, job_id)

    def expire(self, job_id: str) -> None:
        """Let the job's lease run out."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        with self.sessions.begin() as session:
            session.execute(update(TrainingJob).where(TrainingJob.id == job_id).values(lease_expires_at=past))

    def take_over(self, job_id: str) -> None:
        """Let the job's lease run out and another worker claim it before it can be renewed."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        with self.sessions.begin() as session:
            session.execute(update(TrainingJob).where(TrainingJob.id == job_id).values(lease_expires_at=past))
            session.flush()
            assert attempts.claim(session, job_id, "another", 60) is not None

    def close(self) -> None:
        """End every job, so that no worker of a later test finds it."""
        ended = update(TrainingJob).where(TrainingJob.tenant_id == self.tenant_id)
        with self.sessions.begin() as session:
            session.execute(ended.values(state=JobState.CANCELLED))

    def cartridge(self, job_id: str) -> CartridgeRow:
        """The one cartridge of a job."""
        with self.sessions() as session:
            return session.scalars(select(CartridgeRow).where(CartridgeRow.job_id == job_id)).one()

    def cartridges(self, job_id: str) -> int:
        with self.sessions() as session:
            return len(session.scalars(select(CartridgeRow).where(CartridgeRow.job_id == job_id)).all())

    def events(self, job_id: str, type_: str) -> list[dict[str, Any]]:
        """The data of a job's events of one type, in order."""
        return [event.data for event in self.all_events(job_id) if event.type == type_]

    def all_events(self, job_id: str) -> list[JobEvent]:
        with self.sessions() as session:
            return job_events.list_after(session, self.tenant_id, job_id, 0, 10_000)

    def studied(self, job_id: str) -> tuple[list[StudiedConversation], Mapping[int, StudiedChunk]]:
        """A job's conversations as its tenant reads them, and the chunks they are about."""
        with self.sessions() as session:
            page = studies.list_page(session, self.tenant_id, job_id, limit=1000)
            indices = {row.chunk_index for row in page.rows if row.chunk_index is not None}
            return page.rows, studies.chunks(session, self.tenant_id, job_id, sorted(indices))

    def steps(self, job_id: str) -> list[int]:
        """The training steps that progress events have told."""
        return [data["step"] for data in self.events(job_id, "progress") if data["stage"] == "train"]

    def steps_by_attempt(self, job_id: str) -> list[list[int]]:
        """The training steps told by each attempt that trained."""
        told: list[list[int]] = []
        for event in self.all_events(job_id):
            if event.type == "stage" and (event.data["stage"], event.data["status"]) == ("train", "started"):
                told.append([])
            elif event.type == "progress" and event.data["stage"] == "train":
                told[-1].append(event.data["step"])
        return [steps for steps in told if steps]

    def used(self) -> dict[usage.Kind, float]:
        """What the tenant has used today, by kind."""
        today = datetime.now(UTC).date()
        with self.sessions() as session:
            return {each.kind: each.amount for each in usage.by_day(session, self.tenant_id, today, today)}

    def outputs(self, job_id: str) -> set[str]:
        """Names of the job's objects."""
        prefix = self.prefix(job_id)
        return {found.key.removeprefix(prefix) for found in self.objects.list(prefix)}

    def prefix(self, job_id: str) -> str:
        return f"tenants/{self.tenant_id}/jobs/{job_id}/"

    def replace_output(self, job_id: str, name: str, content: bytes) -> None:
        self.objects.put_stream(
            self.prefix(job_id) + name,
            BytesIO(content),
            size=len(content),
            content_type="application/octet-stream",
        )
