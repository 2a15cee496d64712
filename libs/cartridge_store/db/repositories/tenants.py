"""Tenants: made by the operator."""

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import uploads
from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.tables import Tenant
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id


def create(session: Session, name: str) -> Tenant:
    """Raises `ConflictError` (`tenant_exists`)."""
    tenant = Tenant(id=new_id("ten"), name=name)
    insert(session, tenant, "tenant_exists", f"a tenant named {name!r} exists")
    return tenant


def find(session: Session, id_or_name: str) -> Tenant:
    """Raises `NotFoundError`."""
    query = select(Tenant).where((Tenant.id == id_or_name) | (Tenant.name == id_or_name))
    tenant = session.scalars(query).first()
    if tenant is None:
        raise NotFoundError(f"there is no tenant {id_or_name!r}")
    return tenant


def delete(session: Session, tenant_id: str) -> None:
    """Delete a tenant and every row of it. Workers on its jobs find that they have lost them."""
    uploads.give_up(session, tenant_id)
    session.execute(delete_rows(Tenant).where(Tenant.id == tenant_id))


def list_all(session: Session) -> list[Tenant]:
    return list(session.scalars(select(Tenant).order_by(Tenant.id)))
