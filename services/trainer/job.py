"""A training job as its worker has claimed it."""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from cartridge_core.recipe import Recipe
from cartridge_store.db.tables import TrainingJob
from cartridge_store.object_keys import job_prefix
from services.trainer.errors import RecipeUnreadableError


@dataclass(frozen=True)
class ClaimedJob:
    """The parts of a job's row that do not change while this attempt owns it."""

    id: str
    tenant_id: str
    corpus_id: str
    corpus_version: int | None
    initialize_from: str | None
    name: str
    base_model: str
    attempt: int
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
            initialize_from=row.initialize_from,
            name=row.name,
            base_model=row.base_model,
            attempt=row.attempt,
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
    def object_prefix(self) -> str:
        return job_prefix(self.tenant_id, self.id)
