"""Objects that have to go: promised in the transaction that deletes their rows, kept by the trainer's sweeper."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import documents
from cartridge_store.db.tables import CartridgeRow, Document, JobState, ObjectDeletion, TrainingJob
from cartridge_store.ids import new_id

# A worker that does not know yet that its job is gone may write once more: by then it has stopped.
REPEAT_AFTER = timedelta(seconds=60)
# By then a request that stores objects has long ended, in one way or the other.
ORPHAN_AFTER = timedelta(hours=1)
AT_ONCE = timedelta(0)
_RETRY_AFTER = timedelta(seconds=10)


def promise(session: Session, tenant_id: str, prefixes: Iterable[str]) -> None:
    """Have every object under these prefixes deleted: soon, and again after a minute."""
    now = clock.now(session)
    for prefix in prefixes:
        for due in (now, now + REPEAT_AFTER):
            session.add(ObjectDeletion(id=new_id("del"), tenant_id=tenant_id, prefix=prefix, due_at=due))
    session.flush()


def promise_unless_used(
    session: Session, tenant_id: str, object_keys: Iterable[str], after: timedelta = ORPHAN_AFTER
) -> None:
    """Have these objects deleted after an hour, those excepted that a document names then.

    Said before they are stored: whatever becomes of the request, or of its process, none is left behind. And said,
    to be kept at once, of those whose rows go: others may name the same bytes.
    """
    due = clock.now(session) + after
    session.add_all(
        ObjectDeletion(id=new_id("del"), tenant_id=tenant_id, prefix=key, due_at=due) for key in object_keys
    )
    session.flush()


def take(session: Session) -> ObjectDeletion | None:
    """A promise that is due, which no other sweeper takes until the commit."""
    query = (
        select(ObjectDeletion)
        .where(ObjectDeletion.due_at <= clock.now(session))
        .order_by(ObjectDeletion.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).first()


class Use(StrEnum):
    """Why an object may not go: something names it, or a job that has not ended learns it."""

    NAMED = "named"
    LEARNED = "learned"


def still_used(session: Session, row: ObjectDeletion) -> Use | None:
    """Whether a document or a cartridge names the object: equal bytes of a tenant are stored once.

    What was removed from a corpus is used as long as a job goes on that began with it. The session must have entered
    the tenant.
    """
    cartridge = select(CartridgeRow.id).where(
        CartridgeRow.tenant_id == row.tenant_id, CartridgeRow.object_key == row.prefix
    )
    document = select(Document.id).where(
        Document.tenant_id == row.tenant_id, Document.object_key == row.prefix
    )
    kept = document.where(documents.takes_room())
    if any(session.scalars(query.limit(1)).first() is not None for query in (cartridge, kept)):
        return Use.NAMED
    learned = document.join(TrainingJob, TrainingJob.corpus_id == Document.corpus_id).where(
        TrainingJob.tenant_id == row.tenant_id,
        TrainingJob.state.in_([JobState.QUEUED, JobState.RUNNING]),
        TrainingJob.corpus_version >= Document.added_in,
        TrainingJob.corpus_version < Document.removed_in,
    )
    return None if session.scalars(learned.limit(1)).first() is None else Use.LEARNED


def done(session: Session, row: ObjectDeletion) -> None:
    session.execute(delete(ObjectDeletion).where(ObjectDeletion.id == row.id))


def postpone(session: Session, deletion_id: str) -> None:
    """Let others come first: this one could not be kept now."""
    later = clock.now(session) + _RETRY_AFTER
    session.execute(update(ObjectDeletion).where(ObjectDeletion.id == deletion_id).values(due_at=later))
