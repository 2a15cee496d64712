"""Row-level security on the real Postgres: whoever forgets the tenant sees nothing, and no service gets by."""

import os

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import api_keys, attempts, audit, corpora, documents, jobs, tenants
from cartridge_store.db.roles import Role, RoleTooPowerfulError, check_bound
from cartridge_store.db.scope import enter_tenant, tenant_transaction
from cartridge_store.db.tables import ApiKey, Corpus, Document, JobEvent, Table, Tenant, TrainingJob
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.keys import new_key
from tests.store.examples import CARTRIDGE
from tests.store.test_repositories import PEPPER, _document

OWNED = sorted(table.name for table in Table.metadata.tables.values() if "tenant_id" in table.columns)


@pytest.fixture
def stranger(sessions: SessionFactory) -> Tenant:
    """Another tenant, with a corpus of its own."""
    with sessions.begin() as session:
        made = tenants.create(session, new_id("name"))
        corpora.create(session, made.id, "theirs")
        return made


def _rights(sessions: SessionFactory, role: Role, table: str) -> set[str]:
    with sessions() as session:
        return {
            right
            for right in ("select", "insert", "update", "delete", "truncate")
            if session.scalar(select(func.has_table_privilege(role.value, table, right)))
        }


@pytest.mark.parametrize("table", [*OWNED, "tenants"])
def test_every_table_of_tenants_is_under_row_level_security(sessions: SessionFactory, table: str) -> None:
    with sessions() as session:
        secured = session.scalar(
            text("select relrowsecurity from pg_class where oid = cast(:table as regclass)"), {"table": table}
        )
    assert secured, f"{table} needs row-level security, in the migration that makes it"
    for role in Role:
        assert "truncate" not in _rights(sessions, role, table)


@pytest.mark.parametrize("table", OWNED)
def test_a_transaction_that_names_no_tenant_sees_no_row(
    api_sessions: SessionFactory, worker_sessions: SessionFactory, sessions: SessionFactory, table: str,
    job: TrainingJob,
) -> None:  # fmt: skip
    with sessions.begin() as session:
        documents.create(session, job.tenant_id, job.corpus_id, _document())
        api_keys.create(session, job.tenant_id, "k", new_key(PEPPER))
        attempts.claim(session, job.id, "w", 60)
        attempts.publish(session, job.id, 1, CARTRIDGE)
    for role, service in ((Role.API, api_sessions), (Role.WORKER, worker_sessions)):
        if "select" not in _rights(sessions, role, table):
            continue
        with service() as session:
            seen = session.execute(select(Table.metadata.tables[table])).mappings().all()
        # Workers look for unfinished jobs, whose turn it is, files to check, corpora that are to have a preview, objects to
        # delete and uploads that are over, whose ever.
        work = role is Role.WORKER and table in (
            "training_jobs", "synthesis_shards", "tenant_turns", "object_deletions", "documents", "uploads",
            "corpora",
        )  # fmt: skip
        unfinished = ("queued", "running", "checking")
        left = [
            row for row in seen
            if not work or row.get("state", row.get("status", "queued")) not in unfinished
            or row.get("preview_due_at", "now") is None
        ]  # fmt: skip
        assert left == []


def test_a_tenant_sees_its_own_rows_and_no_others(
    api_sessions: SessionFactory, tenant: Tenant, stranger: Tenant, job: TrainingJob
) -> None:
    with tenant_transaction(api_sessions, tenant.id) as session:
        assert {row.tenant_id for row in session.scalars(select(Corpus))} == {tenant.id}
        assert [row.id for row in session.scalars(select(Tenant))] == [tenant.id]
    with tenant_transaction(api_sessions, stranger.id) as session:
        assert session.scalars(select(TrainingJob)).all() == []
        with pytest.raises(NotFoundError):
            corpora.get(session, tenant.id, job.corpus_id)


def test_a_tenant_writes_no_row_of_another(
    api_sessions: SessionFactory, sessions: SessionFactory, tenant: Tenant, stranger: Tenant, job: TrainingJob
) -> None:
    with tenant_transaction(api_sessions, stranger.id) as session:
        changed = session.execute(update(TrainingJob).values(name="mine now").returning(TrainingJob.id)).all()
        assert changed == []
    for write in (
        lambda session: corpora.create(session, tenant.id, "slipped in"),
        lambda session: session.execute(update(Corpus).values(tenant_id=tenant.id)),
    ):
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            tenant_transaction(api_sessions, stranger.id) as session,
        ):
            write(session)
    with sessions() as session:
        assert [row.name for row in corpora.list_page(session, tenant.id, limit=9).rows] == ["wards"]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_tenant_is_forgotten_with_its_transaction(
    api_sessions: SessionFactory, tenant: Tenant, job: TrainingJob, end: str
) -> None:
    """A transaction pooler gives the connection to somebody else in this moment."""
    with api_sessions() as session:
        enter_tenant(session, tenant.id)
        assert session.scalars(select(Corpus)).all()
        backend = session.scalar(select(func.pg_backend_pid()))
        getattr(session, end)()
        assert session.scalar(select(func.pg_backend_pid())) == backend
        assert session.scalars(select(Corpus.id)).all() == []


def test_nothing_is_prepared_on_a_connection_that_may_change_hands(
    api_sessions: SessionFactory, tenant: Tenant
) -> None:
    with tenant_transaction(api_sessions, tenant.id) as session:
        for _ in range(12):
            session.scalars(select(Corpus)).all()
        assert session.scalar(text("select count(*) from pg_prepared_statements")) == 0


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "attempt",
    [
        "set row_security = off; select * from corpora",
        "set role postgres",
        "alter table corpora disable row level security",
        "alter role {login} bypassrls",
        "drop policy cartridges_api_own on corpora",
        "create policy mine on corpora using (true)",
        "truncate corpora",
        "select * from alembic_version",
    ],
)
def test_a_service_cannot_free_itself(
    api_sessions: SessionFactory, worker_sessions: SessionFactory, stranger: Tenant, role: Role, attempt: str
) -> None:
    service = api_sessions if role is Role.API else worker_sessions
    with service() as session:
        login = session.scalar(text("select current_user"))
        with pytest.raises(ProgrammingError, match=r"row-level security|permission denied|must be owner"):
            session.execute(text(attempt.format(login=login)))


def test_services_log_in_as_nobody_whom_the_policies_do_not_bind(
    sessions: SessionFactory, api_sessions: SessionFactory, worker_sessions: SessionFactory
) -> None:
    for service in (api_sessions, worker_sessions):
        with service() as session:
            check_bound(session)
    with pytest.raises(RoleTooPowerfulError, match="cartridges_api"), sessions() as session:
        check_bound(session)


def test_a_key_is_found_by_the_prefix_that_is_presented_and_by_no_other(
    api_sessions: SessionFactory, sessions: SessionFactory, tenant: Tenant
) -> None:
    mine, other = new_key(PEPPER), new_key(PEPPER)
    with sessions.begin() as session:
        row = api_keys.create(session, tenant.id, "laptop", mine)
        api_keys.create(session, tenant.id, "desktop", other)
    with api_sessions() as session:
        found = api_keys.find_by_prefix(session, mine.prefix)
        assert found is not None
        assert found.id == row.id
        assert session.scalars(select(ApiKey.id)).all() == [row.id]
        api_keys.touch_last_used(session, found)
    with sessions() as session:
        assert session.get_one(ApiKey, row.id).last_used_at is None  # seen is not yet written


def test_a_worker_finds_jobs_of_every_tenant_and_then_keeps_to_its_jobs_tenant(
    worker_sessions: SessionFactory, sessions: SessionFactory, stranger: Tenant, job: TrainingJob
) -> None:
    with sessions.begin() as session:
        theirs = corpora.list_page(session, stranger.id, limit=1).rows[0]
        documents.create(session, stranger.id, theirs.id, _document())
        other = jobs.create(session, stranger.id, corpus_id=theirs.id, name="j", recipe={}, base_model="m")
    with worker_sessions.begin() as session:
        due = attempts.due_for_wakeup(session, limit=1000, rewake_seconds=0)
        assert {job.id, other.id} <= set(due)
        assert session.scalars(select(Document)).all() == []
    with worker_sessions.begin() as session:
        assert attempts.claim(session, job.id, "w", 60) is not None
        assert {row.tenant_id for row in session.scalars(select(JobEvent))} == {job.tenant_id}
        assert documents.list_all(session, stranger.id, theirs.id) == []
    with worker_sessions.begin() as session:
        attempts.heartbeat(session, job.id, 1, 60)
        attempts.publish(session, job.id, 1, CARTRIDGE)
    with worker_sessions() as session:
        assert session.get(TrainingJob, job.id) is None  # finished: no longer a worker's business


@pytest.mark.parametrize(
    "attempt",
    [
        "update training_jobs set tenant_id = 'ten_x'",
        "update training_jobs set recipe = '{}'",
        "delete from training_jobs",
        "select * from api_keys",
        "select * from tenants",
        "insert into corpora (id, tenant_id, name) values ('crp_x', 'ten_x', 'x')",
    ],
)
def test_a_worker_may_do_its_work_and_no_more(worker_sessions: SessionFactory, attempt: str) -> None:
    with worker_sessions() as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(attempt))


def test_each_kind_of_service_has_a_login_of_its_own() -> None:
    urls = {os.environ[name] for name in ("CARTRIDGES_DATABASE_URL", *(role.url_variable for role in Role))}
    assert len(urls) == 3


def test_the_audit_log_is_written_and_never_rewritten(
    api_sessions: SessionFactory, worker_sessions: SessionFactory, tenant: Tenant
) -> None:
    with tenant_transaction(api_sessions, tenant.id) as session:
        audit.record(session, tenant.id, audit.Actor("key", "key_x"), "corpus.created", "crp_x", name="a\0b")
        assert audit.list_page(session, tenant.id, limit=9).rows[0].details == {"name": "a\ufffdb"}
    for service in (api_sessions, worker_sessions):
        for attempt in ("update audit_log set actor_id = 'key_y'", "delete from audit_log"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                tenant_transaction(service, tenant.id) as session,
            ):
                session.execute(text(attempt))
