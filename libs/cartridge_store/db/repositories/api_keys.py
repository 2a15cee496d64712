"""API keys. Finding one by its prefix is the only query of a tenant's rows that starts without the tenant."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.scope import present_key
from cartridge_store.db.tables import ApiKey
from cartridge_store.errors import ConflictError, NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.keys import NewKey, Scope

_USE_RESOLUTION = timedelta(minutes=1)


def create(
    session: Session,
    tenant_id: str,
    name: str,
    key: NewKey,
    *,
    scopes: Sequence[Scope] = tuple(Scope),
    expires_at: datetime | None = None,
    replaces: str | None = None,
) -> ApiKey:
    """Raises `ConflictError` (`api_key_exists`)."""
    row = ApiKey(
        id=new_id("key"),
        tenant_id=tenant_id,
        name=name,
        prefix=key.prefix,
        hash=key.hash,
        scopes=[scope.value for scope in Scope if scope in scopes],
        expires_at=expires_at,
        replaces=replaces,
    )
    insert(session, row, "api_key_exists", f"a key with the prefix {key.prefix} exists")
    return row


def find_by_prefix(session: Session, prefix: str) -> ApiKey | None:
    """The key, whose ever it is; the transaction has not entered its tenant yet."""
    present_key(session, prefix)
    return session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).first()


def touch_last_used(session: Session, key: ApiKey) -> None:
    """Note that the key was used, at most once a minute: most requests write nothing."""
    now = datetime.now(UTC)
    if key.last_used_at is not None and key.last_used_at > now - _USE_RESOLUTION:
        return
    # Not by changing `key`: of requests at the same time one writes, and nobody waits for more than that.
    stale = ApiKey.last_used_at.is_(None) | (ApiKey.last_used_at <= now - _USE_RESOLUTION)
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == key.id, ApiKey.tenant_id == key.tenant_id, stale)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def rehash(session: Session, key: ApiKey, new_hash: str) -> None:
    """Keep the hash of a key under another pepper; of requests at the same time the first one writes."""
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == key.id, ApiKey.tenant_id == key.tenant_id, ApiKey.hash == key.hash)
        .values(hash=new_hash)
        .execution_options(synchronize_session=False)
    )


def get(session: Session, tenant_id: str, id_or_prefix: str, *, for_update: bool = False) -> ApiKey:
    """Raises `NotFoundError`."""
    query = select(ApiKey).where(
        ApiKey.tenant_id == tenant_id, (ApiKey.id == id_or_prefix) | (ApiKey.prefix == id_or_prefix)
    )
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no key {id_or_prefix!r}")
    return row


def list_all(session: Session, tenant_id: str) -> list[ApiKey]:
    return list(session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.id)))


def list_page(session: Session, tenant_id: str, *, limit: int, after: str | None = None) -> Page[ApiKey]:
    query = select(ApiKey).where(ApiKey.tenant_id == tenant_id)
    return read_page(session, query, ApiKey.id, limit=limit, after=after)


def rotate(session: Session, tenant_id: str, id_or_prefix: str, key: NewKey, grace: timedelta) -> ApiKey:
    """A key with the name and rights of another, which itself opens nothing any more once `grace` is over.

    The new key ends when the old one would have. Raises `NotFoundError`, and `ConflictError` (`key_not_active`)
    where the old one has ended already.
    """
    old = get(session, tenant_id, id_or_prefix, for_update=True)
    now = datetime.now(UTC)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise ConflictError("key_not_active", "the key was revoked or has expired; make a new one")
    made = create(
        session, tenant_id, old.name, key,
        scopes=[Scope(scope) for scope in old.scopes], expires_at=old.expires_at, replaces=old.id,
    )  # fmt: skip
    end = now + grace
    old.expires_at = end if old.expires_at is None else min(old.expires_at, end)
    session.flush()
    return made


def revoke(session: Session, tenant_id: str, id_or_prefix: str) -> ApiKey:
    """Revoking twice keeps the first time. Raises `NotFoundError`."""
    row = get(session, tenant_id, id_or_prefix, for_update=True)
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    session.flush()
    return row
