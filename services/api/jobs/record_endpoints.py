"""HTTP of what a job has told so far, for whoever does not follow it from its first event."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from cartridge_store.db.repositories import job_events, jobs, studies, usage
from cartridge_store.db.repositories.studies import Stream
from services.api.access import Reader
from services.api.jobs.record_schemas import (
    BaselinesOut,
    ConversationOut,
    CostOut,
    EventType,
    JobEventOut,
    LossCurveOut,
    LossPointOut,
    StagesOut,
    ValidationPointOut,
    WorkOut,
)
from services.api.jobs.stages import stages_of
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import documented, not_found

router = APIRouter(prefix="/v1/training-jobs/{job_id}", tags=["training jobs"])

_DOCUMENTED = documented(not_found("There is no training job job_01j9z3k4m5n6p7q8r9s0t1v2w3."))
_EVENT = "evt_"
_LARGEST_EVENT = 2**31 - 1


@router.get("/stages", summary="List a job's stages", responses=_DOCUMENTED)
def list_stages(job_id: str, caller: Reader, platform: PlatformDep) -> StagesOut:
    """The stages that were begun, with their times, those of earlier attempts included, and what the job has cost."""
    with platform.rows_of(caller.tenant_id) as session:
        job = jobs.get(session, caller.tenant_id, job_id)
        events = job_events.list_of_type(session, caller.tenant_id, job_id, "stage")
        gpu_seconds = usage.of_job(session, caller.tenant_id, job_id, usage.Kind.GPU_SECONDS)
    current = job.progress.get("current") or {}
    in_stage = not job.state.is_terminal and current.get("stage") == job.stage
    return StagesOut(
        data=stages_of(job, events),
        eta_seconds=current.get("eta_seconds") if in_stage else None,
        reuse=job.progress.get("reuse"),
        cost=CostOut(
            gpu_seconds=gpu_seconds,
            synthesis=job.progress.get("synthesis") or WorkOut(),
            training=_training(job.progress),
        ),
    )


@router.get("/loss", summary="Get a job's loss curve", responses=_DOCUMENTED)
def get_loss(
    job_id: str,
    caller: Reader,
    platform: PlatformDep,
    points: Annotated[int, Query(ge=2, le=2000, description="At most so many points.")] = 500,
) -> LossCurveOut:
    """The training loss by step in a bounded number of points, and the levels of no context and ICL."""
    with platform.rows_of(caller.tenant_id) as session:
        job = jobs.get(session, caller.tenant_id, job_id)
        curve = job_events.loss_curve(session, caller.tenant_id, job_id, points)
        validation = job_events.validation_curve(session, caller.tenant_id, job_id)
        told = job_events.list_of_type(session, caller.tenant_id, job_id, "baselines")
        training = job.recipe.get("training", {})
        steps = int(training.get("steps", curve[-1].step if curve else 0))
        baselines = _baselines(training, told[-1].data) if told else None
    outcome = job.progress.get("outcome") or {}
    best = min(validation, key=lambda point: point.loss, default=None)
    return LossCurveOut(
        steps=steps,
        points=[LossPointOut.of(point) for point in curve],
        validation=[
            ValidationPointOut(step=point.step, loss=point.loss)
            for number, point in enumerate(validation)
            if number % (1 + len(validation) // points) == 0 or point == best or number + 1 == len(validation)
        ],
        best_step=outcome.get("best_step", None if best is None else best.step),
        end=outcome.get("end"),
        baselines=baselines,
    )


@router.get("/history", summary="List a job's events", responses=_DOCUMENTED)
def list_history(
    job_id: str,
    caller: Reader,
    platform: PlatformDep,
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    type: Annotated[list[EventType], Query(max_length=6, description="Only events of these types.")] = [],  # noqa: A002, B006 - a query's word; FastAPI copies defaults
) -> ListOut[JobEventOut]:
    """What has happened, newest first and page by page; `/events` is the same as a stream."""
    with platform.rows_of(caller.tenant_id) as session:
        jobs.get(session, caller.tenant_id, job_id)
        page = job_events.list_before(
            session, caller.tenant_id, job_id, limit=limit, before=_number(cursor), types=type
        )
        cursors = [f"{_EVENT}{row.seq}" for row in page.rows]
        return page_out([JobEventOut.of(row) for row in page.rows], cursors, has_more=page.has_more)


@router.get("/conversations", summary="List a job's conversations", responses=_DOCUMENTED)
def list_conversations(
    job_id: str,
    caller: Reader,
    platform: PlatformDep,
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    search: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="Words as they stand in a question or answer, in any case."),
    ] = None,
    kind: Annotated[str | None, Query(max_length=40, description="Only conversations of this kind.")] = None,
    stream: Annotated[Stream | None, Query(description="Only those to train on, or to measure with.")] = None,
) -> ListOut[ConversationOut]:  # fmt: skip
    """What self-study wrote so far, newest first, each with the chunk of the corpus that it is about."""
    with platform.rows_of(caller.tenant_id) as session:
        jobs.get(session, caller.tenant_id, job_id)
        page = studies.list_page(
            session, caller.tenant_id, job_id,
            limit=limit, after=cursor, search=search, kind=kind, stream=stream,
        )  # fmt: skip
        indices = {row.chunk_index for row in page.rows if row.chunk_index is not None}
        chunks = studies.chunks(session, caller.tenant_id, job_id, sorted(indices))
        items = [
            ConversationOut.of(row, None if row.chunk_index is None else chunks.get(row.chunk_index))
            for row in page.rows
        ]
        return page_out(items, [row.id for row in page.rows], has_more=page.has_more)


def _number(cursor: str | None) -> int | None:
    """The event that a cursor names; a cursor of another list names the first, before which there is none."""
    if cursor is None:
        return None
    digits = cursor.removeprefix(_EVENT)
    return min(int(digits), _LARGEST_EVENT) if digits.isdecimal() else 0


def _training(progress: dict[str, Any]) -> WorkOut:
    """What training has taken; while it goes on, as its last step told."""
    current = progress.get("current") or {}
    if progress.get("outcome") is None and current.get("stage") == "train":
        return WorkOut(tokens=current.get("tokens", 0), seconds=current.get("seconds", 0.0))
    return WorkOut.model_validate(progress.get("training") or {})


def _baselines(training: dict[str, Any], told: dict[str, Any]) -> BaselinesOut | None:
    """The baselines' losses where training minimises the same: distillation, tokens counting by the same weights.

    What says nothing of weights is of an earlier release, in which all tokens counted alike.
    """
    distils = training.get("objective", "context_distillation") == "context_distillation"
    if not (distils and told.get("weighting", "uniform") == training.get("weighting", "uniform")):
        return None
    return BaselinesOut(no_context=told["none"]["loss"], icl=told["icl"]["loss"])
