"""HTTP of the audit log."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.repositories import audit
from cartridge_store.db.tables import AuditEntry
from services.api.access import Admin
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import documented

router = APIRouter(prefix="/v1/audit", tags=["administration"])


class AuditEntryOut(BaseModel):
    """One change."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "audit_entry",
                "id": "aud_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "actor": "key",
                "actor_id": "key_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "action": "corpus.created",
                "target_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "details": {"name": "Handbook 2026"},
                "request_id": "3f2b8c1e9a4d4f5f8a6b7c8d9e0f1a2b",
                "created_at": "2026-11-24T09:00:00Z",
            }
        }
    )

    object: Literal["audit_entry"] = "audit_entry"
    id: str
    actor: str = Field(description="`key`, `person`, `operator` or `trainer`.")
    actor_id: str | None = Field(
        description="The key's or the person's id, or the job's where the trainer acted."
    )
    action: str = Field(description="What was done to what, such as `corpus.created`.")
    target_id: str
    details: dict[str, Any]
    request_id: str | None = Field(description="Names the request in the logs.")
    created_at: datetime

    @classmethod
    def of(cls, row: AuditEntry) -> "AuditEntryOut":
        return cls(
            id=row.id,
            actor=row.actor,
            actor_id=row.actor_id,
            action=row.action,
            target_id=row.target_id,
            details=row.details,
            request_id=row.request_id,
            created_at=row.created_at,
        )


@router.get("", summary="Read the audit log", responses=documented())
def list_audit_entries(
    caller: Admin,
    platform: PlatformDep,
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    action: Annotated[
        str | None, Query(max_length=64, pattern=r"^[a-z_.]+$", description="Only this action.")
    ] = None,
    target: Annotated[
        str | None,
        Query(max_length=64, pattern=r"^[0-9a-z_]+$", description="Only what was done to this id."),
    ] = None,
) -> ListOut[AuditEntryOut]:
    """Every change of the tenant's things, newest first. Nobody can change or delete an entry."""
    with platform.rows_of(caller.tenant_id) as session:
        page = audit.list_page(
            session, caller.tenant_id, limit=limit, after=cursor, action=action, target_id=target
        )
        return page_out(
            [AuditEntryOut.of(row) for row in page.rows],
            [row.id for row in page.rows],
            has_more=page.has_more,
        )
