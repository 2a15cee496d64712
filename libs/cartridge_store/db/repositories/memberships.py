"""Memberships: who may do what in a tenant. A tenant that has an owner keeps one."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.tables import Membership, Person, Tenant
from cartridge_store.errors import ConflictError, NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole


@dataclass(frozen=True)
class Member:
    membership: Membership
    person: Person


@dataclass(frozen=True)
class Joined:
    """A tenant that a person is in, and as what."""

    tenant: Tenant
    role: MemberRole


@dataclass(frozen=True)
class MemberPage:
    rows: list[Member]
    has_more: bool


def create(session: Session, tenant_id: str, person_id: str, role: MemberRole) -> Membership:
    """Raises `ConflictError` (`member_exists`)."""
    row = Membership(id=new_id("mem"), tenant_id=tenant_id, person_id=person_id, role=role)
    insert(session, row, "member_exists", "the person is in this tenant already")
    return row


def hold(session: Session, tenant_id: str) -> None:
    """Keep others from changing the tenant's members until the commit: two owners must not unmake each other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"members:{tenant_id}", 0))))


def get(session: Session, tenant_id: str, membership_id: str) -> Member:
    """Raises `NotFoundError`."""
    query = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.id == membership_id, Membership.tenant_id == tenant_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFoundError(f"there is no member {membership_id}")
    return Member(*found)


def of_person(session: Session, tenant_id: str, person_id: str) -> Membership | None:
    query = select(Membership).where(Membership.tenant_id == tenant_id, Membership.person_id == person_id)
    return session.scalars(query).first()


def joined(session: Session, person_id: str) -> list[Joined]:
    """The tenants of the person whom the transaction has entered, by name."""
    query = (
        select(Tenant, Membership.role)
        .join(Membership, Membership.tenant_id == Tenant.id)
        .where(Membership.person_id == person_id)
        .order_by(Tenant.name)
    )
    return [Joined(tenant, role) for tenant, role in session.execute(query)]


def list_page(session: Session, tenant_id: str, *, limit: int, after: str | None = None) -> MemberPage:
    """Members, newest first."""
    query = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.tenant_id == tenant_id)
    )
    if after is not None:
        query = query.where(Membership.id < after)
    found = session.execute(query.order_by(Membership.id.desc()).limit(limit + 1)).all()
    return MemberPage([Member(*each) for each in found[:limit]], len(found) > limit)


def change_role(session: Session, row: Membership, role: MemberRole) -> None:
    """Change a member of a tenant that is held. Raises `ConflictError` (`last_owner`)."""
    if role is not MemberRole.OWNER:
        _check_not_last_owner(session, row)
    row.role = role
    session.flush()


def remove(session: Session, row: Membership) -> None:
    """Remove a member of a tenant that is held. Raises `ConflictError` (`last_owner`)."""
    _check_not_last_owner(session, row)
    session.execute(delete(Membership).where(Membership.id == row.id, Membership.tenant_id == row.tenant_id))


def _check_not_last_owner(session: Session, row: Membership) -> None:
    if row.role is not MemberRole.OWNER:
        return
    others = select(func.count()).where(
        Membership.tenant_id == row.tenant_id,
        Membership.role == MemberRole.OWNER,
        Membership.id != row.id,
    )
    if session.scalar(others) == 0:
        raise ConflictError(
            "last_owner", "this is the tenant's last owner; make somebody else an owner first"
        )


def has_email(session: Session, tenant_id: str, email: str) -> bool:
    """Whether somebody with this address is in the tenant."""
    query = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.tenant_id == tenant_id, Person.email == email)
    )
    return session.scalar(query) is not None
