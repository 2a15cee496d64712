"""Whose job a worker takes next."""

import pytest
from sqlalchemy import update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, turns
from cartridge_store.db.tables import JobState, TrainingJob
from cartridge_store.objects import ObjectStore
from cartridge_store.priorities import Priority

from .desk import Desk


@pytest.fixture(autouse=True)
def nobody_waits(sessions: SessionFactory) -> None:
    """What other tests left behind is over: whoever is next is one of the test's own."""
    with sessions.begin() as session:
        session.execute(update(TrainingJob).values(state=JobState.CANCELLED))


def claim(sessions: SessionFactory) -> str | None:
    with sessions.begin() as session:
        row = attempts.claim_next(session, "worker", 60)
        return None if row is None else row.id


def test_a_tenant_with_many_jobs_holds_up_another_by_one(
    desk: Desk, sessions: SessionFactory, worker_sessions: SessionFactory, objects: ObjectStore
) -> None:
    first, second, third = desk.order(), desk.order(), desk.order()
    other = Desk.open(sessions, worker_sessions, objects)
    others = other.order()
    assert [claim(worker_sessions) for _ in range(5)] == [first, others, second, third, None]
    other.close()


def test_a_tenants_urgent_job_comes_before_its_others_and_before_nobody_elses(
    desk: Desk, sessions: SessionFactory, worker_sessions: SessionFactory, objects: ObjectStore
) -> None:
    low, normal = desk.order(priority=Priority.LOW), desk.order()
    other = Desk.open(sessions, worker_sessions, objects)
    others = other.order()
    high = desk.order(priority=Priority.HIGH)
    assert [claim(worker_sessions) for _ in range(5)] == [high, others, normal, low, None]
    other.close()


@pytest.mark.parametrize("workers", [1, 8])
def test_a_tenant_of_three_times_the_weight_is_given_three_times_the_workers(
    desk: Desk, sessions: SessionFactory, worker_sessions: SessionFactory, objects: ObjectStore, workers: int
) -> None:
    other = Desk.open(sessions, worker_sessions, objects)
    with sessions.begin() as session:
        turns.set_weight(session, other.tenant_id, 3)
    mine, theirs = {desk.order() for _ in range(8)}, {other.order() for _ in range(8)}
    taken: list[str] = []
    for _ in range(8):
        job_id = claim(worker_sessions)
        assert job_id is not None
        taken.append(job_id)
        if workers == 1:
            with worker_sessions.begin() as session:
                attempts.finish_failed(session, job_id, 1, "internal_error", "over")
    assert (len(theirs & set(taken)), len(mine & set(taken))) == (6, 2)
    other.close()


def test_who_had_no_job_meanwhile_has_saved_up_no_turns(
    desk: Desk, sessions: SessionFactory, worker_sessions: SessionFactory, objects: ObjectStore
) -> None:
    def work_off() -> str | None:
        job_id = claim(worker_sessions)
        if job_id is not None:
            with worker_sessions.begin() as session:
                attempts.finish_failed(session, job_id, 1, "internal_error", "over")
        return job_id

    mine = {desk.order() for _ in range(8)}
    for _ in range(4):
        assert work_off() in mine
    other = Desk.open(sessions, worker_sessions, objects)
    for _ in range(4):
        other.order()
    assert sum(work_off() in mine for _ in range(4)) == 2
    other.close()


def test_a_job_that_waits_to_be_tried_again_holds_up_nobody(
    desk: Desk, worker_sessions: SessionFactory
) -> None:
    waiting, ready = desk.order(), desk.order()
    with worker_sessions.begin() as session:
        row = attempts.claim(session, waiting, "worker", 60)
        assert row is not None
        attempts.release_for_retry(session, waiting, row.attempt, after_seconds=600)
    with worker_sessions.begin() as session:
        assert waiting not in attempts.due_for_wakeup(session, limit=50, rewake_seconds=60)
        assert attempts.claim(session, waiting, "worker", 60) is None
    assert [claim(worker_sessions), claim(worker_sessions)] == [ready, None]


def test_a_job_that_was_to_be_cancelled_when_its_worker_died_is_passed_over(
    desk: Desk, worker_sessions: SessionFactory
) -> None:
    abandoned = desk.order()
    with worker_sessions.begin() as session:
        attempts.claim(session, abandoned, "a worker that dies", 0.0)
    desk.cancel(abandoned)
    assert claim(worker_sessions) is None
    assert desk.job(abandoned).state.value == "cancelled"
