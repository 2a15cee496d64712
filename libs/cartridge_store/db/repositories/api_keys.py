"""API keys. Finding one by its prefix is the only query of a tenant's rows that starts without the tenant."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.scope import present_key
from cartridge_store.db.tables import ApiKey
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.keys import NewKey

_USE_RESOLUTION = timedelta(minutes=1)


def create(session: Session, tenant_id: str, name: str, key: NewKey) -> ApiKey:
    """Raises `ConflictError` (`api_key_exists`)."""
    row = ApiKey(id=new_id("key"), tenant_id=tenant_id, name=name, prefix=key.prefix, hash=key.hash)
    insert(session, row, "api_key_exists", f"a key with the prefix {key.prefix} exists")
    return row


def find_by_prefix(session: Session, prefix: str) -> ApiKey | None:
    """The key, whose ever it is; the transaction has not entered its tenant yet."""
    present_key(session, prefix)
    return session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).first()


def touch_last_used(session: Session, tenant_id: str, key_id: str) -> None:
    """Note that the key was used, at most once a minute so that reading stays cheap."""
    now = datetime.now(UTC)
    stale = ApiKey.last_used_at.is_(None) | (ApiKey.last_used_at < now - _USE_RESOLUTION)
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.tenant_id == tenant_id, stale)
        .values(last_used_at=now)
    )


def list_all(session: Session, tenant_id: str) -> list[ApiKey]:
    return list(session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.id)))


def revoke(session: Session, tenant_id: str, id_or_prefix: str) -> ApiKey:
    """Revoking twice keeps the first time. Raises `NotFoundError`."""
    query = select(ApiKey).where(
        ApiKey.tenant_id == tenant_id, (ApiKey.id == id_or_prefix) | (ApiKey.prefix == id_or_prefix)
    )
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no key {id_or_prefix!r}")
    row.revoked_at = row.revoked_at or datetime.now(UTC)
    session.flush()
    return row
