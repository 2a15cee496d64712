"""Which job is the next: fair between tenants first, then by what is urgent to the tenant, then by age."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from cartridge_store.db import clock
from cartridge_store.db.tables import JobState, TenantTurn, TrainingJob

# Any number that nothing else locks.
_CLAIMING = 7_410_501


def due(now: datetime) -> ColumnElement[bool]:
    """Jobs that a worker may take: queued and not to be waited for, or left by a worker that fell silent."""
    ready = TrainingJob.not_before.is_(None) | (TrainingJob.not_before <= now)
    abandoned = (TrainingJob.state == JobState.RUNNING) & (TrainingJob.lease_expires_at < now)
    return ((TrainingJob.state == JobState.QUEUED) & ready) | abandoned


def in_turn(query: Select[TrainingJob], now: datetime) -> Select[TrainingJob]:
    """The query's jobs in the order in which workers should take them.

    A tenant with fewer jobs in workers' hands comes first; among equals the one that has waited longest since it was
    given a worker.
    """
    other = aliased(TrainingJob)
    running = (
        select(func.count())
        .where(
            other.tenant_id == TrainingJob.tenant_id,
            other.state == JobState.RUNNING,
            other.lease_expires_at >= now,
        )
        .scalar_subquery()
    )
    served = (
        select(TenantTurn.served_at).where(TenantTurn.tenant_id == TrainingJob.tenant_id).scalar_subquery()
    )
    return query.order_by(running, served.asc().nulls_first(), TrainingJob.priority.desc(), TrainingJob.id)


def take(session: Session) -> TrainingJob | None:
    """The next job that is due, locked. Until the commit nobody else takes one, so that all see whose turn it is."""
    session.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
    now = clock.now(session)
    query = in_turn(select(TrainingJob).where(due(now)), now).limit(1)
    return session.scalars(query.with_for_update(of=TrainingJob, skip_locked=True)).first()


def are_due(session: Session) -> bool:
    """Whether a job waits for a worker."""
    return session.scalar(select(TrainingJob.id).where(due(clock.now(session))).limit(1)) is not None


def note(session: Session, tenant_id: str) -> None:
    """The tenant has been given a worker. The session must have entered it."""
    made = insert(TenantTurn).values(tenant_id=tenant_id, served_at=clock.now(session))
    session.execute(
        made.on_conflict_do_update(index_elements=["tenant_id"], set_={"served_at": made.excluded.served_at})
    )
