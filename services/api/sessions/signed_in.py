"""Who holds the session whose cookie a request carries."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import people, person_sessions
from cartridge_store.db.repositories.audit import Actor
from cartridge_store.db.tables import Person, PersonSession
from cartridge_store.quotas import Quota
from cartridge_store.tokens import Purpose, token_hash
from services.api.limits.service import take_request
from services.api.platform import Platform, PlatformDep
from services.api.problems import session_invalid
from services.api.sessions.cookies import read_session
from services.api.sessions.forgery import check_page

cookie = APIKeyCookie(
    name="__Host-cartridges_session",
    scheme_name="Session",
    auto_error=False,
    description="The cookie of POST /v1/session (`cartridges_session` where there is no TLS). What changes something "
    "comes with the session's `csrf_token` as `X-CSRF-Token`, from a page of the same origin. `X-Tenant` names another "
    "tenant of the person's than the session's own, for one request.",
)


@dataclass(frozen=True)
class SignedIn:
    """A person and its session; both rows can be read and are not to be changed."""

    person: Person
    session: PersonSession
    secret: str
    request_id: str | None

    @property
    def actor(self) -> Actor:
        """The person as the audit log names it."""
        return Actor("person", self.person.id, self.request_id)


def look_for_signed_in(session: Session, platform: Platform, request: Request) -> SignedIn | None:
    """The person behind the request's cookie, whom the transaction has entered, or None where that opens nothing."""
    secret = read_session(request, platform.settings)
    if secret is None:
        return None
    hashed = token_hash(secret, platform.settings.key_pepper, Purpose.SESSION)
    row = person_sessions.find(session, hashed, platform.settings.session_idle)
    if row is None:
        return None
    person_sessions.touch(session, row)
    request_id = getattr(request.state, "request_id", None)
    return SignedIn(people.get(session, row.person_id), row, secret, request_id)


def find_signed_in(session: Session, platform: Platform, request: Request) -> SignedIn:
    """The same. Raises the 401 problem."""
    found = look_for_signed_in(session, platform, request)
    if found is None:
        raise session_invalid()
    return found


async def require_person(
    request: Request,
    platform: PlatformDep,
    _: Annotated[str | None, Depends(cookie)],
) -> SignedIn:
    """The person behind the request's cookie, in whatever tenant or none.

    Raises the 401 problem, 403 for a change that another site's page sent, 429 where there were too many requests.
    """
    found = await run_in_threadpool(_find, platform, request)
    check_page(platform, request, found.secret)
    limit = platform.settings.quota_defaults[Quota.REQUESTS_MINUTE]
    await take_request(platform, request, found.person.id, limit)
    return found


def _find(platform: Platform, request: Request) -> SignedIn:
    with platform.sessions.begin() as session:
        return find_signed_in(session, platform, request)


SignedInDep = Annotated[SignedIn, Depends(require_person)]
