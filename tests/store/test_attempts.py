"""Claims, leases and fencing: one attempt at a time writes, and only its own job."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, job_events, jobs
from cartridge_store.db.tables import DesiredState, JobState, Tenant, TrainingJob
from cartridge_store.errors import ConflictError, LeaseLostError
from tests.store.examples import CARTRIDGE


def _claim(sessions: SessionFactory, job: TrainingJob, seconds: float = 60) -> TrainingJob | None:
    with sessions.begin() as session:
        return attempts.claim(session, job.id, "worker", seconds)


def test_many_workers_claim_and_one_gets_the_job(sessions: SessionFactory, job: TrainingJob) -> None:
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: _claim(sessions, job), range(8)))
    assert [row.attempt for row in claimed if row is not None] == [1]


def test_an_expired_lease_makes_room_for_the_next_attempt_and_fences_the_old_one(
    sessions: SessionFactory, job: TrainingJob
) -> None:
    first = _claim(sessions, job, seconds=-1)
    second = _claim(sessions, job)
    assert first is not None
    assert second is not None
    assert second.attempt == first.attempt + 1
    for write in (
        lambda session: attempts.heartbeat(session, job.id, first.attempt, 60),
        lambda session: attempts.set_stage(session, job.id, first.attempt, "train"),
        lambda session: attempts.append_event(session, job.id, first.attempt, "log", {}),
        lambda session: attempts.publish(session, job.id, first.attempt, CARTRIDGE),
        lambda session: attempts.finish_failed(session, job.id, first.attempt, "x", "y"),
    ):
        with pytest.raises(LeaseLostError), sessions.begin() as session:
            write(session)
    with sessions.begin() as session:
        assert attempts.heartbeat(session, job.id, second.attempt, 60) is DesiredState.RUN


def test_a_held_job_is_not_claimed(sessions: SessionFactory, job: TrainingJob) -> None:
    assert _claim(sessions, job) is not None
    assert _claim(sessions, job) is None


def test_publishing_makes_one_cartridge_and_ends_the_job(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    assert _claim(sessions, job) is not None
    with sessions.begin() as session:
        made = attempts.publish(session, job.id, 1, CARTRIDGE)
    with sessions.begin() as session:
        row = jobs.get(session, tenant.id, job.id)
        assert (row.state, row.cartridge_id) == (JobState.SUCCEEDED, made.id)
        last = job_events.list_after(session, tenant.id, job.id, 0, 100)[-1]
        assert last.data == {"state": "succeeded", "attempt": 1, "cartridge_id": made.id}
    with pytest.raises(LeaseLostError), sessions.begin() as session:
        attempts.publish(session, job.id, 1, CARTRIDGE)
    assert _claim(sessions, job) is None


def test_a_queued_job_is_cancelled_at_once_and_never_runs(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    with sessions.begin() as session:
        assert jobs.request_cancel(session, tenant.id, job.id).state is JobState.CANCELLED
    assert _claim(sessions, job) is None


def test_a_job_given_back_that_was_to_stop_becomes_cancelled(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    _claim(sessions, job)
    with sessions.begin() as session:
        jobs.request_cancel(session, tenant.id, job.id)
        attempts.release_for_retry(session, job.id, 1)
    with sessions.begin() as session:
        assert jobs.request_cancel(session, tenant.id, job.id).state is JobState.CANCELLED
        states = [event.data["state"] for event in job_events.list_after(session, tenant.id, job.id, 0, 100)]
    assert states == ["queued", "running", "cancelled"]


def test_a_running_job_learns_that_it_is_to_stop(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    assert _claim(sessions, job) is not None
    with sessions.begin() as session:
        assert jobs.request_cancel(session, tenant.id, job.id).state is JobState.RUNNING
    with sessions.begin() as session:
        assert attempts.desired_state(session, job.id, 1) is DesiredState.CANCEL
        attempts.finish_cancelled(session, job.id, 1)
    with sessions.begin() as session:
        assert jobs.get(session, tenant.id, job.id).state is JobState.CANCELLED


def test_an_abandoned_job_that_was_to_stop_becomes_cancelled(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    _claim(sessions, job, seconds=-1)
    with sessions.begin() as session:
        jobs.request_cancel(session, tenant.id, job.id)
    assert _claim(sessions, job) is None
    with sessions.begin() as session:
        assert jobs.get(session, tenant.id, job.id).state is JobState.CANCELLED


def test_a_finished_job_cannot_be_cancelled(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    _claim(sessions, job)
    with sessions.begin() as session:
        attempts.finish_failed(session, job.id, 1, "corpus_too_short", "too short")
    with pytest.raises(ConflictError) as caught, sessions.begin() as session:
        jobs.request_cancel(session, tenant.id, job.id)
    assert caught.value.code == "job_finished"


def test_a_job_that_failed_while_it_was_to_stop_cannot_be_cancelled(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    _claim(sessions, job)
    with sessions.begin() as session:
        jobs.request_cancel(session, tenant.id, job.id)
        attempts.finish_failed(session, job.id, 1, "corpus_too_short", "too short")
    with pytest.raises(ConflictError) as caught, sessions.begin() as session:
        jobs.request_cancel(session, tenant.id, job.id)
    assert caught.value.code == "job_finished"


def test_a_job_makes_no_second_cartridge(sessions: SessionFactory, job: TrainingJob) -> None:
    _claim(sessions, job)
    with sessions.begin() as session:
        attempts.publish(session, job.id, 1, CARTRIDGE)
        session.get_one(TrainingJob, job.id).state = JobState.RUNNING
    with pytest.raises(ConflictError) as caught, sessions.begin() as session:
        attempts.publish(session, job.id, 1, CARTRIDGE)
    assert caught.value.code == "cartridge_exists"


def test_characters_that_postgres_refuses_do_not_end_a_job(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    _claim(sessions, job)
    with sessions.begin() as session:
        turns = {"messages": [{"content": "a\0b"}, {"content": "\ud800"}]}
        attempts.append_event(session, job.id, 1, "conversation", turns)
        attempts.set_progress(session, job.id, 1, {"doing": "\0"})
        attempts.finish_failed(session, job.id, 1, "parse_failed", "odd name \0")
    with sessions.begin() as session:
        row = jobs.get(session, tenant.id, job.id)
        assert (row.progress, row.error_detail) == ({"doing": "\ufffd"}, "odd name \ufffd")
        event = job_events.list_after(session, tenant.id, job.id, 2, 1)[0]
        assert event.data == {"messages": [{"content": "a\ufffdb"}, {"content": "\ufffd"}]}


def test_wakeups_go_to_queued_and_abandoned_jobs_and_not_twice_in_a_row(
    sessions: SessionFactory, job: TrainingJob
) -> None:
    def due(rewake: float) -> bool:
        with sessions.begin() as session:
            return job.id in attempts.due_for_wakeup(session, limit=1000, rewake_seconds=rewake)

    assert due(60)
    assert not due(60)
    assert due(0)
    held = _claim(sessions, job)
    assert held is not None
    assert not due(0)
    with sessions.begin() as session:
        row = session.get_one(TrainingJob, job.id)
        row.lease_expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert due(0)


def test_a_released_job_is_queued_again(sessions: SessionFactory, tenant: Tenant, job: TrainingJob) -> None:
    _claim(sessions, job)
    with sessions.begin() as session:
        attempts.release_for_retry(session, job.id, 1)
    again = _claim(sessions, job)
    assert again is not None
    assert again.attempt == 2


def test_events_written_at_once_are_numbered_without_holes(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    _claim(sessions, job)

    def write(number: int) -> None:
        with sessions.begin() as session:
            attempts.append_event(session, job.id, 1, "log", {"number": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with sessions.begin() as session:
        events = job_events.list_after(session, tenant.id, job.id, 0, 100)
        assert [event.seq for event in events] == list(range(1, 43))
        assert [e.seq for e in job_events.list_after(session, tenant.id, job.id, 40, 100)] == [41, 42]
