"""HTTP of invitations: made and revoked by admins, looked at and accepted by whoever holds their secret."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import audit, invitations, memberships, tenants
from cartridge_store.errors import ConflictError
from cartridge_store.members import MemberRole
from cartridge_store.tokens import Purpose, new_token
from cartridge_web.openapi import problem_responses
from cartridge_web.problems import Problem
from services.api.access import Admin
from services.api.members.acceptance import (
    accept_signed_in,
    accept_with_password,
    find_open,
    invitation_invalid,
    invitation_of_another,
)
from services.api.members.endpoints import check_covers, role_above
from services.api.members.schemas import (
    AcceptanceIn,
    InvitationIn,
    InvitationOut,
    InvitationPreviewOut,
    InvitationTokenIn,
    NewInvitationOut,
)
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import documented, not_found, session_invalid
from services.api.repeats import OnceDep, key_reused
from services.api.sessions.attempts import take_attempt
from services.api.sessions.endpoints import ATTEMPT_PROBLEMS
from services.api.sessions.forgery import check_origin, check_page
from services.api.sessions.schemas import SessionOut
from services.api.sessions.service import sign_in_failed
from services.api.sessions.signed_in import SignedIn, look_for_signed_in

router = APIRouter(prefix="/v1/invitations", tags=["people"])

_NOT_FOUND = not_found("There is no invitation inv_01j9z3k4m5n6p7q8r9s0t1v2w3.")
_MEMBER = Problem(409, "member_exists", "Conflict", "The person is in this tenant already.")


@router.post(
    "",
    status_code=201,
    summary="Invite somebody",
    responses=documented(role_above(MemberRole.OWNER), _MEMBER, key_reused()),
)
def create_invitation(
    body: InvitationIn, caller: Admin, platform: PlatformDep, once: OnceDep
) -> NewInvitationOut:
    """The answer holds the invitation's secret, this once: nothing is sent by mail. Earlier open ones to it end."""
    check_covers(caller, body.role)
    made = new_token(platform.settings.key_pepper, Purpose.INVITATION)

    def make(session: Session) -> NewInvitationOut:
        if memberships.has_email(session, caller.tenant_id, body.email):
            raise ConflictError("member_exists", "the person is in this tenant already")
        row = invitations.create(
            session, caller.tenant_id, body.email, body.role, made.hash,
            invited_by=str(caller.actor.id), lifetime=platform.settings.invitation_lifetime,
        )  # fmt: skip
        details = {"email": row.email, "role": row.role.value}
        audit.record(session, caller.tenant_id, caller.actor, "invitation.created", row.id, **details)
        return NewInvitationOut.with_token(row, made.text, platform.settings.public_url)

    # Who stands lower must not be given the answer to an owner's request.
    return once.answer(platform, caller, NewInvitationOut, make, content=caller.standing.value)


@router.get("", summary="List invitations", responses=documented())
def list_invitations(
    caller: Admin, platform: PlatformDep, limit: Limit = 20, cursor: Cursor = None
) -> ListOut[InvitationOut]:
    """Newest first; those that were used or have ended are there too."""
    with platform.rows_of(caller.tenant_id) as session:
        page = invitations.list_page(session, caller.tenant_id, limit=limit, after=cursor)
        return page_out(
            [InvitationOut.of(row) for row in page.rows],
            [row.id for row in page.rows],
            has_more=page.has_more,
        )


@router.delete(
    "/{invitation_id}", status_code=204, summary="Revoke an invitation", responses=documented(_NOT_FOUND)
)
def revoke_invitation(invitation_id: str, caller: Admin, platform: PlatformDep) -> None:
    """From now on it opens nothing. Revoking twice, or after it was used, changes nothing."""
    with platform.rows_of(caller.tenant_id) as session:
        if invitations.revoke(session, caller.tenant_id, invitation_id):
            audit.record(session, caller.tenant_id, caller.actor, "invitation.revoked", invitation_id)


@router.post(
    "/preview",
    summary="Look at an invitation",
    responses=problem_responses(invitation_invalid(), *ATTEMPT_PROBLEMS),
)
def preview_invitation(
    body: InvitationTokenIn, request: Request, platform: PlatformDep
) -> InvitationPreviewOut:
    """Which tenant an invitation is to, for whom and as what. Nobody need be signed in: the secret is enough."""
    check_origin(platform, request)
    take_attempt(platform, request)
    with platform.sessions.begin() as session:
        row = find_open(session, platform, body.token.get_secret_value())
        tenant = tenants.find(session, row.tenant_id)
        return InvitationPreviewOut(
            tenant_name=tenant.name, email=row.email, role=row.role, expires_at=row.expires_at
        )


def _signed_in_or_nobody(request: Request, platform: PlatformDep) -> SignedIn | None:
    """Who is signed in; a browser whose session has ended is treated as one without."""
    with platform.sessions.begin() as session:
        found = look_for_signed_in(session, platform, request)
    if found is not None:
        check_page(platform, request, found.secret)
    return found


@router.post(
    "/accept",
    summary="Accept an invitation",
    responses=problem_responses(
        invitation_invalid(), invitation_of_another(), sign_in_failed(), _MEMBER, *ATTEMPT_PROBLEMS
    ),
)
def accept_invitation(
    body: AcceptanceIn,
    signed_in: Annotated[SignedIn | None, Depends(_signed_in_or_nobody)],
    request: Request,
    response: Response,
    platform: PlatformDep,
) -> SessionOut:
    """Become a member of the tenant. Who is not signed in gives a password and is, afterwards.

    With a password it is that of the invited address' account, or of a new one that is made. Through the OpenID
    provider: POST /v1/session/oidc with the `invitation_token`.
    """
    check_origin(platform, request)
    token = body.token.get_secret_value()
    if signed_in is not None:
        return accept_signed_in(platform, request, signed_in, token)
    if body.password is None:
        raise session_invalid("Sign in first, or give a `password`.")
    return accept_with_password(
        platform, request, response, token, password=body.password.get_secret_value(), name=body.name
    )
