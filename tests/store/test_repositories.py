"""Every row belongs to a tenant, and another tenant finds nothing."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import inspect, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateSchema, DropSchema

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.migrate import upgrade
from cartridge_store.db.repositories import (
    api_keys,
    attempts,
    cartridges,
    corpora,
    documents,
    job_events,
    jobs,
    tenants,
)
from cartridge_store.db.repositories.documents import CorpusSize, NewDocument
from cartridge_store.db.tables import Table, Tenant, TrainingJob
from cartridge_store.errors import ConflictError, NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.keys import Scope, new_key
from cartridge_store.settings import DatabaseSettings
from tests.store.examples import CARTRIDGE

PEPPER = SecretStr("p" * 32)


def _document(name: str = "a.txt") -> NewDocument:
    return NewDocument(new_id("doc"), name, "text/plain", 5, "0" * 64, "tenants/x")


def test_migrating_again_changes_nothing(sessions: SessionFactory) -> None:
    upgrade(DatabaseSettings().database_url)


def test_two_processes_that_start_at_once_make_the_tables_once(sessions: SessionFactory) -> None:
    """In a schema of its own, so that there is something to make."""
    schema = new_id("fresh")
    with sessions.begin() as session:
        session.execute(CreateSchema(schema))
    url = make_url(DatabaseSettings().database_url).update_query_dict({"options": f"-csearch_path={schema}"})
    code = "import sys; from cartridge_store.db.migrate import upgrade; upgrade(sys.argv[1])"
    command = [sys.executable, "-c", code, url.render_as_string(hide_password=False)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in started]
    with sessions.begin() as session:
        made = inspect(session.connection()).get_table_names(schema=schema)
        session.execute(DropSchema(schema, cascade=True))
    assert [code for _, code in ended] == [0, 0], ended
    assert set(made) == set(Table.metadata.tables) | {"alembic_version"}


def test_rows_of_the_first_release_are_there_after_all_migrations(sessions: SessionFactory) -> None:
    schema = new_id("fresh")
    url = make_url(DatabaseSettings().database_url).update_query_dict({"options": f"-csearch_path={schema}"})
    owner = url.render_as_string(hide_password=False)
    with sessions.begin() as session:
        session.execute(CreateSchema(schema))
    upgrade(owner, "0001")
    with sessions.begin() as session:
        session.execute(text(f"set local search_path to {schema}"))
        for statement in (
            "insert into tenants (id, name) values ('ten_1', 'old')",
            "insert into api_keys (id, tenant_id, name, prefix, hash) values ('key_1', 'ten_1', 'k', 'p', 'h')",
            "insert into corpora (id, tenant_id, name) values ('crp_1', 'ten_1', 'c')",
            "insert into training_jobs (id, tenant_id, corpus_id, name, recipe, base_model, state, desired_state, "
            "attempt, progress, last_event) values ('job_1', 'ten_1', 'crp_1', 'j', '{}', 'm', 'running', 'run', "
            "1, '{}', 3)",
        ):
            session.execute(text(statement))
    upgrade(owner)
    with sessions.begin() as session:
        session.execute(text(f"set local search_path to {schema}"))
        assert set(api_keys.get(session, "ten_1", "key_1").scopes) == set(Scope)
        assert corpora.get(session, "ten_1", "crp_1").revision == 1
        job = jobs.get(session, "ten_1", "job_1")
        assert (job.request_id, job.last_event) == (None, 3)
        # A worker that has held it since before is counted from its next heartbeat on.
        attempts.finish_failed(session, "job_1", 1, "corpus_too_short", "too short")
        session.execute(DropSchema(schema, cascade=True))


def test_the_tables_are_those_that_the_migrations_make(sessions: SessionFactory) -> None:
    with sessions() as session:
        differences = compare_metadata(MigrationContext.configure(session.connection()), Table.metadata)
    assert differences == []


def test_a_tenants_name_is_taken_once(session: Session) -> None:
    name = new_id("name")
    made = tenants.create(session, name)
    with pytest.raises(ConflictError, match="exists"):
        tenants.create(session, name)
    assert tenants.find(session, name).id == made.id


def test_another_tenant_finds_nothing(sessions: SessionFactory, tenant: Tenant, job: TrainingJob) -> None:
    with sessions.begin() as session:
        stranger = tenants.create(session, new_id("name")).id
        document = documents.create(session, tenant.id, job.corpus_id, _document())
        for look in (
            lambda: corpora.get(session, stranger, job.corpus_id),
            lambda: corpora.delete(session, stranger, job.corpus_id),
            lambda: documents.get(session, stranger, job.corpus_id, document.id),
            lambda: documents.delete(session, stranger, job.corpus_id, document.id),
            lambda: jobs.get(session, stranger, job.id),
            lambda: jobs.request_cancel(session, stranger, job.id),
            lambda: cartridges.get(session, stranger, "ctg_x"),
            lambda: documents.create(session, stranger, job.corpus_id, _document()),
            lambda: jobs.create(
                session, stranger, corpus_id=job.corpus_id, name="j", recipe={}, base_model="m"
            ),
            lambda: job_events.append(session, job.id, stranger, "log", {}),
        ):
            with pytest.raises(NotFoundError):
                look()
        assert corpora.list_page(session, stranger, limit=10).rows == []
        assert documents.list_page(session, stranger, job.corpus_id, limit=10).rows == []
        assert documents.sizes(session, stranger, [job.corpus_id]) == {}
        assert jobs.list_page(session, stranger, limit=10).rows == []
        assert job_events.list_after(session, stranger, job.id, 0, 10) == []
        assert not jobs.has_unfinished(session, stranger, job.corpus_id)
        assert corpora.get(session, tenant.id, job.corpus_id).id == job.corpus_id


def test_another_tenants_cartridge_is_neither_read_nor_deleted(
    sessions: SessionFactory, tenant: Tenant, job: TrainingJob
) -> None:
    with sessions.begin() as session:
        stranger = tenants.create(session, new_id("name")).id
        attempts.claim(session, job.id, "worker", 60)
        made = attempts.publish(session, job.id, 1, CARTRIDGE)
        for look in (cartridges.get, cartridges.delete):
            with pytest.raises(NotFoundError):
                look(session, stranger, made.id)
        assert cartridges.list_page(session, stranger, limit=10).rows == []
        assert cartridges.get_many(session, tenant.id, [made.id, made.id]) == [made, made]
        cartridges.delete(session, tenant.id, made.id)
        assert cartridges.list_page(session, tenant.id, limit=10).rows == []


def test_a_key_in_use_is_noted_at_most_once_a_minute(session: Session) -> None:
    tenant = tenants.create(session, new_id("name"))
    row = api_keys.create(session, tenant.id, "laptop", new_key(PEPPER))
    seen = []
    for _ in range(2):
        api_keys.touch_last_used(session, row)
        session.refresh(row)
        seen.append(row.last_used_at)
    assert seen[0] == seen[1]


def test_a_prefix_taken_is_a_conflict_that_leaves_the_session_usable(session: Session) -> None:
    tenant = tenants.create(session, new_id("name"))
    key = new_key(PEPPER)
    row = api_keys.create(session, tenant.id, "laptop", key)
    with pytest.raises(ConflictError, match=key.prefix):
        api_keys.create(session, tenant.id, "desktop", key)
    assert [found.id for found in api_keys.list_all(session, tenant.id)] == [row.id]


def test_pages_go_from_new_to_old_without_overlap(session: Session) -> None:
    tenant = tenants.create(session, new_id("name"))
    made = [corpora.create(session, tenant.id, str(number)).name for number in range(5)]
    names, after = [], None
    while True:
        page = corpora.list_page(session, tenant.id, limit=2, after=after)
        names += [row.name for row in page.rows]
        if not page.has_more:
            break
        after = page.rows[-1].id
    assert names == made[::-1]


def test_deleting_a_corpus_takes_its_documents_along(session: Session) -> None:
    tenant = tenants.create(session, new_id("name"))
    corpus = corpora.create(session, tenant.id, "c")
    documents.create(session, tenant.id, corpus.id, _document("a.txt"))
    documents.create(session, tenant.id, corpus.id, _document("b.txt"))
    assert documents.sizes(session, tenant.id, [corpus.id]) == {corpus.id: CorpusSize(2, 10)}
    corpora.delete(session, tenant.id, corpus.id)
    assert documents.list_all(session, tenant.id, corpus.id) == []


def test_a_revoked_key_stays_revoked_since_the_first_time(session: Session) -> None:
    tenant = tenants.create(session, new_id("name"))
    key = new_key(PEPPER)
    row = api_keys.create(session, tenant.id, "laptop", key)
    found = api_keys.find_by_prefix(session, key.prefix)
    assert found is not None
    assert found.id == row.id
    api_keys.touch_last_used(session, row)
    session.refresh(row)
    assert row.last_used_at is not None
    first = api_keys.revoke(session, tenant.id, key.prefix).revoked_at
    assert api_keys.revoke(session, tenant.id, row.id).revoked_at == first
    with pytest.raises(NotFoundError):
        api_keys.revoke(session, "ten_other", row.id)
