"""HTTP of what a training job will take, and of what it has taken so far."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.repositories import cartridges, documents, jobs, quotas, versions
from cartridge_store.quotas import Quota
from services.api.access import Reader
from services.api.jobs.estimates import estimate, speeds_of
from services.api.jobs.schemas import TrainingJobIn
from services.api.platform import PlatformDep
from services.api.problems import NOT_FOUND, documented, model_not_found

router = APIRouter(prefix="/v1/training-jobs", tags=["training jobs"])

# How many finished jobs are looked at: enough to even out, few enough to follow a machine that is replaced.
_JOBS_LOOKED_AT = 10
# UTF-8 bytes of a token of English, where documents have not been counted yet.
_BYTES_A_TOKEN = 4


class StageSecondsOut(BaseModel):
    """`other`: reading the documents, making the cartridge to begin with, and both measurements."""

    self_study: float
    train: float
    other: float


class MonthOut(BaseModel):
    """The quota of GPU seconds a month, before and after the job."""

    limit: int
    used: float
    after: float
    fits: bool


class EstimateOut(BaseModel):
    """What a job takes at most: less where training stops early, or most of the corpus was learned before."""

    model_config = ConfigDict(
        title="TrainingJobEstimate",
        json_schema_extra={
            "example": {
                "object": "training_job.estimate",
                "corpus_tokens": 51200,
                "corpus_tokens_counted": True,
                "synthesis_tokens": 62000,
                "training_tokens": 261000,
                "seconds": {"self_study": 88.0, "train": 290.0, "other": 41.0},
                "gpu_seconds": 419.0,
                "based_on_jobs": 3,
                "retrains": None,
                "month": {"limit": 100000, "used": 1200.0, "after": 1619.0, "fits": True},
            }
        },
    )

    object: Literal["training_job.estimate"] = "training_job.estimate"
    corpus_tokens: int
    corpus_tokens_counted: bool = Field(description="False: told from bytes, no job has read all of it yet.")
    synthesis_tokens: int = Field(description="That self-study writes and reads.")
    training_tokens: int
    seconds: StageSecondsOut
    gpu_seconds: float = Field(description="Of a worker, all stages: what counts against the quota.")
    based_on_jobs: int = Field(
        description="Finished jobs whose speeds it is told from. 0: from a machine with two CPU cores, as a cautious guess."
    )
    retrains: str | None = Field(
        description="The cartridge of another version that training will start from where most of it is still there."
    )
    month: MonthOut


@router.post(
    "/estimate", summary="Estimate a training job",
    responses=documented(NOT_FOUND, model_not_found("other", "smollm2-135m")),
)  # fmt: skip
def estimate_training_job(body: TrainingJobIn, caller: Reader, platform: PlatformDep) -> EstimateOut:
    """What the job would take in tokens, seconds and quota. Nothing is ordered."""
    base_model = platform.settings.base_model_name
    if body.base_model not in (None, base_model):
        raise model_not_found(str(body.base_model), base_model)
    recipe = body.recipe
    with platform.rows_of(caller.tenant_id) as session:
        if body.corpus_version is not None:
            versions.get(session, caller.tenant_id, body.corpus_id, body.corpus_version)
        corpus, size = documents.corpus_with_size(session, caller.tenant_id, body.corpus_id)
        speeds = speeds_of(jobs.finished(session, caller.tenant_id, base_model, limit=_JOBS_LOOKED_AT))
        limit = quotas.limits(session, caller.tenant_id, platform.settings.quota_defaults)[Quota.GPU_SECONDS_MONTH]  # fmt: skip
        used = quotas.used(session, caller.tenant_id, Quota.GPU_SECONDS_MONTH) or 0.0
        earlier = None
        if body.initialize_from is None and recipe.retraining.from_previous:
            version = body.corpus_version or corpus.version
            earlier = cartridges.earlier_of(
                session, caller.tenant_id, corpus.id, version,
                tokens=recipe.cartridge_tokens, base_model=base_model,
            )  # fmt: skip
    found = estimate(recipe, speeds)
    return EstimateOut(
        corpus_tokens=size.bytes // _BYTES_A_TOKEN if size.tokens is None else size.tokens,
        corpus_tokens_counted=size.tokens is not None,
        synthesis_tokens=found.synthesis_tokens,
        training_tokens=found.training_tokens,
        seconds=StageSecondsOut(
            self_study=found.self_study_seconds, train=found.train_seconds, other=found.other_seconds
        ),
        gpu_seconds=found.seconds,
        based_on_jobs=speeds.jobs,
        retrains=body.initialize_from or (None if earlier is None else earlier.id),
        month=MonthOut(
            limit=limit, used=used, after=used + found.seconds, fits=used + found.seconds <= limit
        ),
    )
