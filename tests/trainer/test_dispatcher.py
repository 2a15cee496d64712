"""Which jobs are woken, and when."""

import time

import pytest
from kombu.exceptions import OperationalError

from cartridge_store.db.repositories import attempts
from services.trainer.dispatcher import wake_due_jobs

from .desk import Desk


@pytest.fixture
def woken() -> list[str]:
    return []


def round_of(desk: Desk, woken: list[str], rewake_seconds: float = 60) -> list[str]:
    """The desk's jobs that one round wakes."""
    before = len(woken)
    wake_due_jobs(desk.worker_sessions, woken.append, rewake_seconds)
    return woken[before:]


def test_a_queued_job_is_woken_once_and_again_when_nobody_followed(desk: Desk, woken: list[str]) -> None:
    job_id = desk.order()
    assert job_id in round_of(desk, woken)
    assert job_id not in round_of(desk, woken)
    time.sleep(0.05)
    assert job_id in round_of(desk, woken, rewake_seconds=0.01)


def test_a_job_whose_lease_has_run_out_is_woken(desk: Desk, woken: list[str]) -> None:
    job_id = desk.order()
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, job_id, "a worker that dies", 0.1)
    assert job_id not in round_of(desk, woken)
    time.sleep(0.15)
    assert job_id in round_of(desk, woken)


def test_a_job_given_back_is_woken_at_once(desk: Desk, woken: list[str]) -> None:
    job_id = desk.order()
    assert job_id in round_of(desk, woken)
    with desk.worker_sessions.begin() as session:
        row = attempts.claim(session, job_id, "a worker that shuts down", 60)
        assert row is not None
        attempts.release_for_retry(session, job_id, row.attempt)
    assert job_id in round_of(desk, woken)


def test_cancelled_jobs_and_jobs_under_a_lease_are_left_alone(desk: Desk, woken: list[str]) -> None:
    cancelled, running = desk.order(), desk.order()
    desk.cancel(cancelled)
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, running, "worker", 60)
    assert {cancelled, running}.isdisjoint(round_of(desk, woken))


def test_a_broker_that_is_away_costs_a_wake_up_and_not_the_job(desk: Desk, woken: list[str]) -> None:
    job_id = desk.order()

    def refuse(_: str) -> None:
        raise OperationalError("connection refused")

    with pytest.raises(OperationalError):
        wake_due_jobs(desk.worker_sessions, refuse, 60)
    time.sleep(0.05)
    assert job_id in round_of(desk, woken, rewake_seconds=0.01)
