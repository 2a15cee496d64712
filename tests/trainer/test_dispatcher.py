"""Which jobs are woken, and when."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from kombu.exceptions import OperationalError

from cartridge_store.db.repositories import attempts
from services.trainer.dispatcher import wake_due_jobs

from .desk import Desk


class Notebook(list[str]):
    """A waker that writes down whom it was to wake."""

    free = 1000
    helps = False

    def room(self) -> int:
        return self.free

    def wake(self, job_id: str) -> None:
        self.append(job_id)


@pytest.fixture
def woken() -> Notebook:
    return Notebook()


def round_of(desk: Desk, woken: Notebook, rewake_seconds: float = 60) -> list[str]:
    """The desk's jobs that one round wakes."""
    before = len(woken)
    wake_due_jobs(desk.worker_sessions, woken, rewake_seconds)
    return woken[before:]


def test_a_queued_job_is_woken_once_and_again_when_nobody_followed(desk: Desk, woken: Notebook) -> None:
    job_id = desk.order()
    assert job_id in round_of(desk, woken)
    assert job_id not in round_of(desk, woken)
    time.sleep(0.05)
    assert job_id in round_of(desk, woken, rewake_seconds=0.01)


def test_a_job_whose_lease_has_run_out_is_woken(desk: Desk, woken: Notebook) -> None:
    job_id = desk.order()
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, job_id, "a worker that dies", 0.1)
    assert job_id not in round_of(desk, woken)
    time.sleep(0.15)
    assert job_id in round_of(desk, woken)


def test_a_job_given_back_is_woken_at_once(desk: Desk, woken: Notebook) -> None:
    job_id = desk.order()
    assert job_id in round_of(desk, woken)
    with desk.worker_sessions.begin() as session:
        row = attempts.claim(session, job_id, "a worker that shuts down", 60)
        assert row is not None
        attempts.release_for_retry(session, job_id, row.attempt)
    assert job_id in round_of(desk, woken)


def test_cancelled_jobs_and_jobs_under_a_lease_are_left_alone(desk: Desk, woken: Notebook) -> None:
    cancelled, running = desk.order(), desk.order()
    desk.cancel(cancelled)
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, running, "worker", 60)
    assert {cancelled, running}.isdisjoint(round_of(desk, woken))


def test_a_broker_that_is_away_costs_a_wake_up_and_not_the_job(desk: Desk, woken: Notebook) -> None:
    job_id = desk.order()

    class Away(Notebook):
        def wake(self, job_id: str) -> None:
            raise OperationalError("connection refused")

    with pytest.raises(OperationalError):
        wake_due_jobs(desk.worker_sessions, Away(), 60)
    time.sleep(0.05)
    assert job_id in round_of(desk, woken, rewake_seconds=0.01)


def test_jobs_without_room_stay_due(desk: Desk, woken: Notebook) -> None:
    job_id = desk.order()
    woken.free = 0
    assert job_id not in round_of(desk, woken)
    woken.free = 1000
    assert job_id not in round_of(desk, woken), "not before others had their turn"
    time.sleep(0.05)
    assert job_id in round_of(desk, woken, rewake_seconds=0.01)


def test_two_dispatchers_at_once_wake_a_job_once_between_them(desk: Desk) -> None:
    ordered = {desk.order() for _ in range(12)}
    notebooks = [Notebook() for _ in range(4)]
    with ThreadPoolExecutor(4) as dispatchers:
        rounds = [dispatchers.submit(round_of, desk, each) for each in notebooks for _ in range(3)]
        for each in rounds:
            each.result()
    woken = sorted(job_id for notebook in notebooks for job_id in notebook if job_id in ordered)
    assert woken == sorted(ordered)
