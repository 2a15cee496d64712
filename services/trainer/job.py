"""A training job as its worker has claimed it, and a shard of its self-study as whoever makes it has."""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError
from sqlalchemy.orm import Session

from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_core.recipe import Recipe
from cartridge_store.db.repositories import attempts, shards
from cartridge_store.db.repositories.shards import HeldShard
from cartridge_store.db.tables import DesiredState, JobKind, TrainingJob
from cartridge_store.object_keys import job_prefix
from services.trainer.errors import RecipeUnreadableError


@dataclass(frozen=True)
class ClaimedJob:
    """The parts of a job's row that do not change while this attempt owns it."""

    id: str
    tenant_id: str
    corpus_id: str
    corpus_version: int | None
    kind: JobKind
    initialize_from: str | None
    name: str
    base_model: str
    attempt: int
    worker: str | None
    request_id: str | None
    stored_recipe: dict[str, Any]
    stored_progress: dict[str, Any]

    @classmethod
    def of(cls, row: TrainingJob) -> Self:
        return cls(
            id=row.id,
            tenant_id=row.tenant_id,
            corpus_id=row.corpus_id,
            corpus_version=row.corpus_version,
            kind=row.kind,
            initialize_from=row.initialize_from,
            name=row.name,
            base_model=row.base_model,
            attempt=row.attempt,
            worker=row.worker,
            request_id=row.request_id,
            stored_recipe=row.recipe,
            stored_progress=row.progress,
        )

    @property
    def recipe(self) -> Recipe:
        """Raises `RecipeUnreadableError`."""
        try:
            return Recipe.model_validate(self.stored_recipe)
        except ValidationError as error:
            raise RecipeUnreadableError(f"the recipe of this job cannot be read: {error}") from error

    @property
    def preview_recipe(self) -> PreviewRecipe:
        """Raises `RecipeUnreadableError`."""
        try:
            return PreviewRecipe.model_validate(self.stored_recipe)
        except ValidationError as error:
            raise RecipeUnreadableError(f"the recipe of this preview cannot be read: {error}") from error

    @property
    def object_prefix(self) -> str:
        return job_prefix(self.tenant_id, self.id)

    def renew(self, session: Session, seconds: float) -> DesiredState:
        """Move the lease's end forward; what the tenant wants. Raises `LeaseLostError`."""
        return attempts.heartbeat(session, self.id, self.attempt, seconds)

    def wish(self, session: Session) -> DesiredState:
        """What the tenant wants. Raises `LeaseLostError`."""
        return attempts.desired_state(session, self.id, self.attempt)


@dataclass(frozen=True)
class ClaimedShard:
    """A shard in a worker's hands, which may be another than its job's own."""

    held: HeldShard

    @property
    def id(self) -> str:
        return self.held.source

    def renew(self, session: Session, seconds: float) -> DesiredState:
        """Move the lease's end forward; what the job's tenant wants. Raises `LeaseLostError`."""
        return shards.renew(session, self.held, seconds)

    def wish(self, session: Session) -> DesiredState:
        """What the job's tenant wants. Raises `LeaseLostError`."""
        return shards.desired_state(session, self.held)
