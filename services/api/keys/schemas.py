"""Bodies of the key endpoints."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from cartridge_store.db.tables import ApiKey
from cartridge_store.keys import Scope
from services.api.corpora.schemas import Name

_DAY = 24 * 3600
_EXAMPLE: JsonDict = {
    "object": "api_key",
    "id": "key_01j9z3k4m5n6p7q8r9s0t1v2w3",
    "name": "nightly import",
    "prefix": "bq4mxw7k2h",
    "scopes": ["read", "write"],
    "status": "active",
    "created_at": "2026-11-24T09:00:00Z",
    "last_used_at": "2026-11-24T09:30:00Z",
    "expires_at": None,
    "revoked_at": None,
    "replaces": None,
}


def _in_the_future(value: datetime) -> datetime:
    if value <= datetime.now(UTC):
        raise ValueError("must lie in the future")
    return value


class KeyIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "nightly import", "scopes": ["read", "write"]}},
    )

    name: Name
    scopes: list[Scope] = Field(
        [Scope.READ, Scope.WRITE, Scope.QUERY],
        min_length=1,
        max_length=len(Scope),
        description="`read`: look at things; `write`: make, change and delete them; `query`: chat; `admin`: keys, "
        "audit log, usage. None includes another.",
    )
    expires_at: Annotated[AwareDatetime, AfterValidator(_in_the_future)] | None = Field(
        None, description="When the key stops to work. Default: never."
    )


class RotationIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"grace_seconds": 3600}})

    grace_seconds: int = Field(
        _DAY,
        ge=0,
        le=30 * _DAY,
        description="How long the old key works on, so that its users can change over.",
    )


class KeyOut(BaseModel):
    """An API key; its text was shown when it was made."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    object: Literal["api_key"] = "api_key"
    id: str
    name: str
    prefix: str = Field(description="The ten characters after `ck_`.")
    scopes: list[Scope]
    status: Literal["active", "expired", "revoked"]
    created_at: datetime
    last_used_at: datetime | None = Field(description="To within a minute.")
    expires_at: datetime | None
    revoked_at: datetime | None
    replaces: str | None = Field(description="The key that was rotated into this one.")

    @classmethod
    def of(cls, row: ApiKey) -> "KeyOut":
        return cls(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            scopes=[Scope(scope) for scope in row.scopes],
            status=_status(row),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            replaces=row.replaces,
        )


class NewKeyOut(KeyOut):
    """An API key just made, with its text: keep it, it is not shown again."""

    model_config = ConfigDict(json_schema_extra={"example": {**_EXAMPLE, "key": "ck_bq4mxw7k2h_3kX..."}})

    key: str

    @classmethod
    def with_text(cls, row: ApiKey, text: str) -> "NewKeyOut":
        return cls(**KeyOut.of(row).model_dump(), key=text)


def _status(row: ApiKey) -> Literal["active", "expired", "revoked"]:
    if row.revoked_at is not None:
        return "revoked"
    ended = row.expires_at is not None and row.expires_at <= datetime.now(UTC)
    return "expired" if ended else "active"
