"""The audit log: who changed what, written in the transaction of the change, and never changed itself."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.repositories.storable import storable_json
from cartridge_store.db.tables import AuditEntry
from cartridge_store.ids import new_id


@dataclass(frozen=True)
class Actor:
    """Who acts: an API key or a person by their id, the operator at the database, or the trainer for a job."""

    kind: Literal["key", "person", "operator", "trainer"]
    id: str | None = None
    request_id: str | None = None


OPERATOR = Actor("operator")
_TABLE = cast(Table, AuditEntry.__table__)


def record(
    session: Session,
    tenant_id: str,
    actor: Actor,
    action: str,
    target_id: str,
    **details: Any,
) -> None:
    """Write down that `actor` did `action` (`corpus.created`) to `target_id`; `details` hold no document text."""
    # Reading nothing back: the trainer may write the log and not read it.
    session.execute(
        insert(_TABLE).values(
            id=new_id("aud"),
            tenant_id=tenant_id,
            actor=actor.kind,
            actor_id=actor.id,
            action=action,
            target_id=target_id,
            details=storable_json(details),
            request_id=actor.request_id,
        )
    )


def list_page(
    session: Session,
    tenant_id: str,
    *,
    limit: int,
    after: str | None = None,
    action: str | None = None,
    target_id: str | None = None,
) -> Page[AuditEntry]:
    """Entries newest first, of one action or about one thing where asked for."""
    query = select(AuditEntry).where(AuditEntry.tenant_id == tenant_id)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if target_id is not None:
        query = query.where(AuditEntry.target_id == target_id)
    return read_page(session, query, AuditEntry.id, limit=limit, after=after)
