"""Who is calling: the API key of every request, the tenant it belongs to, and what it is good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from cartridge_store.db.repositories import api_keys, quotas
from cartridge_store.db.repositories.audit import Actor
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import ApiKey
from cartridge_store.keys import Scope, key_prefix, matches
from cartridge_store.quotas import Quota
from services.api.limits.service import take_request
from services.api.platform import Platform, PlatformDep
from services.api.problems import scope_missing, unauthenticated

bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="ck_...",
    description="An API key: `cartridges key create`. Each operation names the scopes that it asks of a key.",
)


@dataclass(frozen=True)
class Caller:
    tenant_id: str
    key_id: str
    scopes: frozenset[Scope]
    limits: Mapping[Quota, int]
    request_id: str | None

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names it."""
        return Actor("key", self.key_id, self.request_id)


def require_caller(
    needed: SecurityScopes,
    request: Request,
    platform: PlatformDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The caller behind the request's API key.

    Raises the 401 problem, 429 where its tenant has sent too many requests, 403 where its scopes do not suffice.
    """
    row, limits = _key_of(platform, credentials)
    take_request(platform, request, row.tenant_id, limits[Quota.REQUESTS_MINUTE])
    caller = Caller(
        tenant_id=row.tenant_id,
        key_id=row.id,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        limits=limits,
        request_id=getattr(request.state, "request_id", None),
    )
    for scope in needed.scopes:
        if scope not in caller.scopes:
            raise scope_missing(scope)
    return caller


def _key_of(
    platform: Platform, credentials: HTTPAuthorizationCredentials | None
) -> tuple[ApiKey, Mapping[Quota, int]]:
    """The key's row, and what its tenant may use."""
    if credentials is None:
        raise unauthenticated("Send an API key as `Authorization: Bearer ck_...`.")
    prefix = key_prefix(credentials.credentials)
    if prefix is None:
        raise unauthenticated(
            "This is no API key. Keys begin with `ck_`; make one with `cartridges key create`."
        )
    with platform.sessions.begin() as session:
        row = api_keys.find_by_prefix(session, prefix)
        pepper = platform.settings.key_pepper
        known = matches(credentials.credentials, None if row is None else row.hash, pepper)
        if row is None or not known:
            raise unauthenticated("The API key is not known here.")
        # Only whoever holds the whole key learns what became of it.
        if row.revoked_at is not None:
            raise unauthenticated("The API key was revoked. Make another with `cartridges key create`.")
        if row.expires_at is not None and row.expires_at <= datetime.now(UTC):
            raise unauthenticated("The API key has expired. Make another with `cartridges key create`.")
        enter_tenant(session, row.tenant_id)
        api_keys.touch_last_used(session, row)
        return row, quotas.limits(session, row.tenant_id, platform.settings.quota_defaults)


AnyCaller = Annotated[Caller, Security(require_caller)]
Reader = Annotated[Caller, Security(require_caller, scopes=[Scope.READ])]
Writer = Annotated[Caller, Security(require_caller, scopes=[Scope.WRITE])]
Asker = Annotated[Caller, Security(require_caller, scopes=[Scope.QUERY])]
Admin = Annotated[Caller, Security(require_caller, scopes=[Scope.ADMIN])]
