"""Events of a training job, numbered from 1 without holes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
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
