"""Bodies of the endpoints of members and invitations."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from cartridge_store.db.repositories.memberships import Member
from cartridge_store.db.tables import Invitation
from cartridge_store.keys import Scope
from cartridge_store.members import MemberRole
from services.api.sessions.schemas import Email, PasswordText, PersonOut, TokenText

_ROLES = (
    "`viewer`: looks and asks; `member`: makes, changes and deletes as well; `admin`: keys, members, audit log, usage "
    "too; `owner`: makes and unmakes owners. None is given by whoever has a lesser one."
)
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]

_INVITATION: JsonDict = {
    "object": "invitation",
    "id": "inv_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "email": "bob@example.com",
    "role": "member",
    "status": "open",
    "invited_by": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "created_at": "2026-11-24T09:00:00Z",
    "expires_at": "2026-12-01T09:00:00Z",
}


class MemberOut(BaseModel):
    """Somebody who is in the tenant."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "member",
                "id": "mem_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "person": {
                    "object": "person",
                    "id": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
                    "email": "ann@example.com",
                    "name": "Ann",
                },
                "role": "owner",
                "scopes": ["read", "write", "query", "admin"],
                "is_caller": True,
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["member"] = "member"
    id: str
    person: PersonOut
    role: MemberRole
    scopes: list[Scope] = Field(description="What the role is good for.")
    is_caller: bool = Field(description="Whether it is who asks.")
    created_at: datetime

    @classmethod
    def of(cls, member: Member, caller_id: str | None) -> "MemberOut":
        row = member.membership
        return cls(
            id=row.id,
            person=PersonOut.of(member.person),
            role=row.role,
            scopes=[scope for scope in Scope if scope in row.role.scopes],
            is_caller=row.person_id == caller_id,
            created_at=row.created_at,
        )


class MemberChangeIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"role": "viewer"}})

    role: MemberRole = Field(description=_ROLES)


class InvitationIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"email": "bob@example.com", "role": "member"}}
    )

    email: Email
    role: MemberRole = Field(MemberRole.MEMBER, description=_ROLES)


class InvitationOut(BaseModel):
    """An invitation; its secret was shown when it was made."""

    model_config = ConfigDict(json_schema_extra={"example": _INVITATION})

    object: Literal["invitation"] = "invitation"
    id: str
    email: str
    role: MemberRole
    status: Literal["open", "accepted", "revoked", "expired"]
    invited_by: str = Field(description="A person's or a key's id, or `operator`.")
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, row: Invitation) -> "InvitationOut":
        return cls(
            id=row.id,
            email=row.email,
            role=row.role,
            status=_status(row),
            invited_by=row.invited_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )


class NewInvitationOut(InvitationOut):
    """An invitation just made, with its secret: give it to the person, it is not shown again."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_INVITATION,
                "token": "kX3...",
                "link": "https://app.example/invitation#token=kX3...",
            }
        }
    )

    token: str
    link: str | None = Field(description="Where it is accepted; null where CARTRIDGES_PUBLIC_URL is not set.")

    @classmethod
    def with_token(cls, row: Invitation, token: str, public_url: str | None) -> "NewInvitationOut":
        # After the #: browsers keep that part to themselves, so it is in no server's log.
        link = None if public_url is None else f"{public_url}/invitation#token={token}"
        return cls(**InvitationOut.of(row).model_dump(), token=token, link=link)


class InvitationTokenIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"token": "kX3aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4wX5yZ6a"}},
    )

    token: TokenText


class InvitationPreviewOut(BaseModel):
    """What an invitation is to, for whoever holds its secret."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "invitation_preview",
                "tenant_name": "acme",
                "email": "bob@example.com",
                "role": "member",
                "expires_at": "2026-12-01T09:00:00Z",
            }
        }
    )

    object: Literal["invitation_preview"] = "invitation_preview"
    tenant_name: str
    email: str
    role: MemberRole
    expires_at: datetime


class AcceptanceIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "token": "kX3aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4wX5yZ6a",
                "name": "Bob",
                "password": "four words of chalk",
            }
        },
    )

    token: TokenText
    password: PasswordText | None = Field(
        None,
        description="The password of the invited address' account, or the one that a new account gets. Left out by "
        "who is signed in.",
    )
    name: PersonName | None = Field(None, description="Of a new account. Default: the address.")


def _status(row: Invitation) -> Literal["open", "accepted", "revoked", "expired"]:
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= datetime.now(UTC) else "open"
