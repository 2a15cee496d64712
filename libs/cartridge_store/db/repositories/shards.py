"""The shards of jobs' self-study: pieces of work that any worker may make, each under a lease of its own.

A job's own worker plans them and takes them one by one; workers without a job take others meanwhile. Like an
attempt at a job, whoever holds a shard writes only while its number stands in the row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from cartridge_store.db import clock
from cartridge_store.db.repositories import job_events, studies, usage
from cartridge_store.db.repositories.storable import storable_json
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import DesiredState, JobState, SynthesisShard, TrainingJob
from cartridge_store.errors import LeaseLostError

# A shard that takes its helpers' lives is its job's own: that has a limit of its own, and tells why it fails.
MAX_HELPERS = 3
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class HeldShard:
    """A shard in a worker's hands. `attempt` counts how often it was taken; `helps` where the job is another's."""

    job_id: str
    tenant_id: str
    stream: studies.Stream
    shard: int
    attempt: int
    helps: bool

    @property
    def source(self) -> str:
        """The name under which its tokens are counted, once however often it is made."""
        return f"{self.job_id}:{self.stream}:{self.shard}"


@dataclass(frozen=True)
class Made:
    """What has been made of a job's shards: how many stand where, the tokens and the seconds that they took."""

    made: frozenset[tuple[studies.Stream, int]]
    open: int
    tokens: int
    seconds: float


def put(session: Session, tenant_id: str, job_id: str, shards: Iterable[tuple[studies.Stream, int]]) -> None:
    """These are a job's shards; those that it has already stay as they are. The session must have entered the tenant."""
    rows = [
        {"tenant_id": tenant_id, "job_id": job_id, "stream": stream, "shard": shard}
        for stream, shard in shards
    ]
    if rows:
        session.execute(insert(SynthesisShard).on_conflict_do_nothing(), rows)


def drop(session: Session, job_id: str) -> None:
    """The job has ended: whoever still makes a shard of it stops."""
    session.execute(delete(SynthesisShard).where(SynthesisShard.job_id == job_id))


def take_own(session: Session, tenant_id: str, job_id: str, worker: str, seconds: float) -> HeldShard | None:
    """The job's next shard that nobody has, for its own worker, whose attempt the caller has checked."""
    now = clock.now(session)
    query = _in_order(select(SynthesisShard).where(SynthesisShard.job_id == job_id, _free(now)))
    row = session.scalars(query.limit(1).with_for_update(skip_locked=True)).first()
    return None if row is None else _take(session, row, worker, now, seconds, helps=False)


def take_to_help(session: Session, base_model: str, worker: str, seconds: float) -> HeldShard | None:
    """A shard of somebody else's job on this base model, of the tenant who is helped least; None where there is none."""
    now = clock.now(session)
    other = aliased(SynthesisShard)
    helped = (
        select(func.count())
        .where(other.tenant_id == SynthesisShard.tenant_id, other.lease_expires_at >= now)
        .scalar_subquery()
    )
    query = _wanted(select(SynthesisShard), now).where(TrainingJob.base_model == base_model)
    query = _in_order(query.order_by(helped, SynthesisShard.job_id)).limit(1)
    row = session.scalars(query.with_for_update(of=SynthesisShard, skip_locked=True)).first()
    if row is None:
        return None
    enter_tenant(session, row.tenant_id)
    return _take(session, row, worker, now, seconds, helps=True)


def are_wanted(session: Session) -> bool:
    """Whether there is a shard with which a worker could help."""
    query = _wanted(select(SynthesisShard), clock.now(session)).limit(1)
    return session.scalars(query).first() is not None


def job_of(session: Session, held: HeldShard) -> TrainingJob:
    """The job of a shard in the caller's hands. Raises `LeaseLostError`."""
    enter_tenant(session, held.tenant_id)
    row = session.scalars(select(TrainingJob).where(TrainingJob.id == held.job_id)).first()
    if row is None or row.state.is_terminal:
        raise _lost(held)
    return row


def renew(session: Session, held: HeldShard, seconds: float) -> DesiredState:
    """Move the lease's end forward; what the job's tenant wants. Raises `LeaseLostError`."""
    wish = desired_state(session, held)
    enter_tenant(session, held.tenant_id)
    ends = clock.now(session) + timedelta(seconds=seconds)
    # One that is finished in this moment has no lease any more.
    renewed = update(SynthesisShard).where(*_is(held), SynthesisShard.is_made.is_(False))
    session.execute(renewed.values(lease_expires_at=ends))
    _meter(session, held)
    return wish


def desired_state(session: Session, held: HeldShard) -> DesiredState:
    """What the job's tenant wants, without a write or a lock. Raises `LeaseLostError`."""
    query = (
        select(TrainingJob.desired_state)
        .join(SynthesisShard, SynthesisShard.job_id == TrainingJob.id)
        .where(*_is(held), TrainingJob.state.in_(_UNFINISHED))
    )
    found = session.scalars(query).first()
    if found is None:
        raise _lost(held)
    return DesiredState(found)


def show(session: Session, held: HeldShard, shard: studies.NewShard, seconds: float) -> None:
    """Show the tenant the conversations of a shard, and count the tokens that were generated for it.

    However often workers that are lost make the shard, it is counted once. Raises `LeaseLostError`.
    """
    row = _owned(session, held)
    studies.put_shard(session, held.tenant_id, held.job_id, shard)
    usage.put(session, held.tenant_id, held.source, usage.Kind.SYNTHESIS_TOKENS, shard.tokens)
    row.tokens, row.seconds = shard.tokens, seconds
    session.flush()


def finish(session: Session, held: HeldShard, samples: Iterable[Mapping[str, object]]) -> None:
    """The shard is made and stored; `samples` of its conversations are told as events. Raises `LeaseLostError`."""
    row = _owned(session, held)
    for sample in samples:
        job_events.append(session, held.job_id, held.tenant_id, "conversation", storable_json(dict(sample)))
    _meter(session, held)
    row.is_made = True
    row.worker = row.lease_expires_at = None
    session.flush()


def give_back(session: Session, held: HeldShard, *, reserve: bool = False) -> None:
    """Leave the shard to another worker; reserved, to the job's own alone. Raises `LeaseLostError`."""
    row = _owned(session, held)
    _meter(session, held)
    row.worker = row.lease_expires_at = row.woken_at = None
    row.is_reserved = row.is_reserved or reserve
    session.flush()


def make_again(session: Session, tenant_id: str, job_id: str, stream: studies.Stream, shard: int) -> None:
    """What was stored of the shard is of no use; its job's own worker, whose attempt is checked, makes it anew."""
    again = update(SynthesisShard).where(
        SynthesisShard.tenant_id == tenant_id,
        SynthesisShard.job_id == job_id,
        SynthesisShard.stream == stream,
        SynthesisShard.shard == shard,
    )
    session.execute(again.values(is_made=False, is_reserved=True))


def made(session: Session, job_id: str) -> Made:
    """How far a job's shards are."""
    columns = (SynthesisShard.stream, SynthesisShard.shard, SynthesisShard.is_made)
    query = select(*columns, SynthesisShard.tokens, SynthesisShard.seconds)
    rows = session.execute(query.where(SynthesisShard.job_id == job_id)).all()
    return Made(
        frozenset((_stream(stream), shard) for stream, shard, is_made, *_ in rows if is_made),
        sum(not is_made for _, _, is_made, *_ in rows),
        sum(tokens for *_, tokens, _ in rows),
        sum(seconds for *_, seconds in rows),
    )


def due_for_wakeup(session: Session, *, limit: int, rewake_seconds: float) -> list[str]:
    """The jobs of shards with which workers could help and of which none was told lately, one for each. Marks them."""
    now = clock.now(session)
    forgotten = SynthesisShard.woken_at.is_(None) | (
        SynthesisShard.woken_at < now - timedelta(seconds=rewake_seconds)
    )
    query = _wanted(select(SynthesisShard), now).where(forgotten).limit(limit)
    rows = list(session.scalars(query.with_for_update(of=SynthesisShard, skip_locked=True)))
    for row in rows:
        enter_tenant(session, row.tenant_id)
        row.woken_at = now
        session.flush()
    return [row.job_id for row in rows]


def _free(now: datetime) -> ColumnElement[bool]:
    held = SynthesisShard.lease_expires_at.is_not(None) & (SynthesisShard.lease_expires_at >= now)
    return SynthesisShard.is_made.is_(False) & ~held


def _wanted(query: Select[SynthesisShard], now: datetime) -> Select[SynthesisShard]:
    """Of the query's shards those that a helper may take."""
    return query.join(TrainingJob, TrainingJob.id == SynthesisShard.job_id).where(
        _free(now),
        SynthesisShard.is_reserved.is_(False),
        SynthesisShard.attempt < MAX_HELPERS,
        TrainingJob.state.in_(_UNFINISHED),
        TrainingJob.desired_state == DesiredState.RUN,
    )


def _in_order(query: Select[SynthesisShard]) -> Select[SynthesisShard]:
    """Those to train on first, by their numbers: as one worker alone would make them."""
    return query.order_by(SynthesisShard.stream.desc(), SynthesisShard.shard)


def _take(
    session: Session, row: SynthesisShard, worker: str, now: datetime, seconds: float, *, helps: bool
) -> HeldShard:
    row.attempt += 1
    row.worker = worker
    row.lease_expires_at = now + timedelta(seconds=seconds)
    session.flush()
    held = HeldShard(row.job_id, row.tenant_id, _stream(row.stream), row.shard, row.attempt, helps)
    _meter(session, held)
    return held


def _stream(stored: str) -> studies.Stream:
    return "held_out" if stored == "held_out" else "train"


def _is(held: HeldShard) -> tuple[ColumnElement[bool], ...]:
    return (
        SynthesisShard.job_id == held.job_id,
        SynthesisShard.stream == held.stream,
        SynthesisShard.shard == held.shard,
        SynthesisShard.attempt == held.attempt,
    )


def _owned(session: Session, held: HeldShard) -> SynthesisShard:
    enter_tenant(session, held.tenant_id)
    # The job's row first, as whoever ends the job takes them: two who take them crosswise would wait for ever.
    job = select(TrainingJob.id).where(TrainingJob.id == held.job_id, TrainingJob.state.in_(_UNFINISHED))
    if session.scalar(job.with_for_update()) is None:
        raise _lost(held)
    query = select(SynthesisShard).where(*_is(held), SynthesisShard.is_made.is_(False)).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        raise _lost(held)
    return row


def _meter(session: Session, held: HeldShard) -> None:
    """Count the seconds in which a helper has held the shard; those of the job's own worker are its attempt's."""
    if held.helps:
        usage.put_elapsed(session, held.tenant_id, f"{held.source}:{held.attempt}")


def _lost(held: HeldShard) -> LeaseLostError:
    return LeaseLostError(
        f"number {held.attempt} no longer holds {held.stream} shard {held.shard} of job {held.job_id}"
    )
