"""Previews of corpora: due with every new version, ordered once, gone some time after newer ones are there."""

from datetime import timedelta

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import audit, deletions, documents, job_events, versions
from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import CartridgeKind, CartridgeRow, Corpus, JobKind, JobState, TrainingJob
from cartridge_store.ids import new_id

# A folder arrives as many versions: looked at again while files are still being read.
LOOK_AGAIN_AFTER = timedelta(seconds=1)
# Whoever switches previews on later gets none of what was uploaded long before.
FORGOTTEN_AFTER = timedelta(hours=1)
# Clients that name an older preview, not its corpus, have this long to look for the newer one.
KEPT_FOR = timedelta(hours=1)
# Before the tenant's own other jobs, which take minutes or hours.
PRIORITY = 1


def take(session: Session) -> Corpus | None:
    """A corpus whose present version is to have a preview now, locked; its tenant is entered.

    It is due no more then. One of whose files are still being read is put off, others with nothing to show are
    passed over.
    """
    while (row := _next_due(session)) is not None:
        now = clock.now(session)
        enter_tenant(session, row.tenant_id)
        due, row.preview_due_at = row.preview_due_at, None
        session.flush()
        if due is None or due < now - FORGOTTEN_AFTER:
            continue
        if documents.count_checking(session, row.tenant_id, row.id):
            row.preview_due_at = now + LOOK_AGAIN_AFTER
            session.flush()
            continue
        if versions.get(session, row.tenant_id, row.id, row.version).documents:
            return row
    return None


def order(
    session: Session,
    corpus: Corpus,
    *,
    base_model: str,
    recipe: dict[str, object],
    request_id: str | None = None,
    retry_of: str | None = None,
) -> TrainingJob:
    """Queue a preview of the present version of a corpus that the transaction has locked.

    Raises `ConflictError` (`preview_exists`) where one of this version is under way or made.
    """
    row = TrainingJob(
        id=new_id("job"),
        tenant_id=corpus.tenant_id,
        corpus_id=corpus.id,
        corpus_version=corpus.version,
        kind=JobKind.PREVIEW,
        priority=PRIORITY,
        name=corpus.name,
        recipe=recipe,
        base_model=base_model,
        request_id=request_id,
        retry_of=retry_of,
    )
    detail = f"version {corpus.version} of the corpus has a preview already, or one is being made"
    insert(session, row, "preview_exists", detail)
    job_events.append(session, row.id, row.tenant_id, "state", {"state": JobState.QUEUED.value})
    session.refresh(row)
    return row


def is_ordered(session: Session, corpus: Corpus, base_model: str) -> bool:
    """Whether there was ever a preview job of the present version: one that failed is not begun anew by itself."""
    query = select(TrainingJob.id).where(
        TrainingJob.tenant_id == corpus.tenant_id,
        TrainingJob.corpus_id == corpus.id,
        TrainingJob.corpus_version == corpus.version,
        TrainingJob.base_model == base_model,
        TrainingJob.kind == JobKind.PREVIEW,
    )
    return session.scalars(query.limit(1)).first() is not None


def is_overtaken(session: Session, tenant_id: str, corpus_id: str, version: int, base_model: str) -> bool:
    """Whether a preview of this version serves nobody any more: the corpus has changed, or a cartridge was trained."""
    changed = select(Corpus.id).where(
        Corpus.tenant_id == tenant_id, Corpus.id == corpus_id, Corpus.version > version
    )
    trained = select(CartridgeRow.id).where(
        CartridgeRow.tenant_id == tenant_id,
        CartridgeRow.corpus_id == corpus_id,
        CartridgeRow.corpus_version >= version,
        CartridgeRow.base_model == base_model,
        CartridgeRow.kind == CartridgeKind.TRAINED,
    )
    return any(bool(session.scalar(select(exists(query)))) for query in (changed, trained))


def retire(session: Session, published: CartridgeRow) -> None:
    """Delete the previews of older versions of a corpus for which something was published, but for recent ones."""
    if published.corpus_version is None:
        return
    old = _of_corpus(published.tenant_id, published.corpus_id).where(
        CartridgeRow.corpus_version < published.corpus_version,
        CartridgeRow.created_at < clock.now(session) - KEPT_FOR,
    )
    _delete(session, published.tenant_id, old, audit.Actor("trainer", published.job_id))


def delete_of_corpus(session: Session, tenant_id: str, corpus_id: str, actor: audit.Actor) -> None:
    """Delete the previews of a corpus: unlike trained cartridges they do not outlive it."""
    _delete(session, tenant_id, _of_corpus(tenant_id, corpus_id), actor)


def _next_due(session: Session) -> Corpus | None:
    query = (
        select(Corpus)
        .where(Corpus.preview_due_at <= clock.now(session))
        .order_by(Corpus.preview_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _of_corpus(tenant_id: str, corpus_id: str) -> Select[CartridgeRow]:
    return select(CartridgeRow).where(
        CartridgeRow.tenant_id == tenant_id,
        CartridgeRow.corpus_id == corpus_id,
        CartridgeRow.kind == CartridgeKind.PREVIEW,
    )


def _delete(session: Session, tenant_id: str, query: Select[CartridgeRow], actor: audit.Actor) -> None:
    rows = list(session.scalars(query))
    if not rows:
        return
    session.execute(
        delete(CartridgeRow).where(
            CartridgeRow.tenant_id == tenant_id, CartridgeRow.id.in_([row.id for row in rows])
        )
    )
    for row in rows:
        audit.record(session, tenant_id, actor, "cartridge.deleted", row.id, digest=row.digest)
    # After a minute: requests that have found it a moment ago may still have to fetch it.
    keys = [row.object_key for row in rows]
    deletions.promise_unless_used(session, tenant_id, keys, deletions.REPEAT_AFTER)
