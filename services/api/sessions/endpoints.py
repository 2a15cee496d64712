"""HTTP of sessions: signing in with a password, looking, choosing a tenant, signing out."""

from fastapi import APIRouter, Request, Response

from cartridge_store.db.repositories import memberships, person_sessions
from cartridge_store.db.scope import enter_person
from cartridge_web.openapi import problem_responses
from services.api.access import no_such_tenant
from services.api.platform import PlatformDep
from services.api.problems import (
    attempts_uncounted,
    csrf_failed,
    database_unavailable,
    documented,
    too_many_attempts,
)
from services.api.sessions import service
from services.api.sessions.cookies import clear_session
from services.api.sessions.schemas import ChosenTenantIn, SessionOut, SignInIn, WaysOut
from services.api.sessions.service import sign_in_failed
from services.api.sessions.signed_in import SignedInDep

router = APIRouter(prefix="/v1/session", tags=["people"])

ATTEMPT_PROBLEMS = (
    too_many_attempts(30),
    attempts_uncounted(),
    csrf_failed("A page of https://other.example asked, which is not where this service is."),
    database_unavailable(),
)


@router.get("/ways", summary="How do people sign in?")
def get_ways(platform: PlatformDep) -> WaysOut:
    """What a sign-in page offers."""
    return WaysOut(oidc=None if platform.oidc is None else platform.settings.oidc_name)


@router.post(
    "", status_code=201, summary="Sign in", responses=problem_responses(sign_in_failed(), *ATTEMPT_PROBLEMS)
)
def create_session(body: SignInIn, request: Request, response: Response, platform: PlatformDep) -> SessionOut:
    """Begin a session with address and password. The answer sets its cookie."""
    return service.sign_in(platform, request, response, body.email, body.password.get_secret_value())


@router.get("", summary="Who is signed in?", responses=documented())
def get_session(signed_in: SignedInDep, platform: PlatformDep) -> SessionOut:
    """The person, its tenants and the session's `csrf_token`."""
    with platform.sessions.begin() as session:
        enter_person(session, signed_in.person.id)
        return service.show(session, platform, signed_in.person, signed_in.session, signed_in.secret)


@router.post("/tenant", summary="Choose a tenant", responses=documented(no_such_tenant("ten_...")))
def choose_tenant(
    body: ChosenTenantIn, signed_in: SignedInDep, request: Request, platform: PlatformDep
) -> SessionOut:
    """From now on the session's requests are for this tenant, unless they name another as `X-Tenant`."""
    person, row = signed_in.person, signed_in.session
    with platform.sessions.begin() as session:
        enter_person(session, person.id)
        if memberships.of_person(session, body.tenant_id, person.id) is None:
            raise no_such_tenant(body.tenant_id)
        row = person_sessions.choose_tenant(session, row.id, body.tenant_id)
        service.record(
            session, request, body.tenant_id, person.id, action="session.entered_tenant", target_id=row.id
        )
        return service.show(session, platform, person, row, signed_in.secret)


@router.delete("", status_code=204, summary="Sign out", responses=documented())
def delete_session(
    signed_in: SignedInDep, request: Request, response: Response, platform: PlatformDep
) -> None:
    """End the session. Signing out of all browsers: DELETE /v1/account/sessions."""
    person, row = signed_in.person, signed_in.session
    with platform.sessions.begin() as session:
        enter_person(session, person.id)
        person_sessions.end(session, person.id, row.id)
        if row.active_tenant_id is not None:
            service.record(
                session, request, row.active_tenant_id, person.id, action="session.ended", target_id=row.id
            )
    clear_session(response, platform.settings)
