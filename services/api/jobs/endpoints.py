"""HTTP of training jobs."""

from typing import Annotated

import anyio
from fastapi import APIRouter, Header, Query
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse

from cartridge_store.db.repositories import audit, jobs
from cartridge_store.db.tables import DesiredState
from cartridge_web.problems import Problem
from services.api.access import Reader, Writer
from services.api.jobs import service
from services.api.jobs.schemas import TrainingJobIn, TrainingJobOut
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import Platform, PlatformDep
from services.api.problems import NO_ROOM, NOT_FOUND, documented, model_not_found, not_found
from services.api.repeats import OnceDep, key_reused

KEEP_ALIVE_SECONDS = 15
# What a stream may take to end when the service stops; the server itself waits longer.
STOP_SECONDS = 3
_LARGEST_EVENT = 2**31 - 1

router = APIRouter(prefix="/v1/training-jobs", tags=["training jobs"])

_JOB_NOT_FOUND = not_found("There is no training job job_01j9z3k4m5n6p7q8r9s0t1v2w3.")
_PREVIEWED = Problem(
    409, "preview_exists", "Conflict", "Version 3 of the corpus has a preview already, or one is being made."
)
_FINISHED = Problem(409, "job_finished", "Conflict", "The job has succeeded already and cannot be cancelled.")
_UNFINISHED = Problem(
    409, "job_unfinished", "Conflict", "The job has not ended; cancel it or wait, then try again."
)
_EMPTY = Problem(409, "corpus_empty", "Conflict", "The corpus has no documents; upload some first.")
_NOT_READY = Problem(
    409, "corpus_not_ready", "Conflict", "3 files of the corpus are being checked; wait until `pending` is 0."
)
_INCOMPLETE = Problem(
    409, "corpus_version_incomplete", "Conflict", "Documents of version 2 were removed since."
)
_UNFIT = Problem(
    409,
    "initial_cartridge_unfit",
    "Conflict",
    "The cartridge has 128 tokens; set `recipe.cartridge_tokens` to 128.",
)
_OTHER_MODEL = Problem(
    409,
    "cartridge_model_mismatch",
    "Conflict",
    "The cartridge is of another model; train without `initialize_from`.",
)


@router.post(
    "", status_code=201, summary="Start a training job",
    responses=documented(NOT_FOUND, model_not_found("other", "smollm2-135m"), _EMPTY, _NOT_READY, _INCOMPLETE, _UNFIT, _OTHER_MODEL, key_reused(), NO_ROOM),
)  # fmt: skip
def create_training_job(
    body: TrainingJobIn, caller: Writer, platform: PlatformDep, once: OnceDep
) -> TrainingJobOut:
    """Queue the training of a cartridge from a corpus. Follow it by its events."""
    base_model = platform.settings.base_model_name
    if body.base_model not in (None, base_model):
        raise model_not_found(str(body.base_model), base_model)

    def make(session: Session) -> TrainingJobOut:
        row = service.order(
            platform, session, caller, corpus_id=body.corpus_id, name=body.name, recipe=body.recipe,
            corpus_version=body.corpus_version, initialize_from=body.initialize_from, priority=body.priority,
        )  # fmt: skip
        return TrainingJobOut.of(row)

    return once.answer(platform, caller, TrainingJobOut, make)


@router.get("", summary="List training jobs", responses=documented())
def list_training_jobs(
    caller: Reader,
    platform: PlatformDep,
    limit: Limit = 20,
    cursor: Cursor = None,
    corpus_id: Annotated[str | None, Query(max_length=64, description="Only jobs of this corpus.")] = None,
) -> ListOut[TrainingJobOut]:
    """The tenant's training jobs, newest first."""
    with platform.rows_of(caller.tenant_id) as session:
        page = jobs.list_page(session, caller.tenant_id, limit=limit, after=cursor, corpus_id=corpus_id)
        return page_out(
            [TrainingJobOut.of(row) for row in page.rows],
            [row.id for row in page.rows],
            has_more=page.has_more,
        )


@router.get("/{job_id}", summary="Get a training job", responses=documented(_JOB_NOT_FOUND))
def get_training_job(job_id: str, caller: Reader, platform: PlatformDep) -> TrainingJobOut:
    """One training job as it stands."""
    with platform.rows_of(caller.tenant_id) as session:
        return TrainingJobOut.of(jobs.get(session, caller.tenant_id, job_id))


@router.post(
    "/{job_id}/cancel", summary="Cancel a training job", responses=documented(_JOB_NOT_FOUND, _FINISHED)
)
def cancel_training_job(job_id: str, caller: Writer, platform: PlatformDep) -> TrainingJobOut:
    """A queued job is cancelled at once; a running one stops within seconds. Cancelling twice changes nothing."""
    with platform.rows_of(caller.tenant_id) as session:
        before = jobs.get(session, caller.tenant_id, job_id, for_update=True).desired_state
        row = jobs.request_cancel(session, caller.tenant_id, job_id)
        if before is not DesiredState.CANCEL:
            audit.record(session, caller.tenant_id, caller.actor, "training_job.cancelled", row.id)
        return TrainingJobOut.of(row)


@router.post(
    "/{job_id}/retry", status_code=201, summary="Train again as a job did",
    responses=documented(_JOB_NOT_FOUND, _EMPTY, _UNFINISHED, _PREVIEWED, key_reused(), NO_ROOM),
)  # fmt: skip
def retry_training_job(job_id: str, caller: Writer, platform: PlatformDep, once: OnceDep) -> TrainingJobOut:
    """Queue a new job with the recipe and name of one that has ended, on the corpus as it is now.

    The earlier job stays as it is; `retry_of` of the new one names it. Nothing that the earlier one made is used again.
    """

    def make(session: Session) -> TrainingJobOut:
        return TrainingJobOut.of(service.order_again(platform, session, caller, job_id))

    return once.answer(platform, caller, TrainingJobOut, make)


@router.get(
    "/{job_id}/events",
    summary="Follow a training job",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Server-sent events: `id` counts from 1, `event` is state, stage, progress, conversation "
            "or log, `data` is JSON. The stream ends with the job.",
            "content": {
                "text/event-stream": {
                    "example": 'id: 7\nevent: stage\ndata: {"stage": "train", "status": "started"}\n\n'
                }
            },
        },
        **documented(_JOB_NOT_FOUND),
    },
)
def follow_training_job(
    job_id: str,
    caller: Reader,
    platform: PlatformDep,
    after: Annotated[
        int, Query(ge=0, le=_LARGEST_EVENT, description="Begin after the event of this number.")
    ] = 0,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=_LARGEST_EVENT, description="As browsers send it; beats `after`.")
    ] = None,
) -> EventSourceResponse:
    """What has happened and what happens, without a hole: reconnect with the last `id` that arrived."""
    _check(platform, caller.tenant_id, job_id)
    begin = after if last_event_id is None else last_event_id
    stopping = anyio.Event()
    return EventSourceResponse(
        platform.feeds.follow(caller.tenant_id, job_id, begin, stopping),
        ping=KEEP_ALIVE_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=STOP_SECONDS,
    )


def _check(platform: Platform, tenant_id: str, job_id: str) -> None:
    with platform.rows_of(tenant_id) as session:
        jobs.get(session, tenant_id, job_id)
