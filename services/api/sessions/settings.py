"""How people sign in with browsers, from CARTRIDGES_* variables."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings

from cartridge_store.settings import CONFIG

_HOUR = 3600
_DAY = 24 * _HOUR

Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/*\s]+$")]


class SignInSettings(BaseSettings):
    """Sessions, invitations, limits on attempts, and the OpenID provider if there is one."""

    model_config = CONFIG

    public_url: Annotated[
        Origin | None,
        Field(description="Where browsers find the dashboard and, under /v1, this api: https://app.example."),
    ] = None
    session_seconds: Annotated[int, Field(ge=60, le=90 * _DAY)] = 7 * _DAY
    session_idle_seconds: Annotated[
        int, Field(ge=120, le=90 * _DAY, description="A session that nobody uses for so long has ended.")
    ] = 12 * _HOUR
    invitation_seconds: Annotated[int, Field(ge=60, le=90 * _DAY)] = 7 * _DAY
    sign_ins_account: Annotated[
        int, Field(ge=1, description="Attempts to sign in to one account in five minutes.")
    ] = 10
    sign_ins_address: Annotated[int, Field(ge=1, description="The same from one network address.")] = 50
    oidc_issuer: Annotated[str | None, StringConstraints(max_length=500)] = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: Annotated[str, Field(min_length=1, max_length=60, description="As people know it.")] = (
        "single sign-on"
    )

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if self.oidc_client_id is None or self.public_url is None:
            raise ValueError("oidc_issuer needs oidc_client_id and public_url as well")
        if not is_trustworthy(self.oidc_issuer):
            raise ValueError("oidc_issuer must be an https:// URL (http:// on loopback alone)")
        return self

    @property
    def session_lifetime(self) -> timedelta:
        return timedelta(seconds=self.session_seconds)

    @property
    def session_idle(self) -> timedelta:
        return timedelta(seconds=self.session_idle_seconds)

    @property
    def invitation_lifetime(self) -> timedelta:
        return timedelta(seconds=self.invitation_seconds)

    @property
    def is_behind_tls(self) -> bool:
        return self.public_url is not None and self.public_url.startswith("https://")


def is_trustworthy(url: str) -> bool:
    """Whether secrets may go to `url`: over TLS, or not over a network at all."""
    parts = urlsplit(url)
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
