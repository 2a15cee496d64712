"""Who is calling: an API key or a person's session, the tenant that it is for, and what it is good for there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from cartridge_store.db.repositories import api_keys, memberships, quotas
from cartridge_store.db.repositories.audit import Actor
from cartridge_store.db.scope import enter_tenant
from cartridge_store.keys import Scope, hash_key, key_prefix, matches
from cartridge_store.members import MemberRole
from cartridge_store.quotas import Quota
from cartridge_web.problems import Problem
from services.api.keys.verified import VerifiedKey
from services.api.limits.service import take_request
from services.api.platform import Platform, PlatformDep
from services.api.problems import not_found, scope_missing, tenant_missing, unauthenticated
from services.api.sessions.cookies import read_session
from services.api.sessions.forgery import check_page
from services.api.sessions.signed_in import cookie, find_signed_in

bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="ck_...",
    description="An API key: `cartridges key create`. Each operation names the scopes that it asks for.",
)

TenantHeader = Annotated[
    str | None,
    Header(
        max_length=64,
        description="The tenant that the request is for. Default: the key's, or the session's.",
    ),
]


@dataclass(frozen=True)
class Caller:
    """A key, or a person with its role in the tenant: one of `key_id` and `person_id` is None."""

    tenant_id: str
    key_id: str | None
    person_id: str | None
    role: MemberRole | None
    scopes: frozenset[Scope]
    limits: Mapping[Quota, int]
    request_id: str | None

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names it."""
        if self.person_id is not None:
            return Actor("person", self.person_id, self.request_id)
        return Actor("key", self.key_id, self.request_id)

    @property
    def standing(self) -> MemberRole:
        """The highest role that the caller may give: its own; a key that administers stands with admins."""
        if self.role is not None:
            return self.role
        return MemberRole.ADMIN if Scope.ADMIN in self.scopes else MemberRole.VIEWER


async def require_caller(
    needed: SecurityScopes,
    request: Request,
    platform: PlatformDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    _: Annotated[str | None, Depends(cookie)],
    x_tenant: TenantHeader = None,
) -> Caller:
    """The caller behind the request's API key or, where it has none, its session.

    Raises the 401 problem, 404 for a tenant that is not the caller's, 429 where the tenant has sent too many requests,
    403 where its scopes do not suffice, or where another site's page sent a change.
    """
    if credentials is None and read_session(request, platform.settings) is not None:
        caller = await run_in_threadpool(_person, platform, request, x_tenant)
    else:
        key = await _key(platform, credentials)
        if x_tenant not in {None, key.tenant_id}:
            raise not_found(f"The API key belongs to another tenant than {x_tenant}.")
        caller = Caller(
            tenant_id=key.tenant_id,
            key_id=key.id,
            person_id=None,
            role=None,
            scopes=key.scopes,
            limits=key.limits,
            request_id=getattr(request.state, "request_id", None),
        )
    await take_request(platform, request, caller.tenant_id, caller.limits[Quota.REQUESTS_MINUTE])
    for scope in needed.scopes:
        if scope not in caller.scopes:
            raise scope_missing(scope)
    return caller


async def _key(platform: Platform, credentials: HTTPAuthorizationCredentials | None) -> VerifiedKey:
    if credentials is None:
        raise unauthenticated("Send an API key as `Authorization: Bearer ck_...`, or sign in.")
    text = credentials.credentials
    known = platform.verified_keys.find(text)
    return known if known is not None else await run_in_threadpool(_verify, platform, text)


def _verify(platform: Platform, text: str) -> VerifiedKey:
    """Look a key up in the database. Raises the 401 problem."""
    prefix = key_prefix(text)
    if prefix is None:
        raise unauthenticated(
            "This is no API key. Keys begin with `ck_`; make one with `cartridges key create`."
        )
    begun = platform.verified_keys.now()
    with platform.sessions.begin() as session:
        row = api_keys.find_by_prefix(session, prefix)
        peppers = platform.settings.key_peppers
        pepper = matches(text, None if row is None else row.hash, *peppers)
        if row is None or pepper is None:
            raise unauthenticated("The API key is not known here.")
        # Only whoever holds the whole key learns what became of it.
        if row.revoked_at is not None:
            raise unauthenticated("The API key was revoked. Make another with `cartridges key create`.")
        if row.expires_at is not None and row.expires_at <= datetime.now(UTC):
            raise unauthenticated("The API key has expired. Make another with `cartridges key create`.")
        enter_tenant(session, row.tenant_id)
        api_keys.touch_last_used(session, row)
        if pepper != peppers[0]:
            api_keys.rehash(session, row, hash_key(text, peppers[0]))
        limits = quotas.limits(session, row.tenant_id, platform.settings.quota_defaults)
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    key = VerifiedKey(row.id, row.tenant_id, scopes, row.expires_at, limits)
    platform.verified_keys.keep(text, key, begun)
    return key


def _person(platform: Platform, request: Request, wanted_tenant: str | None) -> Caller:
    with platform.sessions.begin() as session:
        signed_in = find_signed_in(session, platform, request)
        check_page(platform, request, signed_in.secret)
        person_id = signed_in.person.id
        tenant_id = wanted_tenant or signed_in.session.active_tenant_id
        membership = None
        if tenant_id is not None:
            membership = memberships.of_person(session, tenant_id, person_id)
        if membership is None:
            raise tenant_missing() if wanted_tenant is None else no_such_tenant(wanted_tenant)
        enter_tenant(session, membership.tenant_id)
        return Caller(
            tenant_id=membership.tenant_id,
            key_id=None,
            person_id=person_id,
            role=membership.role,
            scopes=membership.role.scopes,
            limits=quotas.limits(session, membership.tenant_id, platform.settings.quota_defaults),
            request_id=signed_in.request_id,
        )


def no_such_tenant(tenant_id: str) -> Problem:
    """The 404 problem of a tenant that the person is not in, whether it is there or not."""
    return not_found(f"You are in no tenant {tenant_id}.")


AnyCaller = Annotated[Caller, Security(require_caller)]
Reader = Annotated[Caller, Security(require_caller, scopes=[Scope.READ])]
Writer = Annotated[Caller, Security(require_caller, scopes=[Scope.WRITE])]
Asker = Annotated[Caller, Security(require_caller, scopes=[Scope.QUERY])]
Admin = Annotated[Caller, Security(require_caller, scopes=[Scope.ADMIN])]
