"""Every row belongs to a tenant, and another tenant finds nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.migrate import upgrade
from cartridge_store.db.repositories import (
    api_keys,
    cartridges,
    corpora,
    documents,
    job_events,
    jobs,
    tenants,
)
from cartridge_store.db.repositories.documents import CorpusSize, NewDocument
from cartridge_store.db.tables import Tenant, TrainingJob
from cartridge_store.errors import ConflictError, NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.keys import new_key
from cartridge_store.settings import DatabaseSettings

PEPPER = SecretStr("p" * 32)


def _document(name: str = "a.txt") -> NewDocument:
    return NewDocument(new_id("doc"), name, "text/plain", 5, "0" * 64, "tenants/x")


def test_migrating_twice_and_from_two_processes_at_once_changes_nothing(sessions: SessionFactory) -> None:
    url = DatabaseSettings().database_url
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(upgrade, [url, url]))


def test_the_tables_are_those_that_the_migrations_make(sessions: SessionFactory) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from cartridge_store.db.tables import Table

    with sessions() as session:
        differences = compare_metadata(MigrationContext.configure(session.connection()), Table.metadata)
    assert [d for d in differences if d[0] not in {"remove_index", "add_index"}] == []


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
    api_keys.touch_last_used(session, tenant.id, row.id)
    session.refresh(row)
    assert row.last_used_at is not None
    first = api_keys.revoke(session, tenant.id, key.prefix).revoked_at
    assert api_keys.revoke(session, tenant.id, row.id).revoked_at == first
    with pytest.raises(NotFoundError):
        api_keys.revoke(session, "ten_other", row.id)
