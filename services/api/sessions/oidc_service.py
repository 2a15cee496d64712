"""Signing in through the OpenID provider: what the browser keeps on its way, and whose account it comes back to."""

import base64
import hmac
import secrets
import time

import structlog
from fastapi import Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import people, person_sessions
from cartridge_store.db.scope import enter_person
from cartridge_store.db.tables import Person
from cartridge_store.sealing import SealBrokenError, seal, unseal
from cartridge_web.problems import Problem
from services.api.members.acceptance import find_open, invitation_of_another, join
from services.api.platform import Platform
from services.api.problems import not_found
from services.api.sessions import service
from services.api.sessions.cookies import FLOW_SECONDS
from services.api.sessions.oidc import Claims, OidcProvider, OidcRefusedError, OidcUnavailableError
from services.api.sessions.schemas import OidcStartIn, SessionOut

_PURPOSE = "oidc-flow"

log = structlog.get_logger(__name__)


class Flow(BaseModel):
    """What the browser keeps, sealed, between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    return_to: str
    invitation: str | None
    ends_at: float


def no_provider() -> Problem:
    return not_found("No OpenID provider is set up here; sign in with a password.")


def oidc_unavailable() -> Problem:
    detail = "The OpenID provider does not answer. Try again shortly, or sign in with a password."
    return Problem(503, "oidc_unavailable", "Provider unavailable", detail, {"Retry-After": "5"})


def oidc_state_invalid() -> Problem:
    detail = "This browser has not begun to sign in, or it took more than ten minutes: begin again."
    return Problem(400, "oidc_state_invalid", "Not begun here", detail)


def oidc_refused() -> Problem:
    detail = "The OpenID provider did not say who you are: you declined, or its answer does not hold."
    return Problem(403, "oidc_refused", "Not signed in", detail)


def oidc_email_unverified() -> Problem:
    detail = "The OpenID provider does not vouch for your e-mail address, so it opens no account here."
    return Problem(403, "oidc_email_unverified", "Address not verified", detail)


def oidc_person_unknown() -> Problem:
    detail = "You have no account here. Ask for an invitation, and sign in from its link."
    return Problem(403, "oidc_person_unknown", "No account", detail)


def provider_of(platform: Platform) -> OidcProvider:
    """Raises the 404 problem where there is none."""
    if platform.oidc is None:
        raise no_provider()
    return platform.oidc


def start(platform: Platform, body: OidcStartIn) -> tuple[str, str]:
    """Where to send the browser, and what it is to keep. Raises the 503 problem."""
    provider = provider_of(platform)
    flow = Flow(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        return_to=body.return_to,
        invitation=None if body.invitation_token is None else body.invitation_token.get_secret_value(),
        ends_at=time.time() + FLOW_SECONDS,
    )
    try:
        url = provider.authorization_url(state=flow.state, nonce=flow.nonce, verifier=flow.verifier)
    except OidcUnavailableError as error:
        log.warning("oidc_unavailable", detail=str(error))
        raise oidc_unavailable() from error
    sealed = seal(flow.model_dump_json().encode(), platform.settings.key_pepper, _PURPOSE)
    return url, base64.urlsafe_b64encode(sealed).decode()


def read_flow(platform: Platform, kept: str | None, state: str | None) -> Flow:
    """What this browser began. Raises the 400 problem unless `state` is its own."""
    try:
        sealed = base64.urlsafe_b64decode((kept or "").encode())
        flow = Flow.model_validate_json(unseal(sealed, _PURPOSE, *platform.settings.key_peppers))
    except (ValueError, ValidationError, SealBrokenError) as error:
        raise oidc_state_invalid() from error
    if flow.ends_at < time.time() or not hmac.compare_digest((state or "").encode(), flow.state.encode()):
        raise oidc_state_invalid()
    return flow


def finish(
    platform: Platform,
    request: Request,
    response: Response,
    flow: Flow,
    *,
    code: str | None,
    issuer: str | None,
) -> SessionOut:
    """A session for whom the provider says it is. Raises problems that say why there is none."""
    provider = provider_of(platform)
    # RFC 9207: an answer of another provider, mixed up with this one's.
    if code is None or issuer not in {None, provider.issuer}:
        raise oidc_refused()
    try:
        claims = provider.claims(code, verifier=flow.verifier, nonce=flow.nonce)
    except OidcRefusedError as error:
        log.warning("oidc_refused", detail=str(error))
        raise oidc_refused() from error
    except OidcUnavailableError as error:
        log.warning("oidc_unavailable", detail=str(error))
        raise oidc_unavailable() from error
    with platform.sessions.begin() as session:
        person, tenant_id = _person(
            session, platform, request, provider.issuer, claims, token=flow.invitation
        )
        return service.begin(session, platform, request, response, person=person, tenant_id=tenant_id)


def _person(
    session: Session, platform: Platform, request: Request, issuer: str, claims: Claims, *, token: str | None
) -> tuple[Person, str | None]:
    """Whose account it is, whom the transaction has entered, and the tenant that an invitation adds it to."""
    invitation = None if token is None else find_open(session, platform, token)
    person = people.find_by_identity(session, issuer, claims.sub)
    if person is None:
        email = _vouched(claims)
        person = people.find_by_email(session, email)
        if person is not None:
            _take_over(session, request, person)
        elif invitation is None:
            raise oidc_person_unknown()
        elif invitation.email != email:
            raise invitation_of_another()
        else:
            person = people.create(session, email, (claims.name or email)[:100])
        people.link_identity(session, person.id, issuer, claims.sub)
    if token is None:
        return person, None
    # Again: writing into the audit logs of other tenants has left the invitation's.
    invitation = find_open(session, platform, token)
    join(session, request, invitation, person)
    return person, invitation.tenant_id


def _take_over(session: Session, request: Request, person: Person) -> None:
    """From now on the provider opens this account.

    Nobody has shown yet that its password was set by who owns the address: it goes, with the sessions that it began.
    """
    enter_person(session, person.id)
    person_sessions.end_all(session, person.id)
    service.record_everywhere(session, request, person.id, action="identity.linked", target_id=person.id)
    if people.remove_password(session, person.id):
        service.record_everywhere(session, request, person.id, action="password.removed", target_id=person.id)


def _vouched(claims: Claims) -> str:
    """The address that the provider vouches for, as accounts have it."""
    email = (claims.email or "").strip()
    if not claims.email_verified or not email.isascii() or "@" not in email:
        raise oidc_email_unverified()
    return email.lower()
