"""Workers' side of training jobs: claiming, leases, and writes that only the present attempt may make.

These functions work by job id, not by tenant: a worker sees every unfinished job, learns the tenant from its row,
and enters that tenant before it writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import audit, job_events, previews, shards, studies, turns, usage
from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.repositories.storable import storable_json, storable_text
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import (
    CartridgeKind,
    CartridgeRow,
    CartridgeStatus,
    DesiredState,
    JobKind,
    JobState,
    TrainingJob,
)
from cartridge_store.errors import LeaseLostError
from cartridge_store.ids import new_id


@dataclass(frozen=True)
class PublishedCartridge:
    """A cartridge whose bytes are stored already, as its row is to say it."""

    name: str
    digest: str
    object_key: str
    size_bytes: int
    tokens: int
    model_fingerprint: str
    status: CartridgeStatus
    report: dict[str, Any]


def claim(session: Session, job_id: str, worker: str, lease_seconds: float) -> TrainingJob | None:
    """Take this job if it is queued, or running under a lease that has run out; None when there is nothing to do.

    The attempt number goes up by one: whatever an earlier attempt still tries to write is refused from here on.
    A job that was asked to stop becomes cancelled instead.
    """
    query = select(TrainingJob).where(TrainingJob.id == job_id).with_for_update(skip_locked=True)
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    now = clock.now(session)
    if row is None or row.state.is_terminal:
        return None
    enter_tenant(session, row.tenant_id)
    if row.state is JobState.RUNNING and row.lease_expires_at is not None and row.lease_expires_at > now:
        return None
    if row.not_before is not None and row.not_before > now:
        return None
    if row.desired_state is DesiredState.CANCEL:
        row.worker = None  # it is gone, and is counted up to its last word
        _finish(session, row, JobState.CANCELLED)
        return None
    row.state = JobState.RUNNING
    row.attempt += 1
    row.worker = worker
    row.started_at = row.started_at or now
    row.lease_expires_at = now + timedelta(seconds=lease_seconds)
    row.not_before = None
    turns.note(session, row.tenant_id)
    _meter(session, row)
    _tell_state(session, row)
    session.refresh(row)
    return row


def claim_next(
    session: Session,
    worker: str,
    lease_seconds: float,
    fits: Callable[[TrainingJob], bool] = lambda _: True,
) -> TrainingJob | None:
    """Take the job whose turn it is, as `claim` does; None when none is due, or when that one does not fit."""
    while (due := turns.take(session)) is not None and fits(due):
        # One that was to be cancelled is so now, and due no more.
        if (row := claim(session, due.id, worker, lease_seconds)) is not None:
            return row
    return None


def heartbeat(session: Session, job_id: str, attempt: int, lease_seconds: float) -> DesiredState:
    """Move the lease's end forward; what the tenant wants. Raises `LeaseLostError`."""
    row = _owned(session, job_id, attempt)
    row.lease_expires_at = clock.now(session) + timedelta(seconds=lease_seconds)
    session.flush()
    _meter(session, row)
    return row.desired_state


def desired_state(session: Session, job_id: str, attempt: int) -> DesiredState:
    """What the tenant wants, without a write or a lock. Raises `LeaseLostError`."""
    query = select(TrainingJob.desired_state).where(
        TrainingJob.id == job_id, TrainingJob.attempt == attempt, TrainingJob.state == JobState.RUNNING
    )
    found = session.scalars(query).first()
    if found is None:
        raise LeaseLostError(f"attempt {attempt} no longer owns job {job_id}")
    return DesiredState(found)


def set_stage(session: Session, job_id: str, attempt: int, stage: str) -> None:
    """Raises `LeaseLostError`."""
    _owned(session, job_id, attempt).stage = stage
    session.flush()


def set_progress(session: Session, job_id: str, attempt: int, progress: dict[str, Any]) -> None:
    """Raises `LeaseLostError`."""
    _owned(session, job_id, attempt).progress = storable_json(progress)
    session.flush()


def append_event(session: Session, job_id: str, attempt: int, type_: str, data: Mapping[str, Any]) -> int:
    """An event of this attempt; its number. Raises `LeaseLostError`."""
    row = _owned(session, job_id, attempt)
    return job_events.append(session, job_id, row.tenant_id, type_, data)


def keep_chunks(session: Session, job_id: str, attempt: int, chunks: Sequence[studies.NewChunk]) -> None:
    """Show the tenant what its corpus was cut into. Raises `LeaseLostError`."""
    studies.put_chunks(session, _owned(session, job_id, attempt).tenant_id, job_id, chunks)


def show_kept(session: Session, job_id: str, attempt: int, shard: studies.NewShard) -> None:
    """Show conversations that the job has of an earlier one: nothing was generated for them. Raises `LeaseLostError`."""
    studies.put_shard(session, _owned(session, job_id, attempt).tenant_id, job_id, shard)


def plan_shards(
    session: Session, job_id: str, attempt: int, planned: Sequence[tuple[studies.Stream, int]]
) -> None:
    """Offer the job's shards to workers; those that are offered already stay as they are. Raises `LeaseLostError`."""
    shards.put(session, _owned(session, job_id, attempt).tenant_id, job_id, planned)


def take_shard(
    session: Session, job_id: str, attempt: int, worker: str, lease_seconds: float
) -> shards.HeldShard | None:
    """The job's next shard that nobody has. Raises `LeaseLostError`."""
    row = _owned(session, job_id, attempt)
    return shards.take_own(session, row.tenant_id, job_id, worker, lease_seconds)


def make_shard_again(session: Session, job_id: str, attempt: int, stream: studies.Stream, shard: int) -> None:
    """Have a shard made once more, whose conversations cannot be read. Raises `LeaseLostError`."""
    shards.make_again(session, _owned(session, job_id, attempt).tenant_id, job_id, stream, shard)


def shards_made(session: Session, job_id: str, attempt: int) -> shards.Made:
    """How far the job's shards are. Raises `LeaseLostError`."""
    _owned(session, job_id, attempt)
    return shards.made(session, job_id)


def finish_failed(session: Session, job_id: str, attempt: int, code: str, detail: str) -> None:
    """Raises `LeaseLostError`."""
    row = _owned(session, job_id, attempt)
    row.error_code, row.error_detail = code, storable_text(detail)
    _finish(session, row, JobState.FAILED)


def finish_cancelled(session: Session, job_id: str, attempt: int) -> None:
    """Raises `LeaseLostError`."""
    _finish(session, _owned(session, job_id, attempt), JobState.CANCELLED)


def release_for_retry(session: Session, job_id: str, attempt: int, after_seconds: float = 0.0) -> None:
    """Give the job back to the queue for another attempt after a pause, or end it where it was asked to stop.

    Raises `LeaseLostError`.
    """
    row = _owned(session, job_id, attempt)
    if row.desired_state is DesiredState.CANCEL:
        _finish(session, row, JobState.CANCELLED)
        return
    _meter(session, row)
    row.state = JobState.QUEUED
    row.worker = row.lease_expires_at = row.woken_at = None
    row.not_before = clock.now(session) + timedelta(seconds=after_seconds)
    _tell_state(session, row)


def publish(session: Session, job_id: str, attempt: int, cartridge: PublishedCartridge) -> CartridgeRow:
    """Make the cartridge the tenant's and end the job, in this one transaction.

    Raises `LeaseLostError`, and `ConflictError` (`cartridge_exists`) where the job has a cartridge.
    """
    row = _owned(session, job_id, attempt)
    made = CartridgeRow(
        id=new_id("ctg"),
        tenant_id=row.tenant_id,
        corpus_id=row.corpus_id,
        corpus_version=row.corpus_version,
        job_id=job_id,
        kind=CartridgeKind.PREVIEW if row.kind is JobKind.PREVIEW else CartridgeKind.TRAINED,
        name=cartridge.name,
        digest=cartridge.digest,
        object_key=cartridge.object_key,
        size_bytes=cartridge.size_bytes,
        tokens=cartridge.tokens,
        base_model=row.base_model,
        model_fingerprint=cartridge.model_fingerprint,
        status=cartridge.status,
        report=storable_json(cartridge.report),
    )
    insert(session, made, "cartridge_exists", f"job {job_id} has made its cartridge already")
    row.cartridge_id = made.id
    trainer = audit.Actor("trainer", job_id)
    audit.record(session, row.tenant_id, trainer, "cartridge.created", made.id, digest=made.digest)
    previews.retire(session, made)
    _finish(session, row, JobState.SUCCEEDED)
    return made


def due_for_wakeup(session: Session, *, limit: int, rewake_seconds: float) -> list[str]:
    """Jobs that a worker may take and that were not announced lately, those whose turn it is first. Marks them."""
    now = clock.now(session)
    forgotten = TrainingJob.woken_at.is_(None) | (
        TrainingJob.woken_at < now - timedelta(seconds=rewake_seconds)
    )
    query = turns.in_turn(select(TrainingJob).where(forgotten, turns.due(now)), now).limit(limit)
    rows = list(session.scalars(query.with_for_update(of=TrainingJob, skip_locked=True)))
    for row in rows:
        row.woken_at = now
    session.flush()
    return [row.id for row in rows]


def _owned(session: Session, job_id: str, attempt: int) -> TrainingJob:
    query = select(TrainingJob).where(
        TrainingJob.id == job_id, TrainingJob.attempt == attempt, TrainingJob.state == JobState.RUNNING
    )
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise LeaseLostError(f"attempt {attempt} no longer owns job {job_id}")
    enter_tenant(session, row.tenant_id)
    return row


def _finish(session: Session, row: TrainingJob, state: JobState) -> None:
    if row.worker is not None:
        _meter(session, row)
    row.state = state
    row.finished_at = clock.now(session)
    row.lease_expires_at = None
    row.worker = None
    shards.drop(session, row.id)
    _tell_state(session, row)


def _meter(session: Session, row: TrainingJob) -> None:
    """Count the seconds in which the present attempt has held its worker, up to now.

    An attempt that is killed is counted up to its last heartbeat, and never twice.
    """
    usage.put_elapsed(session, row.tenant_id, f"{row.id}:{row.attempt}")


def _tell_state(session: Session, row: TrainingJob) -> None:
    session.flush()
    data: dict[str, Any] = {"state": row.state.value, "attempt": row.attempt}
    if row.error_code is not None and row.state is JobState.FAILED:
        data |= {"error": {"code": row.error_code, "detail": row.error_detail}}
    if row.cartridge_id is not None:
        data |= {"cartridge_id": row.cartridge_id}
    job_events.append(session, row.id, row.tenant_id, "state", data)
