"""Who is calling: the API key of every request, and the tenant it belongs to."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from cartridge_store.db.repositories import api_keys
from cartridge_store.db.scope import enter_tenant
from cartridge_store.keys import key_prefix, matches
from services.api.platform import PlatformDep
from services.api.problems import unauthenticated

bearer = HTTPBearer(
    auto_error=False, bearerFormat="ck_...", description="An API key: `cartridges key create`."
)


@dataclass(frozen=True)
class Caller:
    tenant_id: str
    key_id: str


def require_caller(
    platform: PlatformDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """The caller behind the request's API key. Raises the 401 problem."""
    if credentials is None:
        raise unauthenticated("Send an API key as `Authorization: Bearer ck_...`.")
    prefix = key_prefix(credentials.credentials)
    if prefix is None:
        raise unauthenticated(
            "This is no API key. Keys begin with `ck_`; make one with `cartridges key create`."
        )
    with platform.sessions.begin() as session:
        row = api_keys.find_by_prefix(session, prefix)
        if row is None or not matches(credentials.credentials, row.hash, platform.settings.key_pepper):
            raise unauthenticated("The API key is not known here.")
        if row.revoked_at is not None:
            raise unauthenticated("The API key was revoked. Make another with `cartridges key create`.")
        enter_tenant(session, row.tenant_id)
        api_keys.touch_last_used(session, row.tenant_id, row.id)
        return Caller(row.tenant_id, row.id)


CallerDep = Annotated[Caller, Depends(require_caller)]
