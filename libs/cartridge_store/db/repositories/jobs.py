"""Training jobs as tenants see them: made, listed, cancelled. Workers' side is `attempts`."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import corpora, job_events, shards
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import DesiredState, JobKind, JobState, TrainingJob
from cartridge_store.errors import ConflictError, NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.priorities import Priority


def create(
    session: Session,
    tenant_id: str,
    *,
    corpus_id: str,
    name: str,
    recipe: dict[str, object],
    base_model: str,
    request_id: str | None = None,
    retry_of: str | None = None,
    corpus_version: int | None = None,
    initialize_from: str | None = None,
    priority: Priority = Priority.NORMAL,
) -> TrainingJob:
    """A queued job, with its first event; `request_id` is of the request that orders it.

    It learns `corpus_version`, by default the present one, whatever becomes of the corpus. `initialize_from` names
    the cartridge that it starts from, `retry_of` the job that it does again. Raises `NotFoundError` where the tenant
    has no such corpus.
    """
    corpus = corpora.get(session, tenant_id, corpus_id, for_update=True)
    row = TrainingJob(
        id=new_id("job"),
        tenant_id=tenant_id,
        corpus_id=corpus_id,
        name=name,
        recipe=recipe,
        base_model=base_model,
        request_id=request_id,
        retry_of=retry_of,
        corpus_version=corpus.version if corpus_version is None else corpus_version,
        initialize_from=initialize_from,
        priority=priority.rank,
    )
    session.add(row)
    session.flush()
    job_events.append(session, row.id, tenant_id, "state", {"state": JobState.QUEUED.value})
    session.refresh(row)
    return row


def get(session: Session, tenant_id: str, job_id: str, *, for_update: bool = False) -> TrainingJob:
    """Raises `NotFoundError`."""
    query = select(TrainingJob).where(TrainingJob.id == job_id, TrainingJob.tenant_id == tenant_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no training job {job_id}")
    return row


def list_page(
    session: Session, tenant_id: str, *, limit: int, after: str | None = None, corpus_id: str | None = None
) -> Page[TrainingJob]:
    query = select(TrainingJob).where(TrainingJob.tenant_id == tenant_id)
    if corpus_id is not None:
        query = query.where(TrainingJob.corpus_id == corpus_id)
    return read_page(session, query, TrainingJob.id, limit=limit, after=after)


def finished(session: Session, tenant_id: str, base_model: str, *, limit: int) -> list[TrainingJob]:
    """The jobs that trained a cartridge of the base model, those that ended last first."""
    query = select(TrainingJob).where(
        TrainingJob.tenant_id == tenant_id,
        TrainingJob.base_model == base_model,
        TrainingJob.kind == JobKind.TRAIN,
        TrainingJob.state == JobState.SUCCEEDED,
    )
    return list(session.scalars(query.order_by(TrainingJob.finished_at.desc()).limit(limit)))


def request_cancel(session: Session, tenant_id: str, job_id: str) -> TrainingJob:
    """A queued job is cancelled at once, a running one is asked to stop.

    Raises `NotFoundError`, and `ConflictError` (`job_finished`) when it has ended otherwise.
    """
    row = get(session, tenant_id, job_id, for_update=True)
    if row.state is JobState.CANCELLED:
        return row
    if row.state.is_terminal:
        raise ConflictError("job_finished", f"the job has {row.state.value} already and cannot be cancelled")
    row.desired_state = DesiredState.CANCEL
    if row.state is JobState.QUEUED:
        row.state = JobState.CANCELLED
        row.finished_at = clock.now(session)
        session.flush()
        shards.drop(session, job_id)
        job_events.append(session, job_id, tenant_id, "state", {"state": JobState.CANCELLED.value})
    session.flush()
    session.refresh(row)
    return row


def delete_of_corpus(session: Session, tenant_id: str, corpus_id: str) -> list[str]:
    """Delete the jobs of a corpus with their events, which quote its documents; their ids."""
    gone = (
        delete(TrainingJob)
        .where(TrainingJob.corpus_id == corpus_id, TrainingJob.tenant_id == tenant_id)
        .returning(TrainingJob.id)
    )
    return list(session.scalars(gone))


def has_unfinished(session: Session, tenant_id: str, corpus_id: str) -> bool:
    """Whether a job of this corpus is queued or running that somebody has ordered: previews come and go unasked."""
    query = select(TrainingJob.id).where(
        TrainingJob.corpus_id == corpus_id,
        TrainingJob.tenant_id == tenant_id,
        TrainingJob.kind == JobKind.TRAIN,
        TrainingJob.state.in_([JobState.QUEUED, JobState.RUNNING]),
    )
    return session.scalars(query.limit(1)).first() is not None
