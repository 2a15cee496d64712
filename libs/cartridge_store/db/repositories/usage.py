"""What tenants have used, each piece under the name of what used it: written twice, it is still counted once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Date as SqlDate
from sqlalchemy import DateTime, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cartridge_store.db.tables import UsageRow


class Kind(StrEnum):
    """What is counted: tokens, requests, or seconds in which a job holds a worker."""

    REQUESTS = "requests"
    PROMPT_TOKENS = "prompt_tokens"
    CARTRIDGE_TOKENS = "cartridge_tokens"
    COMPLETION_TOKENS = "completion_tokens"
    SYNTHESIS_TOKENS = "synthesis_tokens"
    GPU_SECONDS = "gpu_seconds"


@dataclass(frozen=True)
class DayUsage:
    """What was used of one kind on one day (UTC); days without use have no entry."""

    day: date
    kind: Kind
    amount: float


def record(session: Session, tenant_id: str, source: str, amounts: Mapping[Kind, float]) -> None:
    """Count what `source` has used, once: for a source that was counted before nothing changes."""
    rows = [
        {"tenant_id": tenant_id, "source": source, "kind": kind.value, "amount": amount}
        for kind, amount in amounts.items()
        if amount > 0
    ]
    if rows:
        session.execute(insert(UsageRow).values(rows).on_conflict_do_nothing())


def put(session: Session, tenant_id: str, source: str, kind: Kind, amount: float) -> None:
    """What `source` has used so far, all in all; its day is that of the first word."""
    made = insert(UsageRow).values(tenant_id=tenant_id, source=source, kind=kind.value, amount=amount)
    session.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "source", "kind"], set_={"amount": made.excluded.amount}
        )
    )


def put_elapsed(session: Session, tenant_id: str, source: str) -> None:
    """GPU seconds of `source` since the first call for it, by the database's clock; set back, it takes none away."""
    elapsed = func.extract("epoch", func.clock_timestamp(type_=DateTime(timezone=True)) - UsageRow.created_at)
    made = insert(UsageRow).values(
        tenant_id=tenant_id, source=source, kind=Kind.GPU_SECONDS.value, amount=0.0,
        created_at=func.clock_timestamp(),
    )  # fmt: skip
    session.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "source", "kind"],
            set_={"amount": func.greatest(UsageRow.amount, elapsed)},
        )
    )


def total(session: Session, tenant_id: str, kind: Kind, *, since: datetime) -> float:
    query = select(func.sum(UsageRow.amount)).where(
        UsageRow.tenant_id == tenant_id, UsageRow.kind == kind.value, UsageRow.created_at >= since
    )
    return float(session.scalar(query) or 0.0)


def of_job(session: Session, tenant_id: str, job_id: str, kind: Kind) -> float:
    """What a job has used so far, all its attempts and everybody who helped it together."""
    query = select(func.sum(UsageRow.amount)).where(
        UsageRow.tenant_id == tenant_id,
        UsageRow.kind == kind.value,
        UsageRow.source.startswith(f"{job_id}:", autoescape=True),
    )
    return float(session.scalar(query) or 0.0)


def by_day(session: Session, tenant_id: str, first: date, last: date) -> list[DayUsage]:
    """Use of each kind on the days from `first` to `last`, both included, oldest first."""
    day = cast(func.timezone("UTC", UsageRow.created_at), SqlDate)
    begin = datetime.combine(first, time.min, UTC)
    end = datetime.combine(last, time.min, UTC) + timedelta(days=1)
    query = (
        select(day, UsageRow.kind, func.sum(UsageRow.amount))
        .where(UsageRow.tenant_id == tenant_id, UsageRow.created_at >= begin, UsageRow.created_at < end)
        .group_by(day, UsageRow.kind)
        .order_by(day, UsageRow.kind)
    )
    return [DayUsage(found, Kind(kind), float(amount)) for found, kind, amount in session.execute(query)]
