"""What a lease notices while its attempt works."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine

from cartridge_store.db.engine import SessionFactory, make_session_factory
from cartridge_store.db.repositories import attempts
from cartridge_store.errors import LeaseLostError
from services.trainer.errors import JobCancelledError, StageTimedOutError, WorkerStoppingError
from services.trainer.job import ClaimedJob
from services.trainer.lease import Lease, LeaseTimes

from .desk import Desk

TIMES = LeaseTimes(lease=0.6, beat=0.1, poll=0.02)
OVERRUN = StageTimedOutError("it took too long", passes=True)


@pytest.fixture
def job(desk: Desk) -> ClaimedJob:
    job_id = desk.order()
    with desk.worker_sessions.begin() as session:
        row = attempts.claim(session, job_id, "worker", TIMES.lease)
        assert row is not None
        return ClaimedJob.of(row)


def _nobody_hangs(error: StageTimedOutError) -> None:
    raise AssertionError(error)


def lease(sessions: SessionFactory, job: ClaimedJob, stopping: Callable[[], bool] = lambda: False) -> Lease:
    return Lease(sessions, job, TIMES, stopping, _nobody_hangs)


def await_stop(held: Lease) -> None:
    deadline = time.monotonic() + 5
    while not held.should_stop():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_lease_is_renewed_for_as_long_as_it_is_held(desk: Desk, job: ClaimedJob) -> None:
    with lease(desk.worker_sessions, job) as held:
        time.sleep(2 * TIMES.lease)
        expires = desk.job(job.id).lease_expires_at
        assert expires is not None
        assert expires > datetime.now(UTC)
        held.check()


def test_a_cancellation_is_noticed(desk: Desk, job: ClaimedJob) -> None:
    with lease(desk.worker_sessions, job) as held:
        desk.cancel(job.id)
        await_stop(held)
        with pytest.raises(JobCancelledError):
            held.check()


def test_a_worker_that_shuts_down_is_noticed(desk: Desk, job: ClaimedJob) -> None:
    with lease(desk.worker_sessions, job, lambda: True) as held:
        await_stop(held)
        with pytest.raises(WorkerStoppingError):
            held.check()


def test_a_job_in_other_hands_is_noticed(desk: Desk, job: ClaimedJob) -> None:
    with lease(desk.worker_sessions, job) as held:
        desk.take_over(job.id)
        await_stop(held)
        with pytest.raises(LeaseLostError):
            held.check()


def test_a_database_that_stays_away_longer_than_the_lease_holds_ends_it(job: ClaimedJob) -> None:
    nowhere = make_session_factory(create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    began = time.monotonic()
    with lease(nowhere, job) as held:
        await_stop(held)
        with pytest.raises(LeaseLostError):
            held.check()
    assert time.monotonic() - began >= TIMES.lease


def test_work_whose_time_is_over_has_to_stop_and_keeps_its_job_until_it_does(
    desk: Desk, job: ClaimedJob
) -> None:
    with lease(desk.worker_sessions, job) as held:
        held.allow(0.05, OVERRUN)
        await_stop(held)
        with pytest.raises(StageTimedOutError):
            held.check()
        time.sleep(2 * TIMES.lease)
        expires = desk.job(job.id).lease_expires_at
        assert expires is not None
        assert expires > datetime.now(UTC)


def test_the_next_stage_has_a_time_of_its_own(desk: Desk, job: ClaimedJob) -> None:
    with lease(desk.worker_sessions, job) as held:
        held.allow(0.1, OVERRUN)
        held.allow(60, OVERRUN)
        time.sleep(0.3)
        held.check()


def test_work_that_hangs_beyond_its_time_is_abandoned_after_the_grace_time(
    desk: Desk, job: ClaimedJob
) -> None:
    abandoned: list[StageTimedOutError] = []
    times = LeaseTimes(lease=0.6, beat=0.1, poll=0.02, grace=0.2)
    with Lease(desk.worker_sessions, job, times, lambda: False, abandoned.append) as held:
        held.allow(0.0, OVERRUN)
        await_stop(held)
        assert abandoned == []
        deadline = time.monotonic() + 5
        while not abandoned and time.monotonic() < deadline:
            time.sleep(0.01)
    assert abandoned == [OVERRUN]
