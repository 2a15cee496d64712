"""Ordering training jobs: from a recipe, or again as another job was."""

from pydantic import ValidationError
from sqlalchemy.orm import Session

from cartridge_core.recipe import Recipe
from cartridge_store.db.repositories import audit, corpora, documents, jobs
from cartridge_store.db.tables import TrainingJob
from cartridge_store.errors import ConflictError
from cartridge_store.quotas import Quota
from services.api.access import Caller
from services.api.platform import Platform
from services.api.usage.service import check_room


def order(
    platform: Platform,
    session: Session,
    caller: Caller,
    *,
    corpus_id: str,
    name: str | None,
    recipe: Recipe,
    retry_of: str | None = None,
) -> TrainingJob:
    """Queue a job for the base model that is served. `name` defaults to the corpus's.

    Raises `NotFoundError`, `ConflictError` (`corpus_empty`) and the 403 problem of a quota.
    """
    # Locked, so that the corpus cannot be deleted between this look and the job's row.
    corpus = corpora.get(session, caller.tenant_id, corpus_id, for_update=True)
    if not documents.sizes(session, caller.tenant_id, [corpus.id]):
        raise ConflictError("corpus_empty", "the corpus has no documents; upload some first")
    # The month's seconds are looked at when a job begins; a job that has begun is let end.
    adding = {Quota.CONCURRENT_JOBS: 1, Quota.CARTRIDGES: 1, Quota.GPU_SECONDS_MONTH: 1}
    check_room(platform, session, caller.tenant_id, adding)
    row = jobs.create(
        session,
        caller.tenant_id,
        corpus_id=corpus.id,
        name=name or corpus.name,
        recipe=recipe.model_dump(mode="json"),
        base_model=platform.settings.base_model_name,
        request_id=caller.request_id,
        retry_of=retry_of,
    )
    details = {"corpus_id": corpus.id, "name": row.name}
    if retry_of is not None:
        details["retry_of"] = retry_of
    audit.record(session, caller.tenant_id, caller.actor, "training_job.created", row.id, **details)
    return row


def order_again(platform: Platform, session: Session, caller: Caller, job_id: str) -> TrainingJob:
    """Queue a job with the recipe and name of one that has ended, on the corpus as it is now.

    Raises as `order` does, and `ConflictError` (`job_unfinished`, `recipe_invalid`).
    """
    earlier = jobs.get(session, caller.tenant_id, job_id)
    if not earlier.state.is_terminal:
        raise ConflictError("job_unfinished", "the job has not ended; cancel it or wait, then try again")
    try:
        recipe = Recipe.model_validate(earlier.recipe)
    except ValidationError as error:
        detail = "the job's recipe is of another release; start a job with a recipe of this one"
        raise ConflictError("recipe_invalid", detail) from error
    return order(
        platform, session, caller,
        corpus_id=earlier.corpus_id, name=earlier.name, recipe=recipe, retry_of=earlier.id,
    )  # fmt: skip
