"""Who may use which cartridges: the api's signed grant on every request that generates."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from cartridge_store.grants import Grant, GrantedCartridge, GrantInvalidError, verify_grant
from services.inference.errors import CartridgeNotGrantedError

bearer = HTTPBearer(auto_error=False, description="A short-lived grant, signed by the api.")


def require_grant(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Grant:
    """The request's verified grant. Raises `GrantInvalidError`."""
    if credentials is None:
        raise GrantInvalidError("send the grant as `Authorization: Bearer ...`")
    return verify_grant(credentials.credentials, *request.app.state.settings.grant_secrets)


def granted_cartridges(grant: Grant, digests: list[str]) -> tuple[GrantedCartridge, ...]:
    """What the grant says about each of `digests`. Raises `CartridgeNotGrantedError`."""
    granted = {cartridge.digest: cartridge for cartridge in grant.cartridges}
    prefix = f"tenants/{grant.tenant_id}/"
    for digest in digests:
        if digest not in granted:
            raise CartridgeNotGrantedError(f"the grant does not name cartridge {digest}")
        if not granted[digest].object_key.startswith(prefix):
            raise CartridgeNotGrantedError(f"cartridge {digest} does not belong to the grant's tenant")
    return tuple(granted[digest] for digest in digests)
