"""What a tenant may use, and how much of it is in use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import documents, usage
from cartridge_store.db.tables import (
    CartridgeKind,
    CartridgeRow,
    Corpus,
    Document,
    JobKind,
    JobState,
    QuotaRow,
    Table,
    TrainingJob,
)
from cartridge_store.quotas import Quota


def limits(session: Session, tenant_id: str, defaults: Mapping[Quota, int]) -> dict[Quota, int]:
    """Every quota of the tenant: what the operator has set, else the default."""
    # Those alone that this release knows: while releases change, the operator's may know more than the api's.
    known = QuotaRow.name.in_([quota.value for quota in Quota])
    rows = session.scalars(select(QuotaRow).where(QuotaRow.tenant_id == tenant_id, known))
    return {**defaults, **{Quota(row.name): row.amount for row in rows}}


def set_limit(session: Session, tenant_id: str, quota: Quota, amount: int | None) -> None:
    """The operator's word; None leaves the tenant to the default again."""
    if amount is None:
        mine = (QuotaRow.tenant_id == tenant_id, QuotaRow.name == quota.value)
        session.execute(delete(QuotaRow).where(*mine))
        return
    made = insert(QuotaRow).values(tenant_id=tenant_id, name=quota.value, amount=amount)
    session.execute(made.on_conflict_do_update(index_elements=["tenant_id", "name"], set_={"amount": amount}))


def hold(session: Session, tenant_id: str) -> None:
    """Keep others from using the tenant's room until the commit: two that ask at once must not both get the last."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"quota:{tenant_id}", 0))))


@dataclass(frozen=True)
class Overrun:
    """A quota that has no room for what is to be added."""

    quota: Quota
    limit: int
    used: float


def overrun(
    session: Session, tenant_id: str, defaults: Mapping[Quota, int], adding: Mapping[Quota, float]
) -> Overrun | None:
    """The first quota without room for what is added; None where all have it, which is kept until the commit."""
    hold(session, tenant_id)
    allowed = limits(session, tenant_id, defaults)
    for quota, amount in adding.items():
        in_use = used(session, tenant_id, quota) or 0.0
        if in_use + amount > allowed[quota]:
            return Overrun(quota, allowed[quota], in_use)
    return None


def used(session: Session, tenant_id: str, quota: Quota) -> float | None:
    """How much of the quota is in use; None where it is not the database that counts."""
    count = _COUNTS.get(quota)
    return None if count is None else count(session, tenant_id)


def _bytes(session: Session, tenant_id: str) -> float:
    of_documents = _sum(
        session, Document, tenant_id, func.sum(Document.size_bytes).filter(documents.takes_room())
    )
    return of_documents + _sum(session, CartridgeRow, tenant_id, func.sum(CartridgeRow.size_bytes))


def _corpora(session: Session, tenant_id: str) -> float:
    return _sum(session, Corpus, tenant_id, func.count())


def _jobs(session: Session, tenant_id: str) -> float:
    """Those that were ordered: previews, one a corpus, are counted by their seconds and bytes alone."""
    ordered = TrainingJob.kind == JobKind.TRAIN
    unfinished = TrainingJob.state.in_([JobState.QUEUED, JobState.RUNNING])
    return _sum(session, TrainingJob, tenant_id, func.count().filter(ordered, unfinished))


def _cartridges(session: Session, tenant_id: str) -> float:
    """A job that has not ended has its place among them already."""
    trained = CartridgeRow.kind == CartridgeKind.TRAINED
    return _sum(session, CartridgeRow, tenant_id, func.count().filter(trained)) + _jobs(session, tenant_id)


def _gpu_seconds(session: Session, tenant_id: str) -> float:
    month = clock.now(session).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return usage.total(session, tenant_id, usage.Kind.GPU_SECONDS, since=month)


def _sum(session: Session, table: type[Table], tenant_id: str, amount: ColumnElement[int]) -> float:
    tenant = table.__table__.c.tenant_id
    return float(session.scalar(select(amount).select_from(table).where(tenant == tenant_id)) or 0)


_COUNTS: Mapping[Quota, Callable[[Session, str], float]] = {
    Quota.BYTES: _bytes,
    Quota.CORPORA: _corpora,
    Quota.CARTRIDGES: _cartridges,
    Quota.CONCURRENT_JOBS: _jobs,
    Quota.GPU_SECONDS_MONTH: _gpu_seconds,
}
