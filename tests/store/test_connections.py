"""Connections that begin a transaction with its first statement, and are looked at before use."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from cartridge_store.db.connection import ScopedConnection
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import corpora, tenants
from cartridge_store.db.scope import enter_tenant, tenant_transaction
from cartridge_store.db.tables import Corpus, Tenant
from cartridge_store.ids import new_id


@pytest.fixture
def owned(sessions: SessionFactory) -> Tenant:
    with sessions.begin() as session:
        tenant = tenants.create(session, new_id("name"))
        corpora.create(session, tenant.id, "theirs")
    return tenant


@pytest.fixture
def session(api_sessions: SessionFactory) -> Iterator[Session]:
    with api_sessions() as opened:
        yield opened


def _driver(session: Session) -> ScopedConnection:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, ScopedConnection)
    return driver


def _status(session: Session) -> psycopg.pq.TransactionStatus:
    return _driver(session).info.transaction_status


def test_a_transaction_begins_with_its_first_statement(session: Session, owned: Tenant) -> None:
    enter_tenant(session, owned.id)
    assert _status(session) == psycopg.pq.TransactionStatus.IDLE
    assert session.scalars(select(Corpus.name)).all() == ["theirs"]
    assert _status(session) == psycopg.pq.TransactionStatus.INTRANS


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_what_was_said_for_a_transaction_that_never_began_is_forgotten(
    session: Session, owned: Tenant, end: str
) -> None:
    enter_tenant(session, owned.id)
    first = _driver(session)
    getattr(session, end)()
    assert _driver(session) is first
    assert session.scalars(select(Corpus.id)).all() == []


def test_what_is_said_last_counts(session: Session, owned: Tenant) -> None:
    enter_tenant(session, "ten_somebody_else")
    enter_tenant(session, owned.id)
    assert session.scalars(select(Corpus.name)).all() == ["theirs"]
    enter_tenant(session, "ten_somebody_else")
    assert session.scalars(select(Corpus.name)).all() == []


def test_a_setting_is_a_value_whatever_it_holds(session: Session) -> None:
    enter_tenant(session, "x', true); drop table corpora; --")
    assert session.scalar(text("select current_setting('cartridges.tenant_id')")) == (
        "x', true); drop table corpora; --"
    )


def test_statements_of_every_kind_come_after_what_was_said(
    api_sessions: SessionFactory, owned: Tenant
) -> None:
    with tenant_transaction(api_sessions, owned.id) as session:
        session.execute(
            text("insert into corpora (id, tenant_id, name) values (:id, :tenant, 'more')"),
            [{"id": new_id("crp"), "tenant": owned.id} for _ in range(3)],
        )
    with tenant_transaction(api_sessions, owned.id) as session:
        rows = session.scalars(select(Corpus.name), execution_options={"yield_per": 2})
        assert sorted(rows) == ["more", "more", "more", "theirs"]


def test_a_failed_transaction_is_rolled_back_and_the_next_one_knows_nothing_of_it(
    api_sessions: SessionFactory, owned: Tenant
) -> None:
    with pytest.raises(DataError), tenant_transaction(api_sessions, owned.id) as session:
        session.execute(text("update corpora set name = 'changed', version = 1 / 0"))
    with api_sessions() as session:
        assert session.scalars(select(Corpus.id)).all() == []
        enter_tenant(session, owned.id)
        assert session.scalars(select(Corpus.name)).all() == ["theirs"]


def test_a_connection_that_the_server_closed_is_replaced_before_use(
    api_sessions: SessionFactory, sessions: SessionFactory, owned: Tenant
) -> None:
    with tenant_transaction(api_sessions, owned.id) as session:
        backend = session.scalar(select(func.pg_backend_pid()))
    with sessions() as session:
        assert session.scalar(select(func.pg_terminate_backend(backend, 5000)))
    with tenant_transaction(api_sessions, owned.id) as session:
        assert session.scalar(select(func.pg_backend_pid())) != backend
        assert session.scalars(select(Corpus.name)).all() == ["theirs"]


def test_connections_are_kept_however_many_were_needed_at_once(api_sessions: SessionFactory) -> None:
    engine = api_sessions.kw["bind"]
    assert isinstance(engine, Engine)
    held = [engine.connect() for _ in range(4)]
    backends = {each.scalar(select(func.pg_backend_pid())) for each in held}
    for each in held:
        each.close()
    again = [engine.connect() for _ in range(4)]
    assert {each.scalar(select(func.pg_backend_pid())) for each in again} == backends
    for each in again:
        each.close()
