"""Whose job a worker takes next."""

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts
from cartridge_store.objects import ObjectStore

from .desk import Desk


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
