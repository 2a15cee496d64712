"""Cartridges of a tenant. They are made by `attempts.publish` alone."""

from collections.abc import Sequence

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import CartridgeRow, CartridgeStatus
from cartridge_store.errors import NotFoundError


def get(session: Session, tenant_id: str, cartridge_id: str) -> CartridgeRow:
    """Raises `NotFoundError`."""
    return get_many(session, tenant_id, [cartridge_id])[0]


def get_locked(session: Session, tenant_id: str, cartridge_id: str) -> CartridgeRow:
    """The cartridge, which nobody else changes until the commit. Raises `NotFoundError`."""
    query = select(CartridgeRow).where(CartridgeRow.id == cartridge_id, CartridgeRow.tenant_id == tenant_id)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFoundError(f"there is no cartridge {cartridge_id}")
    return row


def change(session: Session, row: CartridgeRow, *, name: str | None, status: CartridgeStatus | None) -> None:
    """Change what is given of a cartridge that the transaction has locked."""
    row.name = row.name if name is None else name
    row.status = row.status if status is None else status
    row.revision += 1
    session.flush()


def get_many(session: Session, tenant_id: str, cartridge_ids: Sequence[str]) -> list[CartridgeRow]:
    """The cartridges in the order asked for. Raises `NotFoundError` for the first that is missing."""
    query = select(CartridgeRow).where(
        CartridgeRow.id.in_(cartridge_ids), CartridgeRow.tenant_id == tenant_id
    )
    found = {row.id: row for row in session.scalars(query)}
    for cartridge_id in cartridge_ids:
        if cartridge_id not in found:
            raise NotFoundError(f"there is no cartridge {cartridge_id}")
    return [found[cartridge_id] for cartridge_id in cartridge_ids]


def with_digests(session: Session, tenant_id: str, digests: Sequence[str]) -> list[CartridgeRow]:
    """The tenant's cartridges whose files have these digests, newest first; several may have the same."""
    query = select(CartridgeRow).where(CartridgeRow.tenant_id == tenant_id, CartridgeRow.digest.in_(digests))
    return list(session.scalars(query.order_by(CartridgeRow.id.desc())))


def list_page(
    session: Session, tenant_id: str, *, limit: int, after: str | None = None, corpus_id: str | None = None
) -> Page[CartridgeRow]:
    query = select(CartridgeRow).where(CartridgeRow.tenant_id == tenant_id)
    if corpus_id is not None:
        query = query.where(CartridgeRow.corpus_id == corpus_id)
    return read_page(session, query, CartridgeRow.id, limit=limit, after=after)


def delete(session: Session, tenant_id: str, cartridge_id: str) -> CartridgeRow:
    """Raises `NotFoundError`."""
    row = get(session, tenant_id, cartridge_id)
    session.execute(
        delete_rows(CartridgeRow).where(CartridgeRow.id == cartridge_id, CartridgeRow.tenant_id == tenant_id)
    )
    return row


def hold_object(session: Session, object_key: str) -> None:
    """Until the commit nobody else who holds the object deletes it, or gives a cartridge its bytes."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"object:{object_key}", 0))))
