"""A migrated database and an object store on the session's real servers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.repositories import corpora, jobs, tenants
from cartridge_store.db.roles import Role
from cartridge_store.db.tables import Tenant, TrainingJob
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings
from tests.conftest import Backing


@pytest.fixture(scope="session")
def backing(backing: Backing) -> Backing:
    """Its own database: some tests look at whatever waits in it."""
    return backing.with_new_database()


@pytest.fixture(scope="session")
def environment(backing: Backing) -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name, value in backing.environment.items():
        patch.setenv(name, value)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def sessions(environment: None) -> Iterator[SessionFactory]:
    """Sessions of the tables' owner, who sees every tenant."""
    bring_up_to_date(os.environ)
    with _sessions_at(os.environ["CARTRIDGES_DATABASE_URL"]) as made:
        yield made


@pytest.fixture(scope="session")
def api_sessions(sessions: SessionFactory) -> Iterator[SessionFactory]:
    """Sessions as the api has them, where every transaction follows another's on a connection."""
    with _sessions_at(os.environ[Role.API.url_variable]) as made:
        yield made


@pytest.fixture(scope="session")
def worker_sessions(sessions: SessionFactory) -> Iterator[SessionFactory]:
    """Sessions as trainer and dispatcher have them, each on the connection that was used last."""
    with _sessions_at(os.environ[Role.WORKER.url_variable]) as made:
        yield made


@contextmanager
def _sessions_at(url: str) -> Iterator[SessionFactory]:
    engine = make_engine(DatabaseSettings(database_url=url, database_pool_size=1))
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
