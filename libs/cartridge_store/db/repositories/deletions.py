"""Objects that have to go: promised in the transaction that deletes their rows, kept by the trainer's sweeper."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.tables import CartridgeRow, Document, ObjectDeletion
from cartridge_store.ids import new_id

# A worker that does not know yet that its job is gone may write once more: by then it has stopped.
REPEAT_AFTER = timedelta(seconds=60)
# By then a request that stores objects has long ended, in one way or the other.
ORPHAN_AFTER = timedelta(hours=1)
_RETRY_AFTER = timedelta(seconds=10)


def promise(session: Session, tenant_id: str, prefixes: Iterable[str]) -> None:
    """Have every object under these prefixes deleted: soon, and again after a minute."""
    now = clock.now(session)
    for prefix in prefixes:
        for due in (now, now + REPEAT_AFTER):
            session.add(ObjectDeletion(id=new_id("del"), tenant_id=tenant_id, prefix=prefix, due_at=due))
    session.flush()


def promise_unless_used(session: Session, tenant_id: str, object_keys: Iterable[str]) -> None:
    """Have these objects deleted after an hour, those excepted that a document names then.

    Said before they are stored: whatever becomes of the request, or of its process, none is left behind.
    """
    due = clock.now(session) + ORPHAN_AFTER
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


def still_used(session: Session, row: ObjectDeletion) -> bool:
    """Whether a document names the object, or a cartridge that was made since: equal bytes are stored once.

    The session must have entered the tenant.
    """
    cartridge = select(CartridgeRow.id).where(
        CartridgeRow.tenant_id == row.tenant_id, CartridgeRow.object_key == row.prefix
    )
    # Found by its id, with which its object's key ends: there is an index of those.
    document = select(Document.id).where(
        Document.id == row.prefix.rpartition("/")[2],
        Document.tenant_id == row.tenant_id,
        Document.object_key == row.prefix,
    )
    return any(session.scalars(query.limit(1)).first() is not None for query in (cartridge, document))


def done(session: Session, row: ObjectDeletion) -> None:
    session.execute(delete(ObjectDeletion).where(ObjectDeletion.id == row.id))


def postpone(session: Session, deletion_id: str) -> None:
    """Let others come first: this one could not be kept now."""
    later = clock.now(session) + _RETRY_AFTER
    session.execute(update(ObjectDeletion).where(ObjectDeletion.id == deletion_id).values(due_at=later))
