"""What waits to be done, over all tenants: for the operator's eyes, in numbers alone."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.tables import JobState, ObjectDeletion, TrainingJob


@dataclass(frozen=True)
class Backlog:
    """Unfinished training jobs, and objects to delete. Ages are in seconds, 0 where there is nothing of the kind."""

    queued: int
    running: int
    oldest_unbegun_seconds: float
    """Since the creation of the oldest job that no worker has begun."""
    oldest_begun_seconds: float
    """Since the begin of the unfinished job that was begun first, all its attempts together."""
    most_attempts: int
    expired_leases: int
    """Running jobs whose workers have fallen silent."""
    deletions: int
    oldest_deletion_seconds: float
    """For how long the most overdue deletion has been due."""


def look(session: Session) -> Backlog:
    """The backlog as the session's role sees it: a worker's sees all unfinished jobs and all deletions."""
    now = clock.now(session)
    is_running = TrainingJob.state == JobState.RUNNING
    jobs = session.execute(
        select(
            func.count().filter(TrainingJob.state == JobState.QUEUED),
            func.count().filter(is_running),
            func.min(TrainingJob.created_at).filter(TrainingJob.started_at.is_(None)),
            func.min(TrainingJob.started_at),
            func.max(TrainingJob.attempt),
            func.count().filter(is_running, TrainingJob.lease_expires_at < now),
        ).where(TrainingJob.state.in_([JobState.QUEUED, JobState.RUNNING]))
    ).one()
    queued, running, unbegun, begun, attempts, expired = jobs
    deletions, due = session.execute(select(func.count(), func.min(ObjectDeletion.due_at))).one()

    def age(since: object) -> float:
        return 0.0 if since is None else max(0.0, (now - since).total_seconds())  # type: ignore[operator]

    return Backlog(queued, running, age(unbegun), age(begun), attempts or 0, expired, deletions, age(due))
