"""HTTP of a person's own account."""

from fastapi import APIRouter, Request, Response

from cartridge_store.db.repositories import person_sessions
from cartridge_store.db.scope import enter_person
from services.api.account import service
from services.api.account.schemas import BrowserOut, PasswordIn
from services.api.pages import ListOut
from services.api.platform import PlatformDep
from services.api.problems import attempts_uncounted, documented, not_found, too_many_attempts
from services.api.sessions import service as sessions_service
from services.api.sessions.cookies import clear_session
from services.api.sessions.schemas import SessionOut
from services.api.sessions.signed_in import SignedInDep

router = APIRouter(prefix="/v1/account", tags=["people"])

_NO_SESSION = not_found("There is no session ses_01j9z3k4m5n6p7q8r9s0t1v2w3.")


@router.put(
    "/password",
    summary="Change one's password",
    responses=documented(
        service.password_wrong(), service.sign_in_again(), too_many_attempts(30), attempts_uncounted()
    ),
)
def change_password(
    body: PasswordIn, signed_in: SignedInDep, request: Request, response: Response, platform: PlatformDep
) -> SessionOut:
    """Ends the person's sessions in other browsers. This one gets another cookie and `csrf_token`."""
    current = None if body.current_password is None else body.current_password.get_secret_value()
    return service.change_password(
        platform, request, response, signed_in, current=current, new=body.new_password.get_secret_value()
    )


@router.get("/sessions", summary="List one's sessions", responses=documented())
def list_sessions(signed_in: SignedInDep, platform: PlatformDep) -> ListOut[BrowserOut]:
    """The browsers in which the person is signed in, newest first: all of them, on one page."""
    with platform.sessions.begin() as session:
        enter_person(session, signed_in.person.id)
        rows = person_sessions.list_of(session, signed_in.person.id, platform.settings.session_idle)
        current = signed_in.session.id
        return ListOut(data=[BrowserOut.of(row, current) for row in rows], has_more=False, next_cursor=None)


@router.delete(
    "/sessions/{session_id}", status_code=204, summary="End a session", responses=documented(_NO_SESSION)
)
def end_session(session_id: str, signed_in: SignedInDep, request: Request, platform: PlatformDep) -> None:
    """Sign out of one browser."""
    with platform.sessions.begin() as session:
        enter_person(session, signed_in.person.id)
        person_sessions.end(session, signed_in.person.id, session_id)
        sessions_service.record_everywhere(
            session, request, signed_in.person.id, action="session.ended", target_id=session_id
        )


@router.delete("/sessions", status_code=204, summary="Sign out everywhere", responses=documented())
def end_all_sessions(
    signed_in: SignedInDep, request: Request, response: Response, platform: PlatformDep
) -> None:
    """End all of the person's sessions, this one too."""
    person_id = signed_in.person.id
    with platform.sessions.begin() as session:
        enter_person(session, person_id)
        person_sessions.end_all(session, person_id)
        sessions_service.record_everywhere(
            session, request, person_id, action="session.all_ended", target_id=person_id
        )
    clear_session(response, platform.settings)
