"""Accepting an invitation: by who is signed in, by the password of an account, or with a new account."""

from fastapi import Request, Response
from sqlalchemy.orm import Session

from cartridge_store import passwords
from cartridge_store.db.repositories import audit, invitations, memberships, people, person_sessions
from cartridge_store.db.repositories.audit import Actor
from cartridge_store.db.scope import enter_person
from cartridge_store.db.tables import Invitation, Person
from cartridge_store.tokens import Purpose, token_hash
from cartridge_web.problems import Problem
from services.api.account.service import weak_password
from services.api.platform import Platform
from services.api.sessions import service
from services.api.sessions.attempts import take_attempt
from services.api.sessions.schemas import SessionOut
from services.api.sessions.service import sign_in_failed
from services.api.sessions.signed_in import SignedIn


def invitation_invalid() -> Problem:
    detail = "This invitation is not known, has expired, was revoked or was used: ask for another."
    return Problem(404, "invitation_invalid", "No such invitation", detail)


def invitation_of_another() -> Problem:
    detail = "This invitation is for another address than that of your account: sign out, then accept it."
    return Problem(403, "invitation_of_another", "For somebody else", detail)


def find_open(session: Session, platform: Platform, token: str) -> Invitation:
    """The invitation, whose tenant the transaction has entered. Raises the 404 problem."""
    hashed = token_hash(token, platform.settings.key_pepper, Purpose.INVITATION)
    row = invitations.find_open(session, hashed)
    if row is None:
        raise invitation_invalid()
    return row


def accept_signed_in(platform: Platform, request: Request, signed_in: SignedIn, token: str) -> SessionOut:
    """Add who is signed in to the tenant, and let its session enter it."""
    person = signed_in.person
    with platform.sessions.begin() as session:
        invitation = find_open(session, platform, token)
        enter_person(session, person.id)
        join(session, request, invitation, person)
        row = person_sessions.choose_tenant(session, signed_in.session.id, invitation.tenant_id)
        return service.show(session, platform, person, row, signed_in.secret)


def accept_with_password(
    platform: Platform, request: Request, response: Response, token: str, *, password: str, name: str | None
) -> SessionOut:
    """Sign in, or make the account of the invited address, and add it to the tenant.

    Raises the 401 problem where the account's password is another, 422 where a new one will not do.
    """
    with platform.sessions.begin() as session:
        email = find_open(session, platform, token).email
    take_attempt(platform, request, email)
    person, hashed = service.find_with_password(platform, email)
    if person is not None:
        if not passwords.verify(password, hashed):
            raise sign_in_failed()
        made = None
    else:
        reason = passwords.weakness(password, email)
        if reason is not None:
            raise weak_password(reason, "body.password")
        made = passwords.hash_password(password)
    with platform.sessions.begin() as session:
        invitation = find_open(session, platform, token)
        if person is None:
            person = people.create(session, email, name or email)
        enter_person(session, person.id)
        if made is not None:
            people.set_password(session, person.id, made)
        elif people.password_hash(session, person.id) != hashed:
            raise sign_in_failed()
        join(session, request, invitation, person)
        return service.begin(
            session, platform, request, response, person=person, tenant_id=invitation.tenant_id
        )


def join(session: Session, request: Request, invitation: Invitation, person: Person) -> None:
    """Use the invitation up; the transaction has entered its tenant and the person.

    Raises the 403 problem where it is for another address, `ConflictError` for who is in the tenant already.
    """
    if person.email != invitation.email:
        raise invitation_of_another()
    row = memberships.create(session, invitation.tenant_id, person.id, invitation.role)
    invitations.accept(session, invitation)
    actor = Actor("person", person.id, getattr(request.state, "request_id", None))
    details = {"role": invitation.role.value, "invitation_id": invitation.id, "person_id": person.id}
    audit.record(session, invitation.tenant_id, actor, "member.joined", row.id, **details)
