"""Invitations into a tenant: for one address, once, for a time. Found by the hash of the secret in their link."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.scope import enter_tenant, present_invitation
from cartridge_store.db.tables import Invitation
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole


def create(
    session: Session,
    tenant_id: str,
    email: str,
    role: MemberRole,
    hashed: str,
    *,
    invited_by: str,
    lifetime: timedelta,
) -> Invitation:
    """An invitation in the place of those for the same address that are still open. `email` is in lower case."""
    now = clock.now(session)
    session.execute(
        update(Invitation)
        .where(
            Invitation.tenant_id == tenant_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    row = Invitation(
        id=new_id("inv"),
        tenant_id=tenant_id,
        email=email,
        role=role,
        hash=hashed,
        invited_by=invited_by,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, tenant_id: str, invitation_id: str) -> Invitation:
    """Raises `NotFoundError`."""
    query = select(Invitation).where(Invitation.id == invitation_id, Invitation.tenant_id == tenant_id)
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no invitation {invitation_id}")
    return row


def list_page(session: Session, tenant_id: str, *, limit: int, after: str | None = None) -> Page[Invitation]:
    query = select(Invitation).where(Invitation.tenant_id == tenant_id)
    return read_page(session, query, Invitation.id, limit=limit, after=after)


def find_open(session: Session, hashed: str) -> Invitation | None:
    """The invitation with this hash if it can be accepted; the transaction has entered its tenant.

    Nobody else accepts or revokes it until the commit.
    """
    present_invitation(session, hashed)
    tenant_id = session.scalar(select(Invitation.tenant_id).where(Invitation.hash == hashed))
    if tenant_id is None:
        return None
    enter_tenant(session, tenant_id)
    row = session.scalars(select(Invitation).where(Invitation.hash == hashed).with_for_update()).first()
    if row is None or row.accepted_at is not None or row.revoked_at is not None:
        return None
    return row if row.expires_at > clock.now(session) else None


def accept(session: Session, row: Invitation) -> None:
    """Use up an invitation that `find_open` found."""
    row.accepted_at = clock.now(session)
    session.flush()


def revoke(session: Session, tenant_id: str, invitation_id: str) -> bool:
    """Let it open nothing any more. Returns whether it could have. Raises `NotFoundError`."""
    get(session, tenant_id, invitation_id)
    gone = (
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.tenant_id == tenant_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now(session))
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(gone) is not None
