"""Beginning and ending sessions."""

from fastapi import Request, Response
from sqlalchemy.orm import Session

from cartridge_store import passwords
from cartridge_store.db.repositories import audit, memberships, people, person_sessions
from cartridge_store.db.repositories.audit import Actor
from cartridge_store.db.scope import enter_person, enter_tenant
from cartridge_store.db.tables import Person, PersonSession
from cartridge_store.keys import Scope
from cartridge_store.tokens import Purpose, new_token, token_hash
from cartridge_web.problems import Problem
from services.api.platform import Platform
from services.api.sessions.attempts import take_attempt
from services.api.sessions.cookies import read_session, set_session
from services.api.sessions.forgery import check_origin, csrf_token
from services.api.sessions.schemas import JoinedTenantOut, PersonOut, SessionOut

_USER_AGENT_LENGTH = 200


def sign_in_failed() -> Problem:
    return Problem(
        401,
        "sign_in_failed",
        "Not signed in",
        "There is no account with this address and password.",
        {"WWW-Authenticate": "Session"},
    )


def sign_in(
    platform: Platform, request: Request, response: Response, email: str, password: str
) -> SessionOut:
    """A new session for whoever knows the password. Raises the 401 problem, as slowly for accounts that are not."""
    check_origin(platform, request)
    take_attempt(platform, request, email)
    person, hashed = find_with_password(platform, email)
    right = passwords.verify(password, hashed)
    if person is None or hashed is None or not right:
        raise sign_in_failed()
    renewed = passwords.hash_password(password) if passwords.is_outdated(hashed) else None
    with platform.sessions.begin() as session:
        enter_person(session, person.id)
        if people.password_hash(session, person.id) != hashed:
            # Changed while it was looked at: sessions that were begun with the old one have been ended.
            raise sign_in_failed()
        if renewed is not None:
            people.set_password(session, person.id, renewed)
        return begin(session, platform, request, response, person=person)


def find_with_password(platform: Platform, email: str) -> tuple[Person | None, str | None]:
    """The person with this address and the hash of its password; the same queries where there is nobody."""
    with platform.sessions.begin() as session:
        person = people.find_by_email(session, email)
        person_id = "" if person is None else person.id
        enter_person(session, person_id)
        return person, people.password_hash(session, person_id)


def begin(
    session: Session,
    platform: Platform,
    request: Request,
    response: Response,
    *,
    person: Person,
    tenant_id: str | None = None,
) -> SessionOut:
    """A session of its own for a person whom the transaction has entered, in the place of the browser's earlier one.

    It is in the tenant named, else in the first of the person's.
    """
    made = new_token(platform.settings.key_pepper, Purpose.SESSION)
    _end_earlier(session, platform, request, person)
    joined = memberships.joined(session, person.id)
    if tenant_id is None and joined:
        tenant_id = joined[0].tenant.id
    row = person_sessions.create(
        session,
        person.id,
        made.hash,
        tenant_id=tenant_id,
        user_agent=request.headers.get("user-agent", "")[:_USER_AGENT_LENGTH],
        lifetime=platform.settings.session_lifetime,
    )
    set_session(response, platform.settings, made.text)
    if tenant_id is not None:
        record(session, request, tenant_id, person.id, action="session.created", target_id=row.id)
    return show(session, platform, person, row, made.text)


def show(session: Session, platform: Platform, person: Person, row: PersonSession, secret: str) -> SessionOut:
    """The session as its page sees it; the transaction has entered the person."""
    joined = [JoinedTenantOut.of(each) for each in memberships.joined(session, person.id)]
    active = next((each for each in joined if each.id == row.active_tenant_id), None)
    return SessionOut(
        id=row.id,
        person=PersonOut.of(person),
        has_password=people.password_hash(session, person.id) is not None,
        tenant=active,
        scopes=[] if active is None else [scope for scope in Scope if scope in active.role.scopes],
        tenants=joined,
        csrf_token=csrf_token(platform, secret),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def record(
    session: Session, request: Request, tenant_id: str, person_id: str, *, action: str, target_id: str
) -> None:
    """Write into a tenant's audit log what a person did; the transaction enters that tenant."""
    enter_tenant(session, tenant_id)
    request_id = getattr(request.state, "request_id", None)
    audit.record(session, tenant_id, Actor("person", person_id, request_id), action, target_id)


def record_everywhere(
    session: Session, request: Request, person_id: str, *, action: str, target_id: str
) -> None:
    """Write what a person did to its account into the audit log of every tenant that it is in."""
    for joined in memberships.joined(session, person_id):
        record(session, request, joined.tenant.id, person_id, action=action, target_id=target_id)


def _end_earlier(session: Session, platform: Platform, request: Request, person: Person) -> None:
    """What the browser held before is not carried over: a session that somebody planted there opens nothing."""
    secret = read_session(request, platform.settings)
    if secret is None:
        return
    hashed = token_hash(secret, platform.settings.key_pepper, Purpose.SESSION)
    earlier = person_sessions.find(session, hashed, platform.settings.session_idle)
    if earlier is not None:
        person_sessions.end(session, earlier.person_id, earlier.id)
    enter_person(session, person.id)
