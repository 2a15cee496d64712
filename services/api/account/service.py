"""Changing one's password."""

from datetime import timedelta

from fastapi import Request, Response

from cartridge_store import passwords
from cartridge_store.db import clock
from cartridge_store.db.repositories import people, person_sessions
from cartridge_store.db.scope import enter_person
from cartridge_store.tokens import Purpose, new_token
from cartridge_web.problems import FieldError, Problem
from services.api.platform import Platform
from services.api.sessions import service as sessions_service
from services.api.sessions.attempts import take_attempt
from services.api.sessions.cookies import set_session
from services.api.sessions.schemas import SessionOut
from services.api.sessions.signed_in import SignedIn

# A first password is set without proof of another: only by who has just signed in.
_RECENT = timedelta(minutes=15)


def password_wrong() -> Problem:
    field = FieldError(field="body.current_password", message="This is not the account's password")
    return Problem(
        403, "password_wrong", "Wrong password", "The current password is another.", errors=[field]
    )


def sign_in_again() -> Problem:
    detail = "Only who has just signed in may set an account's first password: sign in again, then set it."
    return Problem(403, "sign_in_again", "Sign in again", detail)


def weak_password(reason: str, field: str = "body.new_password") -> Problem:
    return Problem(
        422,
        "invalid_request",
        "Invalid request",
        f"{field}: {reason}",
        errors=[FieldError(field=field, message=reason)],
        param=field.removeprefix("body."),
    )


def change_password(
    platform: Platform,
    request: Request,
    response: Response,
    signed_in: SignedIn,
    *,
    current: str | None,
    new: str,
) -> SessionOut:
    """Set the password, end the person's other sessions, and give this one another secret.

    Raises 403 problems where the current password is wrong or missing, 422 for one that will not do.
    """
    person = signed_in.person
    # Whoever found an open browser must not guess the password in peace.
    take_attempt(platform, request, person.email)
    with platform.sessions.begin() as session:
        enter_person(session, person.id)
        hashed = people.password_hash(session, person.id)
        is_recent = signed_in.session.created_at > clock.now(session) - _RECENT
    if hashed is None:
        if not is_recent:
            raise sign_in_again()
    elif not passwords.verify(current or "", hashed):
        raise password_wrong()
    reason = passwords.weakness(new, person.email)
    if reason is not None:
        raise weak_password(reason)
    renewed, made = passwords.hash_password(new), new_token(platform.settings.key_pepper, Purpose.SESSION)
    with platform.sessions.begin() as session:
        enter_person(session, person.id)
        row = person_sessions.renew(session, signed_in.session.id, made.hash)
        people.set_password(session, person.id, renewed)
        person_sessions.end_all(session, person.id, but=row.id)
        sessions_service.record_everywhere(
            session, request, person.id, action="password.changed", target_id=person.id
        )
        set_session(response, platform.settings, made.text)
        return sessions_service.show(session, platform, person, row, made.text)
