"""Cartridges of a tenant. They are made by `attempts.publish` alone."""

from collections.abc import Iterable, Sequence

from sqlalchemy import and_, case, func, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import array, distinct_on
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import CartridgeKind, CartridgeRow, CartridgeStatus
from cartridge_store.errors import NotFoundError

_CORPUS = "crp_"


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


def named(session: Session, tenant_id: str, names: Sequence[str], base_model: str) -> list[CartridgeRow]:
    """The cartridges that `names` mean, in their order: a cartridge by its id, a corpus's present one by the corpus's.

    Of a corpus it is the newest trained one that is ready, of the latest version; until there is one, the newest
    preview; then what needs a review. A corpus means cartridges of `base_model` alone. Raises `NotFoundError` for the first that is missing.
    """
    corpus_ids = [name for name in names if name.startswith(_CORPUS)]
    present = present_of(session, tenant_id, corpus_ids, base_model) if corpus_ids else {}
    for corpus_id in corpus_ids:
        if corpus_id not in present:
            raise NotFoundError(f"there is no cartridge of corpus {corpus_id}")
    ids = [present[name].id if name in present else name for name in names]
    return get_many(session, tenant_id, ids)


def present_of(
    session: Session, tenant_id: str, corpus_ids: Sequence[str], base_model: str
) -> dict[str, CartridgeRow]:
    """For each corpus that has any cartridge of `base_model` the one that its id means, as `named` says."""
    is_trained = CartridgeRow.kind == CartridgeKind.TRAINED
    place = case(
        (and_(is_trained, CartridgeRow.status == CartridgeStatus.READY), 0), (is_trained, 2), else_=1
    )
    query = (
        select(CartridgeRow)
        .where(
            CartridgeRow.tenant_id == tenant_id,
            CartridgeRow.corpus_id.in_(corpus_ids),
            CartridgeRow.base_model == base_model,
        )
        .ext(distinct_on(CartridgeRow.corpus_id))
        .order_by(
            CartridgeRow.corpus_id,
            place,
            CartridgeRow.corpus_version.desc().nulls_last(),
            CartridgeRow.id.desc(),
        )
    )
    return {row.corpus_id: row for row in session.scalars(query)}


def earlier_of(
    session: Session,
    tenant_id: str,
    corpus_id: str,
    version: int | None,
    *,
    tokens: int,
    base_model: str,
    model_fingerprint: str | None = None,
) -> CartridgeRow | None:
    """The newest trained cartridge, ready and of this size and model, of another version of the corpus than `version`."""
    query = select(CartridgeRow).where(
        CartridgeRow.tenant_id == tenant_id,
        CartridgeRow.corpus_id == corpus_id,
        CartridgeRow.corpus_version != version,
        CartridgeRow.kind == CartridgeKind.TRAINED,
        CartridgeRow.status == CartridgeStatus.READY,
        CartridgeRow.tokens == tokens,
        CartridgeRow.base_model == base_model,
    )
    if model_fingerprint is not None:
        query = query.where(CartridgeRow.model_fingerprint == model_fingerprint)
    newest = query.order_by(CartridgeRow.corpus_version.desc(), CartridgeRow.id.desc())
    return session.scalars(newest.limit(1)).first()


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
    hold_objects(session, [object_key])


def hold_objects(session: Session, object_keys: Iterable[str]) -> None:
    """The same of several, in one order: two who waited for each other's objects would wait for ever."""
    wanted = func.unnest(array([f"object:{key}" for key in sorted(object_keys)])).column_valued("key")
    in_order = select(func.hashtextextended(wanted, 0).label("lock")).order_by("lock").offset(0).subquery()
    session.execute(select(func.pg_advisory_xact_lock(in_order.c.lock)))
