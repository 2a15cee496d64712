"""Requests that may come twice: the first answer under each `Idempotency-Key`, kept for a day."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.tables import IdempotencyKey

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Earlier:
    """What the key was used for first: the request's fingerprint, and the sealed answer."""

    fingerprint: str
    answer: bytes


def begin(session: Session, tenant_id: str, key: str, fingerprint: str) -> Earlier | None:
    """Take the key for this transaction, or say what another made under it.

    A transaction that has the key and is still open is waited for: if it fails, the key is this one's.
    """
    _forget_old(session, tenant_id)
    taken = insert(IdempotencyKey).values(tenant_id=tenant_id, key=key, fingerprint=fingerprint)
    if session.scalar(taken.on_conflict_do_nothing().returning(IdempotencyKey.key)) is not None:
        return None
    row = session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.tenant_id == tenant_id, IdempotencyKey.key == key)
    ).one()
    return Earlier(row.fingerprint, row.answer or b"")


def finish(session: Session, tenant_id: str, key: str, answer: bytes) -> None:
    """Keep the answer, in the transaction that made what it tells of."""
    mine = (IdempotencyKey.tenant_id == tenant_id, IdempotencyKey.key == key)
    session.execute(update(IdempotencyKey).where(*mine).values(answer=answer))


def _forget_old(session: Session, tenant_id: str) -> None:
    """Rows that another transaction forgets at the same time are left to it."""
    old = (
        select(IdempotencyKey.key)
        .where(IdempotencyKey.tenant_id == tenant_id, IdempotencyKey.created_at < clock.now(session) - KEPT)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.tenant_id == tenant_id, IdempotencyKey.key.in_(old.scalar_subquery()))
        .execution_options(synchronize_session=False)
    )
