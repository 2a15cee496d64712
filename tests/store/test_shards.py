"""Shards of self-study: offered by a job's own worker, taken by anyone, written by whoever holds them."""

import pytest
from sqlalchemy import text

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, jobs, shards, studies, usage
from cartridge_store.db.repositories.shards import MAX_HELPERS, HeldShard
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import DesiredState, TrainingJob
from cartridge_store.errors import LeaseLostError
from cartridge_store.ids import new_id

PLAN: list[tuple[studies.Stream, int]] = [("train", 0), ("train", 1), ("held_out", 0)]


@pytest.fixture
def planned(worker_sessions: SessionFactory, sessions: SessionFactory, job: TrainingJob) -> TrainingJob:
    """A job with shards, on a model of its own: helpers find no other test's."""
    with sessions.begin() as session:
        row = session.get_one(TrainingJob, job.id)
        row.base_model = job.base_model = new_id("model")
    with worker_sessions.begin() as session:
        row = attempts.claim(session, job.id, "w", 60)
        assert row is not None
        attempts.plan_shards(session, job.id, row.attempt, PLAN)
    return job


def _own(sessions: SessionFactory, job: TrainingJob, seconds: float = 60) -> HeldShard | None:
    with sessions.begin() as session:
        return attempts.take_shard(session, job.id, 1, "w", seconds)


def _help(sessions: SessionFactory, job: TrainingJob, seconds: float = 60) -> HeldShard | None:
    with sessions.begin() as session:
        return shards.take_to_help(session, job.base_model, "helper", seconds)


def _key(held: HeldShard | None) -> tuple[str, int] | None:
    return None if held is None else (held.stream, held.shard)


def _make(sessions: SessionFactory, held: HeldShard, tokens: int = 7) -> None:
    talk = (studies.NewConversation(None, "question", "Who?", "Me."),)
    with sessions.begin() as session:
        shards.show(session, held, studies.NewShard(held.stream, held.shard, talk, tokens), 2.0)
    with sessions.begin() as session:
        shards.finish(session, held, [{"shard": held.shard, "question": "Who?"}])


def test_a_jobs_worker_and_helpers_share_its_shards_in_their_order(
    worker_sessions: SessionFactory, planned: TrainingJob
) -> None:
    taken = [_own(worker_sessions, planned), _help(worker_sessions, planned), _own(worker_sessions, planned)]
    assert [_key(held) for held in taken] == PLAN
    assert _own(worker_sessions, planned) is None
    assert _help(worker_sessions, planned) is None
    for held in taken:
        assert held is not None
        _make(worker_sessions, held)
    with worker_sessions.begin() as session:
        made = attempts.shards_made(session, planned.id, 1)
    assert (made.made, made.open, made.tokens, made.seconds) == (frozenset(PLAN), 0, 21, 6.0)


def test_planning_again_keeps_what_is_made(worker_sessions: SessionFactory, planned: TrainingJob) -> None:
    held = _own(worker_sessions, planned)
    assert held is not None
    _make(worker_sessions, held)
    with worker_sessions.begin() as session:
        attempts.plan_shards(session, planned.id, 1, PLAN)
    assert _key(_own(worker_sessions, planned)) == ("train", 1)


def test_a_lost_shard_is_made_again_and_counted_once(
    worker_sessions: SessionFactory, sessions: SessionFactory, planned: TrainingJob
) -> None:
    lost = _help(worker_sessions, planned, seconds=-1)
    again = _help(worker_sessions, planned)
    assert lost is not None
    assert again is not None
    assert _key(lost) == _key(again)
    with pytest.raises(LeaseLostError):
        _make(worker_sessions, lost)
    with pytest.raises(LeaseLostError), worker_sessions.begin() as session:
        shards.renew(session, lost, 60)
    _make(worker_sessions, again)
    with sessions.begin() as session:
        since = planned.created_at
        kind = usage.Kind.SYNTHESIS_TOKENS
        assert usage.total(session, planned.tenant_id, kind, since=since) == 7


def test_a_shard_that_helpers_die_or_fail_over_is_its_jobs_own(
    worker_sessions: SessionFactory, planned: TrainingJob
) -> None:
    for _ in range(MAX_HELPERS):
        assert _key(_help(worker_sessions, planned, seconds=-1)) == ("train", 0)
    failed = _help(worker_sessions, planned)
    assert failed is not None
    assert _key(failed) == ("train", 1)
    with worker_sessions.begin() as session:
        shards.give_back(session, failed, reserve=True)
    assert _key(_help(worker_sessions, planned)) == ("held_out", 0)
    assert [_key(_own(worker_sessions, planned)) for _ in range(2)] == [("train", 0), ("train", 1)]


def test_a_job_that_is_cancelled_or_has_ended_is_helped_no_more(
    worker_sessions: SessionFactory, sessions: SessionFactory, planned: TrainingJob
) -> None:
    held = _help(worker_sessions, planned)
    assert held is not None
    with sessions.begin() as session:
        jobs.request_cancel(session, planned.tenant_id, planned.id)
    assert _help(worker_sessions, planned) is None
    with worker_sessions.begin() as session:
        assert shards.renew(session, held, 60) is DesiredState.CANCEL
        attempts.finish_cancelled(session, planned.id, 1)
    with pytest.raises(LeaseLostError):
        _make(worker_sessions, held)


def test_a_waiting_job_that_is_cancelled_leaves_no_shards(
    worker_sessions: SessionFactory,
    api_sessions: SessionFactory,
    sessions: SessionFactory,
    planned: TrainingJob,
) -> None:
    with worker_sessions.begin() as session:
        attempts.release_for_retry(session, planned.id, 1)
    with api_sessions.begin() as session:
        enter_tenant(session, planned.tenant_id)
        jobs.request_cancel(session, planned.tenant_id, planned.id)
    with sessions() as session:
        assert shards.made(session, planned.id) == shards.Made(frozenset(), 0, 0, 0)


def test_a_helper_of_another_model_helps_with_nothing(
    worker_sessions: SessionFactory, planned: TrainingJob
) -> None:
    with worker_sessions.begin() as session:
        assert shards.take_to_help(session, "another-model", "helper", 60) is None


def test_helpers_are_woken_once_for_each_shard_that_nobody_has(
    worker_sessions: SessionFactory, planned: TrainingJob
) -> None:
    assert _own(worker_sessions, planned) is not None

    def woken(rewake: float) -> list[str]:
        with worker_sessions.begin() as session:
            found = shards.due_for_wakeup(session, limit=50, rewake_seconds=rewake)
            return [job_id for job_id in found if job_id == planned.id]

    assert woken(60) == [planned.id] * 2
    assert woken(60) == []
    assert woken(-1) == [planned.id] * 2


def test_only_helpers_seconds_are_counted_beside_those_of_the_attempt(
    worker_sessions: SessionFactory, sessions: SessionFactory, planned: TrainingJob
) -> None:
    own, helped = _own(worker_sessions, planned), _help(worker_sessions, planned)
    assert own is not None
    assert helped is not None
    with worker_sessions.begin() as session:
        shards.renew(session, own, 60)
        shards.renew(session, helped, 60)
    with sessions() as session:
        query = "select source from usage where kind = 'gpu_seconds' and tenant_id = :t order by source"
        found = session.scalars(text(query), {"t": planned.tenant_id}).all()
    assert found == [f"{planned.id}:1", f"{planned.id}:train:1:1"]
