"""Events of a training job, numbered from 1 without holes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, Integer, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.storable import storable_json
from cartridge_store.db.tables import JobEvent, TrainingJob
from cartridge_store.errors import NotFoundError


def append(session: Session, job_id: str, tenant_id: str, type_: str, data: Mapping[str, Any]) -> int:
    """Append an event; its number. Counting up in the job's row keeps others waiting until the commit.

    Raises `NotFoundError`.
    """
    count = (
        update(TrainingJob)
        .where(TrainingJob.id == job_id, TrainingJob.tenant_id == tenant_id)
        .values(last_event=TrainingJob.last_event + 1)
        .returning(TrainingJob.last_event)
        .execution_options(synchronize_session=False)
    )
    seq = session.execute(count).scalar_one_or_none()
    if seq is None:
        raise NotFoundError(f"there is no training job {job_id}")
    session.add(JobEvent(job_id=job_id, seq=seq, tenant_id=tenant_id, type=type_, data=storable_json(data)))
    session.flush()
    return seq


def list_after(session: Session, tenant_id: str, job_id: str, seq: int, limit: int) -> list[JobEvent]:
    """At most `limit` events that came after number `seq`, oldest first."""
    query = (
        select(JobEvent)
        .where(JobEvent.job_id == job_id, JobEvent.tenant_id == tenant_id, JobEvent.seq > seq)
        .order_by(JobEvent.seq)
        .limit(limit)
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class EventPage:
    rows: list[JobEvent]
    has_more: bool


@dataclass(frozen=True)
class CurvePoint:
    """Steps after the point before up to `step`: mean, least and largest loss (nats a token), mean tokens/s."""

    step: int
    loss: float
    least: float
    largest: float
    tokens_per_second: float
    learning_rate: float


def list_before(
    session: Session,
    tenant_id: str,
    job_id: str,
    *,
    limit: int,
    before: int | None = None,
    types: Sequence[str] = (),
) -> EventPage:
    """At most `limit` events before number `before`, newest first; of `types` alone where they are given."""
    query = select(JobEvent).where(JobEvent.job_id == job_id, JobEvent.tenant_id == tenant_id)
    if before is not None:
        query = query.where(JobEvent.seq < before)
    if types:
        query = query.where(JobEvent.type.in_(types))
    rows = list(session.scalars(query.order_by(JobEvent.seq.desc()).limit(limit + 1)))
    return EventPage(rows[:limit], len(rows) > limit)


def list_of_type(session: Session, tenant_id: str, job_id: str, type_: str) -> list[JobEvent]:
    """All events of a type that comes a few times in an attempt, oldest first."""
    query = select(JobEvent).where(
        JobEvent.job_id == job_id, JobEvent.tenant_id == tenant_id, JobEvent.type == type_
    )
    return list(session.scalars(query.order_by(JobEvent.seq)))


@dataclass(frozen=True)
class ValidationPoint:
    """The loss on the validation conversations after `step` steps, nats a token."""

    step: int
    loss: float


def validation_curve(session: Session, tenant_id: str, job_id: str) -> list[ValidationPoint]:
    """The validation loss by training step; of a step that several attempts have measured the last counts."""
    step = JobEvent.data["validated_step"].astext.cast(Integer)
    query = (
        select(step, JobEvent.data["validation_loss"].astext.cast(Float))
        .where(
            JobEvent.job_id == job_id,
            JobEvent.tenant_id == tenant_id,
            JobEvent.type == "progress",
            JobEvent.data["stage"].astext == "train",
            step.is_not(None),
        )
        .ext(distinct_on(step))
        .order_by(step, JobEvent.seq.desc())
    )
    return [ValidationPoint(*row) for row in session.execute(query)]


def loss_curve(session: Session, tenant_id: str, job_id: str, points: int) -> list[CurvePoint]:
    """The loss by training step, in at most `points` points however many steps were told.

    Of a step that several attempts have made the last counts: it is the one that training went on from.
    """
    step = JobEvent.data["step"].astext.cast(Integer)
    told = (
        select(
            step.label("step"),
            *(
                JobEvent.data[name].astext.cast(Float).label(name)
                for name in ("loss", "tokens_per_second", "learning_rate")
            ),
        )
        .where(
            JobEvent.job_id == job_id,
            JobEvent.tenant_id == tenant_id,
            JobEvent.type == "progress",
            JobEvent.data["stage"].astext == "train",
        )
        .ext(distinct_on(step))
        .order_by(step, JobEvent.seq.desc())
        .cte("told")
    )
    count = select(func.count()).select_from(told).scalar_subquery()
    numbered = select(
        told, (func.row_number().over(order_by=told.c.step) - 1).label("place"), count.label("count")
    ).subquery()
    # As many told steps in each point, but for one.
    bucket = numbered.c.place * func.least(points, numbered.c.count) // numbered.c.count
    query = (
        select(
            func.max(numbered.c.step),
            func.avg(numbered.c.loss),
            func.min(numbered.c.loss),
            func.max(numbered.c.loss),
            func.avg(numbered.c.tokens_per_second),
            func.min(numbered.c.learning_rate),
        )
        .group_by(bucket)
        .order_by(func.max(numbered.c.step))
    )
    return [CurvePoint(*row) for row in session.execute(query)]
