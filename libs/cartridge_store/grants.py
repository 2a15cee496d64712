"""Grants: what the api allows inference to do for one request, signed and short-lived."""

import time

import jwt
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from cartridge_store.errors import GrantInvalidError

GRANT_SECONDS = 60
_ALGORITHM = "HS256"

__all__ = ["GRANT_SECONDS", "Grant", "GrantInvalidError", "GrantedCartridge", "sign_grant", "verify_grant"]


class GrantedCartridge(BaseModel):
    model_config = ConfigDict(frozen=True)

    digest: str
    object_key: str
    size_bytes: int


class Grant(BaseModel):
    """A tenant and the cartridges that it may use in this request."""

    model_config = ConfigDict(frozen=True)

    tenant_id: str
    cartridges: tuple[GrantedCartridge, ...] = ()


def sign_grant(grant: Grant, secret: SecretStr, *, seconds: int = GRANT_SECONDS) -> str:
    """The grant as a JWT that ends after `seconds`."""
    now = int(time.time())
    claims = {
        "sub": grant.tenant_id,
        "cartridges": [cartridge.model_dump() for cartridge in grant.cartridges],
        "iat": now,
        "exp": now + seconds,
    }
    return jwt.encode(claims, secret.get_secret_value(), algorithm=_ALGORITHM)


def verify_grant(token: str, *secrets: SecretStr) -> Grant:
    """The grant behind a JWT that is signed with one of `secrets`. Raises `GrantInvalidError`."""
    *others, last = secrets
    for secret in others:
        try:
            return _verify(token, secret)
        except GrantInvalidError as error:
            if not isinstance(error.__cause__, jwt.InvalidSignatureError):
                raise
    return _verify(token, last)


def _verify(token: str, secret: SecretStr) -> Grant:
    try:
        claims = jwt.decode(
            token,
            secret.get_secret_value(),
            algorithms=[_ALGORITHM],
            # A clock behind the api's would find fresh grants not valid yet; their end is what limits them.
            options={"require": ["sub", "exp", "iat"], "verify_iat": False},
        )
        return Grant(tenant_id=claims["sub"], cartridges=claims.get("cartridges", ()))
    except jwt.ExpiredSignatureError as error:
        raise GrantInvalidError("the grant has expired") from error
    except (jwt.InvalidTokenError, ValidationError) as error:
        raise GrantInvalidError(f"the grant is not valid: {error}") from error
