"""Bodies of the account endpoints."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.tables import PersonSession
from services.api.sessions.schemas import PasswordText


class PasswordIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"current_password": "four words of chalk", "new_password": "five more words of chalk"}
        },
    )

    current_password: PasswordText | None = Field(
        None, description="Left out where the account has no password yet."
    )
    new_password: PasswordText = Field(description="12 characters or more.")


class BrowserOut(BaseModel):
    """A browser in which the person is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "browser",
                "id": "ses_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "current": True,
                "user_agent": "Mozilla/5.0 ...",
                "created_at": "2026-11-24T09:00:00Z",
                "last_used_at": "2026-11-24T09:30:00Z",
                "expires_at": "2026-12-01T09:00:00Z",
            }
        }
    )

    object: Literal["browser"] = "browser"
    id: str
    current: bool = Field(description="Whether it is the one that asks.")
    user_agent: str
    created_at: datetime
    last_used_at: datetime = Field(description="To within a minute.")
    expires_at: datetime

    @classmethod
    def of(cls, row: PersonSession, current_id: str) -> "BrowserOut":
        return cls(
            id=row.id,
            current=row.id == current_id,
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )
