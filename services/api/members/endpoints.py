"""HTTP of members."""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import audit, memberships
from cartridge_store.db.repositories.memberships import Member
from cartridge_store.members import MemberRole
from cartridge_web.problems import Problem
from services.api.access import Admin, Caller, Reader
from services.api.members.schemas import MemberChangeIn, MemberOut
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import documented, not_found

router = APIRouter(prefix="/v1/members", tags=["people"])

_NOT_FOUND = not_found("There is no member mem_01j9z3k4m5n6p7q8r9s0t1v2w3.")
_LAST_OWNER = Problem(
    409, "last_owner", "Conflict", "This is the tenant's last owner; make somebody else an owner first."
)


def role_above(role: MemberRole) -> Problem:
    detail = f"Only whoever has the role `{role}` or a higher one gives it, or takes it from somebody."
    return Problem(403, "role_above", "Not allowed", detail)


def check_covers(caller: Caller, role: MemberRole) -> None:
    """Raise the 403 problem where `role` is above the caller's standing."""
    if not caller.standing.covers(role):
        raise role_above(role)


@router.get("", summary="List members", responses=documented())
def list_members(
    caller: Reader, platform: PlatformDep, limit: Limit = 20, cursor: Cursor = None
) -> ListOut[MemberOut]:
    """Who is in the tenant and as what, newest first."""
    with platform.rows_of(caller.tenant_id) as session:
        page = memberships.list_page(session, caller.tenant_id, limit=limit, after=cursor)
        return page_out(
            [MemberOut.of(member, caller.person_id) for member in page.rows],
            [member.membership.id for member in page.rows],
            has_more=page.has_more,
        )


@router.get("/{member_id}", summary="Get a member", responses=documented(_NOT_FOUND))
def get_member(member_id: str, caller: Reader, platform: PlatformDep) -> MemberOut:
    """One member."""
    with platform.rows_of(caller.tenant_id) as session:
        return MemberOut.of(memberships.get(session, caller.tenant_id, member_id), caller.person_id)


@router.patch(
    "/{member_id}",
    summary="Change a member's role",
    responses=documented(_NOT_FOUND, role_above(MemberRole.OWNER), _LAST_OWNER),
)
def change_member(member_id: str, body: MemberChangeIn, caller: Admin, platform: PlatformDep) -> MemberOut:
    """The new role holds from the member's next request on."""
    with platform.rows_of(caller.tenant_id) as session:
        member = _held(session, caller, member_id)
        check_covers(caller, body.role)
        row = member.membership
        if row.role is not body.role:
            details = {"before": row.role.value, "role": body.role.value}
            memberships.change_role(session, row, body.role)
            audit.record(session, caller.tenant_id, caller.actor, "member.changed", row.id, **details)
        return MemberOut.of(member, caller.person_id)


@router.delete(
    "/{member_id}",
    status_code=204,
    summary="Remove a member",
    responses=documented(_NOT_FOUND, role_above(MemberRole.OWNER), _LAST_OWNER),
)
def remove_member(member_id: str, caller: Admin, platform: PlatformDep) -> None:
    """From its next request on the person is out. Its account stays, and so do keys that it made: revoke those."""
    with platform.rows_of(caller.tenant_id) as session:
        row = _held(session, caller, member_id).membership
        memberships.remove(session, row)
        details = {"person_id": row.person_id, "role": row.role.value}
        audit.record(session, caller.tenant_id, caller.actor, "member.removed", row.id, **details)


def _held(session: Session, caller: Caller, member_id: str) -> Member:
    """A member whom the caller may change, and nobody else changes until the commit."""
    memberships.hold(session, caller.tenant_id)
    member = memberships.get(session, caller.tenant_id, member_id)
    check_covers(caller, member.membership.role)
    return member
