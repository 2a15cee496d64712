"""Bodies of the training job endpoints."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cartridge_core.recipe import Recipe
from cartridge_store.db.tables import JobKind, JobState, TrainingJob
from cartridge_store.priorities import Priority
from services.api.corpora.schemas import Name


class TrainingJobIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "name": "Handbook, first try",
                "recipe": {"cartridge_tokens": 256, "training": {"steps": 300}},
            }
        },
    )

    corpus_id: str = Field(max_length=64)
    name: Name | None = Field(None, description="Default: the corpus's name.")
    base_model: str | None = Field(None, max_length=200, description="Must be the model that is served here.")
    recipe: Recipe = Field(Recipe(), description="What to make; every setting has a default.")
    corpus_version: int | None = Field(
        None, ge=1, le=2**31 - 1, description="The version of the corpus to learn. Default: the present one."
    )
    initialize_from: str | None = Field(
        None,
        max_length=64,
        description="A cartridge to start from instead of the recipe's initialization: to teach it what has changed.",
    )
    priority: Priority = Field(
        Priority.NORMAL,
        description="Which of the tenant's jobs comes first; between tenants it changes nothing.",
    )


class TrainingJobOut(BaseModel):
    """A training job as it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "training_job",
                "id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "corpus_version": 3,
                "initialize_from": None,
                "kind": "train",
                "name": "Handbook, first try",
                "base_model": "smollm2-135m",
                "state": "running",
                "desired_state": "run",
                "stage": "train",
                "attempt": 1,
                "progress": {"current": {"stage": "train", "step": 120, "steps": 300, "loss": 1.31}},
                "error_code": None,
                "error_detail": None,
                "cartridge_id": None,
                "retry_of": None,
                "priority": "normal",
                "last_event": 84,
                "request_id": "3f2b8c1e9a4d4f5f8a6b7c8d9e0f1a2b",
                "recipe": {"cartridge_tokens": 256},
                "created_at": "2026-11-24T09:00:00Z",
                "started_at": "2026-11-24T09:00:01Z",
                "finished_at": None,
            }
        }
    )

    object: Literal["training_job"] = "training_job"
    id: str
    corpus_id: str
    corpus_version: int | None = Field(description="The version that it learns; unknown of old jobs.")
    initialize_from: str | None = Field(description="The cartridge that training starts from.")
    kind: JobKind = Field(
        description="`preview`: ordered by the service itself for every version of a corpus, without training."
    )
    name: str
    base_model: str
    state: JobState
    desired_state: Literal["run", "cancel"]
    stage: str | None
    attempt: int = Field(description="How often the job was begun; more than 1 after a worker was lost.")
    progress: dict[str, Any]
    error_code: str | None
    error_detail: str | None
    cartridge_id: str | None
    retry_of: str | None = Field(description="The job that this one does again.")
    priority: Priority = Field(description="Which of the tenant's jobs comes first.")
    last_event: int = Field(description="Number of its last event: follow from here after reading the rest.")
    request_id: str | None = Field(description="Names the request that ordered the job, in the logs too.")
    recipe: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: TrainingJob) -> "TrainingJobOut":
        return cls(
            id=row.id,
            corpus_id=row.corpus_id,
            corpus_version=row.corpus_version,
            initialize_from=row.initialize_from,
            kind=row.kind,
            name=row.name,
            base_model=row.base_model,
            state=row.state,
            desired_state=row.desired_state.value,
            stage=row.stage,
            attempt=row.attempt,
            progress=row.progress,
            error_code=row.error_code,
            error_detail=row.error_detail,
            cartridge_id=row.cartridge_id,
            retry_of=row.retry_of,
            priority=Priority.of_rank(row.priority),
            last_event=row.last_event,
            request_id=row.request_id,
            recipe=row.recipe,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
        )
