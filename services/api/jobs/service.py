"""Ordering training jobs: from a recipe, or again as another job was."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from cartridge_core.recipe import Recipe
from cartridge_store.db.repositories import audit, cartridges, corpora, documents, jobs, previews, versions
from cartridge_store.db.tables import Corpus, JobKind, TrainingJob
from cartridge_store.errors import ConflictError
from cartridge_store.priorities import Priority
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
    corpus_version: int | None = None,
    initialize_from: str | None = None,
    retry_of: str | None = None,
    priority: Priority = Priority.NORMAL,
) -> TrainingJob:
    """Queue a job for the base model that is served. `name` defaults to the corpus's, the version to the present one.

    Raises `NotFoundError`, `ConflictError` (`corpus_empty`, `corpus_not_ready`, `corpus_version_incomplete`,
    `cartridge_model_mismatch`, `initial_cartridge_unfit`) and the 403 problem of a quota.
    """
    # Locked, so that the corpus cannot be deleted between this look and the job's row.
    corpus = corpora.get(session, caller.tenant_id, corpus_id, for_update=True)
    version = _version_to_learn(session, caller.tenant_id, corpus, corpus_version)
    if initialize_from is not None:
        _check_initial(platform, session, caller.tenant_id, initialize_from, recipe)
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
        corpus_version=version,
        initialize_from=initialize_from,
        priority=priority,
    )
    details: dict[str, Any] = {"corpus_id": corpus.id, "corpus_version": version, "name": row.name}
    if initialize_from is not None:
        details["initialize_from"] = initialize_from
    if retry_of is not None:
        details["retry_of"] = retry_of
    if priority is not Priority.NORMAL:
        details["priority"] = priority.value
    audit.record(session, caller.tenant_id, caller.actor, "training_job.created", row.id, **details)
    return row


def order_again(platform: Platform, session: Session, caller: Caller, job_id: str) -> TrainingJob:
    """Queue a job with the recipe and name of one that has ended, on the corpus as it is now.

    Raises as `order` does, and `ConflictError` (`job_unfinished`, `recipe_invalid`; `preview_exists`).
    """
    earlier = jobs.get(session, caller.tenant_id, job_id)
    if not earlier.state.is_terminal:
        raise ConflictError("job_unfinished", "the job has not ended; cancel it or wait, then try again")
    if earlier.kind is JobKind.PREVIEW:
        return _preview_again(platform, session, caller, earlier)
    try:
        recipe = Recipe.model_validate(earlier.recipe)
    except ValidationError as error:
        detail = "the job's recipe is of another release; start a job with a recipe of this one"
        raise ConflictError("recipe_invalid", detail) from error
    return order(
        platform, session, caller,
        corpus_id=earlier.corpus_id, name=earlier.name, recipe=recipe, retry_of=earlier.id,
        initialize_from=earlier.initialize_from, priority=Priority.of_rank(earlier.priority),
    )  # fmt: skip


def _preview_again(platform: Platform, session: Session, caller: Caller, earlier: TrainingJob) -> TrainingJob:
    corpus = corpora.get(session, caller.tenant_id, earlier.corpus_id, for_update=True)
    _version_to_learn(session, caller.tenant_id, corpus, None)
    check_room(platform, session, caller.tenant_id, {Quota.GPU_SECONDS_MONTH: 1})
    row = previews.order(
        session, corpus, base_model=platform.settings.base_model_name, recipe=earlier.recipe,
        request_id=caller.request_id, retry_of=earlier.id,
    )  # fmt: skip
    details = {"corpus_id": corpus.id, "corpus_version": corpus.version, "name": row.name, "kind": "preview"}
    audit.record(
        session,
        caller.tenant_id,
        caller.actor,
        "training_job.created",
        row.id,
        **details,
        retry_of=earlier.id,
    )
    return row


def _version_to_learn(session: Session, tenant_id: str, corpus: Corpus, asked_for: int | None) -> int:
    if asked_for is None:
        checking = documents.count_checking(session, tenant_id, corpus.id)
        if checking:
            raise ConflictError(
                "corpus_not_ready",
                f"{checking} files of the corpus are being checked and would be left out; wait until `pending` is 0, or "
                "name the `corpus_version` to learn",
            )
    version = corpus.version if asked_for is None else asked_for
    held = versions.get(session, tenant_id, corpus.id, version).documents if version else 0
    if held == 0:
        raise ConflictError("corpus_empty", "the corpus has no documents; upload some first")
    if not versions.is_whole(session, tenant_id, corpus.id, version):
        raise ConflictError(
            "corpus_version_incomplete",
            f"documents of version {version} were removed since; learn the present version, {corpus.version}",
        )
    return version


def _check_initial(
    platform: Platform, session: Session, tenant_id: str, cartridge_id: str, recipe: Recipe
) -> None:
    row = cartridges.get(session, tenant_id, cartridge_id)
    base_model = platform.settings.base_model_name
    if row.base_model != base_model:
        raise ConflictError(
            "cartridge_model_mismatch",
            f"cartridge {row.id} is of {row.base_model}, this is {base_model}; train without `initialize_from`",
        )
    if row.tokens != recipe.cartridge_tokens:
        raise ConflictError(
            "initial_cartridge_unfit",
            f"cartridge {row.id} has {row.tokens} tokens; set `recipe.cartridge_tokens` to {row.tokens}",
        )
