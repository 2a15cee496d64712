"""What the dispatcher tells of the backlog and of itself."""

import time
from collections.abc import Iterator

import pytest
from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import delete, text

from cartridge_store.db.repositories import attempts, backlog, deletions
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import ObjectDeletion
from cartridge_store.queue import TRAINING_QUEUE
from services.trainer.messages import make_app
from services.trainer.observation import DispatcherMetrics, Observer, Rounds
from services.trainer.settings import WorkerSettings
from services.trainer.waking import QueueWaker

from .desk import Desk


@pytest.fixture
def celery(settings: WorkerSettings) -> Iterator[Celery]:
    app = make_app(settings)
    with app.connection_for_write() as connection, connection.channel() as channel:
        channel.queue_purge(TRAINING_QUEUE)
        yield app
        channel.queue_purge(TRAINING_QUEUE)


def value(metrics: DispatcherMetrics, name: str, **labels: str) -> float:
    found = metrics.registry.get_sample_value(name, labels)
    assert found is not None, name
    return found


def test_the_backlog_counts_waiting_running_and_forsaken_jobs_of_all_tenants(desk: Desk) -> None:
    with desk.worker_sessions.begin() as session:
        before = backlog.look(session)
    waiting, running, forsaken = (desk.order() for _ in range(3))
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, running, "a worker", 60)
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, forsaken, "a worker that dies", 0.01)
    time.sleep(0.05)
    with desk.worker_sessions.begin() as session:
        found = backlog.look(session)
    assert found.queued == before.queued + 1
    assert found.running == before.running + 2
    assert found.expired_leases == before.expired_leases + 1
    assert found.most_attempts >= 1
    assert found.oldest_unbegun_seconds > 0
    assert found.oldest_begun_seconds > 0
    for job_id in (waiting, running, forsaken):
        desk.cancel(job_id)


def test_the_backlog_tells_since_when_objects_should_be_gone(desk: Desk) -> None:
    with desk.worker_sessions.begin() as session:
        before = backlog.look(session)
    with desk.sessions.begin() as session:
        enter_tenant(session, desk.tenant_id)
        deletions.promise(session, desk.tenant_id, ["tenants/x/overdue"])
        session.execute(
            text(
                "update object_deletions set due_at = due_at - interval '1 hour' where prefix = 'tenants/x/overdue'"
            )
        )
    with desk.worker_sessions.begin() as session:
        found = backlog.look(session)
    with desk.sessions.begin() as session:
        session.execute(delete(ObjectDeletion).where(ObjectDeletion.prefix == "tenants/x/overdue"))
    assert found.deletions == before.deletions + 2
    assert found.oldest_deletion_seconds >= 3600


def test_a_look_writes_everything_into_the_metrics_and_counts_new_losses_once(desk: Desk) -> None:
    metrics = DispatcherMetrics()
    observer = Observer(desk.worker_sessions, metrics, lambda: 7)
    observer.look()
    lost = value(metrics, "dispatcher_lost_leases_total")
    job_id = desk.order()
    with desk.worker_sessions.begin() as session:
        attempts.claim(session, job_id, "a worker that dies", 0.01)
    time.sleep(0.05)
    observer.look()
    observer.look()
    assert value(metrics, "dispatcher_lost_leases_total") == lost + 1
    assert value(metrics, "dispatcher_expired_leases") >= 1
    assert value(metrics, "dispatcher_queue_messages") == 7
    assert value(metrics, "dispatcher_unfinished_jobs") == value(
        metrics, "dispatcher_jobs", state="queued"
    ) + value(metrics, "dispatcher_jobs", state="running")
    desk.cancel(job_id)


def test_wake_ups_fill_the_queue_to_its_limit_and_no_further(celery: Celery) -> None:
    waker = QueueWaker(celery, limit=3)
    assert waker.room() == 3
    for number in range(2):
        waker.wake(f"job_{number}")
    assert waker.depth() == 2
    assert waker.room() == 1


def test_a_queue_that_nobody_has_made_is_empty(settings: WorkerSettings) -> None:
    app = make_app(settings)
    with app.connection_for_write() as connection, connection.channel() as channel:
        channel.queue_delete(TRAINING_QUEUE)
    assert QueueWaker(app, limit=3).depth() == 0


def test_a_broker_that_is_away_is_told_as_such(settings: WorkerSettings) -> None:
    away = settings.model_copy(update={"broker_url": type(settings.broker_url)("redis://127.0.0.1:9/0")})
    with pytest.raises(BrokerError):
        QueueWaker(make_app(away), limit=3).room()


def test_health_is_lost_when_rounds_stand_still_and_readiness_when_they_fail() -> None:
    metrics = DispatcherMetrics()
    rounds = Rounds(metrics, patience_seconds=0.1)
    assert rounds.are_made()
    assert not rounds.succeed()
    rounds.succeeded(2)
    assert rounds.succeed()
    assert value(metrics, "dispatcher_wakeups_total") == 2
    time.sleep(0.15)
    rounds.failed()
    assert not rounds.succeed()
    assert rounds.are_made()
    assert value(metrics, "dispatcher_failed_rounds_total", part="dispatch") == 1
    time.sleep(0.5)
    assert not rounds.are_made()
