"""Bodies of the session endpoints, and what others say about people."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

from cartridge_store import passwords
from cartridge_store.db.repositories.memberships import Joined
from cartridge_store.db.tables import Person
from cartridge_store.keys import Scope
from cartridge_store.members import MemberRole

# ASCII alone: other characters have lower cases that meet, and two people must not have one address.
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+$",
    ),
]
PasswordText = Annotated[SecretStr, Field(min_length=1, max_length=passwords.MAX_LENGTH)]
# A path of this service's own pages: never another host.
OwnPath = Annotated[str, StringConstraints(max_length=500, pattern=r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$")]
TokenText = Annotated[SecretStr, Field(min_length=20, max_length=200)]

_TENANT: JsonDict = {
    "object": "joined_tenant",
    "id": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "name": "acme",
    "role": "owner",
}
_PERSON: JsonDict = {
    "object": "person",
    "id": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "email": "ann@example.com",
    "name": "Ann",
}
SESSION_EXAMPLE: JsonDict = {
    "object": "session",
    "id": "ses_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "person": _PERSON,
    "has_password": True,
    "tenant": _TENANT,
    "scopes": ["read", "write", "query", "admin"],
    "tenants": [_TENANT],
    "csrf_token": "3f0c9f...",
    "created_at": "2026-11-24T09:00:00Z",
    "expires_at": "2026-12-01T09:00:00Z",
}


class SignInIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"email": "ann@example.com", "password": "four words of chalk"}},
    )

    email: Email
    password: PasswordText


class ChosenTenantIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"tenant_id": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3"}}
    )

    tenant_id: str = Field(max_length=64, description="One of the session's `tenants`.")


class OidcStartIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"return_to": "/corpora"}})

    return_to: OwnPath = Field(
        "/",
        description="Where the browser goes in the end: a path here. What went wrong is told in its query, as "
        "`sign_in_error` with a problem's `code`.",
    )
    invitation_token: TokenText | None = Field(None, description="Accept this invitation with it.")


class OidcStartOut(BaseModel):
    """Where to send the browser."""

    model_config = ConfigDict(json_schema_extra={"example": {"authorization_url": "https://id.example/..."}})

    object: Literal["oidc_start"] = "oidc_start"
    authorization_url: str


class WaysOut(BaseModel):
    """How people sign in here."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"object": "ways_to_sign_in", "password": True, "oidc": "Example ID"}}
    )

    object: Literal["ways_to_sign_in"] = "ways_to_sign_in"
    password: bool = True
    oidc: str | None = Field(description="The OpenID provider's name; null where there is none.")


class PersonOut(BaseModel):
    """Somebody with an account."""

    model_config = ConfigDict(json_schema_extra={"example": _PERSON})

    object: Literal["person"] = "person"
    id: str
    email: str
    name: str

    @classmethod
    def of(cls, row: Person) -> "PersonOut":
        return cls(id=row.id, email=row.email, name=row.name)


class JoinedTenantOut(BaseModel):
    """A tenant that a person is in, and as what."""

    model_config = ConfigDict(json_schema_extra={"example": _TENANT})

    object: Literal["joined_tenant"] = "joined_tenant"
    id: str
    name: str
    role: MemberRole

    @classmethod
    def of(cls, joined: Joined) -> "JoinedTenantOut":
        return cls(id=joined.tenant.id, name=joined.tenant.name, role=joined.role)


class SessionOut(BaseModel):
    """A person in a browser; the session itself is in a cookie that no script reads."""

    model_config = ConfigDict(json_schema_extra={"example": SESSION_EXAMPLE})

    object: Literal["session"] = "session"
    id: str
    person: PersonOut
    has_password: bool = Field(description="False where the OpenID provider alone opens the account.")
    tenant: JoinedTenantOut | None = Field(description="The tenant that requests are for. Null: choose one.")
    scopes: list[Scope] = Field(description="What the person's role is good for in this tenant.")
    tenants: list[JoinedTenantOut] = Field(description="All that the person is in, by name.")
    csrf_token: str = Field(description="To be sent as `X-CSRF-Token` with whatever changes something.")
    created_at: datetime
    expires_at: datetime
