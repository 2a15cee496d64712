"""Which job is the next: fair between tenants first, then by what is urgent to the tenant, then by age."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, ScalarSelect, Select, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

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

    A tenant with fewer jobs in workers' hands for its weight comes first; among equals the one whose last turn ended
    first: a turn is as short as the tenant's weight is large (start-time fair queueing), and whoever had no job
    meanwhile has saved up none. Among equals again the one that has waited longest since it was given a worker.
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
    weight = func.coalesce(_of_tenant(TenantTurn.weight), 1)
    ended = func.greatest(func.coalesce(_of_tenant(TenantTurn.turn_ends), 0.0), _present_turn())
    served = _of_tenant(TenantTurn.served_at)
    return query.order_by(
        cast(running, Double) / weight,
        ended,
        served.asc().nulls_first(),
        TrainingJob.priority.desc(),
        TrainingJob.id,
    )


def _of_tenant(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    return select(column).where(TenantTurn.tenant_id == TrainingJob.tenant_id).scalar_subquery()


def _present_turn() -> ScalarSelect[Any]:
    """Where the latest of all turns began."""
    other = aliased(TenantTurn)
    return select(func.coalesce(func.max(other.turn_begins), 0.0)).scalar_subquery()


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
    present = _present_turn()
    made = insert(TenantTurn).values(
        tenant_id=tenant_id, served_at=clock.now(session), turn_begins=present, turn_ends=present + 1.0
    )
    begins = func.greatest(TenantTurn.turn_ends, made.excluded.turn_begins)
    session.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id"],
            set_={
                "served_at": made.excluded.served_at,
                "turn_begins": begins,
                "turn_ends": begins + 1.0 / cast(TenantTurn.weight, Double),
            },
        )
    )


def set_weight(session: Session, tenant_id: str, weight: int) -> None:
    """The operator's word: so many workers for each one that a tenant of weight 1 is given."""
    made = insert(TenantTurn).values(tenant_id=tenant_id, weight=weight)
    session.execute(
        made.on_conflict_do_update(index_elements=["tenant_id"], set_={"weight": made.excluded.weight})
    )


def weights(session: Session) -> Mapping[str, int]:
    """The weights of tenants that have one of their own, by their ids, for the operator."""
    rows = session.execute(select(TenantTurn.tenant_id, TenantTurn.weight).where(TenantTurn.weight != 1))
    return {row.tenant_id: row.weight for row in rows}
