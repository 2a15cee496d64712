"""A migrated database and an object store on the session's real servers."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.migrate import upgrade
from cartridge_store.db.repositories import corpora, jobs, tenants
from cartridge_store.db.tables import Tenant, TrainingJob
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings


@pytest.fixture(scope="session")
def environment(backing: Any) -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name, value in backing.environment.items():
        patch.setenv(name, value)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def sessions(environment: None) -> Iterator[SessionFactory]:
    settings = DatabaseSettings()
    upgrade(settings.database_url)
    engine = make_engine(settings)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def objects(environment: None) -> ObjectStore:
    store = ObjectStore(ObjectStoreSettings())
    store.ensure_bucket()
    return store


@pytest.fixture
def session(sessions: SessionFactory) -> Iterator[Session]:
    with sessions.begin() as session:
        yield session


@pytest.fixture
def tenant(sessions: SessionFactory) -> Tenant:
    with sessions.begin() as session:
        return tenants.create(session, new_id("name"))


@pytest.fixture
def job(sessions: SessionFactory, tenant: Tenant) -> TrainingJob:
    with sessions.begin() as session:
        corpus = corpora.create(session, tenant.id, "wards")
        return jobs.create(session, tenant.id, corpus_id=corpus.id, name="j", recipe={}, base_model="m")
