"""Usage is counted once, whoever writes it and however often; quotas are the operator's word or the default."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import ProgrammingError

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, jobs, quotas, usage
from cartridge_store.db.repositories.usage import Kind
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.db.tables import QuotaRow, Tenant, TrainingJob, UsageRow
from cartridge_store.quotas import Quota

TODAY = datetime.now(UTC).date()
DEFAULTS = dict.fromkeys(Quota, 10)


def _seconds(sessions: SessionFactory, job: TrainingJob) -> dict[str, float]:
    """GPU seconds by attempt."""
    with sessions() as session:
        rows = session.query(UsageRow).filter_by(tenant_id=job.tenant_id, kind=Kind.GPU_SECONDS.value)
        return {row.source: row.amount for row in rows}


def test_what_is_written_twice_is_counted_once(sessions: SessionFactory, tenant: Tenant) -> None:
    def write(_: int) -> None:
        with sessions.begin() as session:
            usage.record(session, tenant.id, "answer-1", {Kind.COMPLETION_TOKENS: 7, Kind.REQUESTS: 1})
            usage.put(session, tenant.id, "job_1", Kind.SYNTHESIS_TOKENS, 500)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(12)))
    with sessions() as session:
        counted = {each.kind: each.amount for each in usage.by_day(session, tenant.id, TODAY, TODAY)}
    assert counted == {Kind.COMPLETION_TOKENS: 7, Kind.REQUESTS: 1, Kind.SYNTHESIS_TOKENS: 500}


def test_use_is_told_by_day_and_kind(sessions: SessionFactory, tenant: Tenant) -> None:
    with sessions.begin() as session:
        for source in ("a", "b", "c"):
            usage.record(session, tenant.id, source, {Kind.PROMPT_TOKENS: 10})
        yesterday = datetime.now(UTC) - timedelta(days=1)
        session.execute(
            update(UsageRow)
            .where(UsageRow.tenant_id == tenant.id, UsageRow.source == "a")
            .values(created_at=yesterday)
        )
    with sessions() as session:
        days = usage.by_day(session, tenant.id, TODAY - timedelta(days=1), TODAY)
        assert [(each.day, each.amount) for each in days] == [(yesterday.date(), 10), (TODAY, 20)]
        assert usage.by_day(session, tenant.id, TODAY + timedelta(days=1), TODAY + timedelta(days=2)) == []


def test_the_seconds_of_an_attempt_that_was_killed_end_with_its_last_heartbeat(
    sessions: SessionFactory, worker_sessions: SessionFactory, job: TrainingJob
) -> None:
    started = time.monotonic()
    with worker_sessions.begin() as session:
        attempts.claim(session, job.id, "dies", 0.2)
    time.sleep(0.1)
    with worker_sessions.begin() as session:
        attempts.heartbeat(session, job.id, 1, 0.1)
    until_heartbeat = _seconds(sessions, job)[f"{job.id}:1"]
    assert 0.1 <= until_heartbeat < time.monotonic() - started
    time.sleep(0.3)
    started = time.monotonic()
    with worker_sessions.begin() as session:
        attempts.claim(session, job.id, "follows", 60)
    time.sleep(0.05)
    for _ in range(3):
        with worker_sessions.begin() as session:
            attempts.heartbeat(session, job.id, 2, 60)
    with worker_sessions.begin() as session:
        attempts.finish_failed(session, job.id, 2, "corpus_too_short", "too short")
    counted = _seconds(sessions, job)
    assert counted[f"{job.id}:1"] == until_heartbeat
    assert 0.05 <= counted[f"{job.id}:2"] < time.monotonic() - started
    assert len(counted) == 2


def test_a_dead_attempt_is_not_counted_on_when_its_job_is_cancelled(
    sessions: SessionFactory, job: TrainingJob
) -> None:
    with sessions.begin() as session:
        attempts.claim(session, job.id, "dies", 0.05)
    time.sleep(0.2)
    with sessions.begin() as session:
        jobs.request_cancel(session, job.tenant_id, job.id)
        assert attempts.claim(session, job.id, "follows", 60) is None
    assert _seconds(sessions, job) == {f"{job.id}:1": 0.0}


def test_a_clock_that_is_set_back_takes_no_seconds_away(sessions: SessionFactory, job: TrainingJob) -> None:
    with sessions.begin() as session:
        attempts.claim(session, job.id, "works on", 60)
        mine = update(UsageRow).where(UsageRow.tenant_id == job.tenant_id)
        session.execute(mine.values(amount=50.0, created_at=UsageRow.created_at + timedelta(hours=1)))
    with sessions.begin() as session:
        attempts.heartbeat(session, job.id, 1, 60)
    assert _seconds(sessions, job) == {f"{job.id}:1": 50.0}


def test_quotas_are_the_operators_word_or_the_default(
    sessions: SessionFactory, api_sessions: SessionFactory, tenant: Tenant
) -> None:
    with sessions.begin() as session:
        quotas.set_limit(session, tenant.id, Quota.CORPORA, 3)
        quotas.set_limit(session, tenant.id, Quota.CORPORA, 4)
    with tenant_transaction(api_sessions, tenant.id) as session:
        found = quotas.limits(session, tenant.id, DEFAULTS)
        assert (found[Quota.CORPORA], found[Quota.BYTES]) == (4, 10)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_transaction(api_sessions, tenant.id) as session,
    ):
        quotas.set_limit(session, tenant.id, Quota.CORPORA, 1000)
    with sessions.begin() as session:
        quotas.set_limit(session, tenant.id, Quota.CORPORA, None)
        assert quotas.limits(session, tenant.id, DEFAULTS) == DEFAULTS


def test_a_quota_that_this_release_does_not_know_is_left_to_those_that_do(
    sessions: SessionFactory, tenant: Tenant
) -> None:
    with sessions.begin() as session:
        session.add(QuotaRow(tenant_id=tenant.id, name="of_the_next_release", amount=1))
        session.flush()
        assert quotas.limits(session, tenant.id, DEFAULTS) == DEFAULTS
