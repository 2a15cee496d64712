"""Connections and sessions."""

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from cartridge_store.db.connection import connect_scoped
from cartridge_store.settings import DatabaseSettings

SessionFactory = sessionmaker[Session]

# Beside the settings' number: a request may need a second connection while it holds one.
_SPARE = 5


def make_engine(settings: DatabaseSettings) -> Engine:
    """An engine whose connections are looked at before use, so that a restarted server costs one more try."""
    engine = create_engine(
        settings.database_url,
        # All of them stay: one that is made for a request and closed after it costs the server a process each time.
        pool_size=settings.database_pool_size + _SPARE,
        max_overflow=0,
        # The one used last comes first: those that a rush has left behind need not be looked at.
        pool_use_lifo=True,
        # What statements carry, texts of documents among it, must not get into errors: those are logged.
        hide_parameters=True,
        # Not used here, and asked for by each new connection otherwise.
        use_native_hstore=False,
        # A transaction pooler hands each transaction another server connection, which knows no statement
        # that was prepared on the one before.
        connect_args={"prepare_threshold": None},
    )
    connect_scoped(engine)
    return engine


def make_session_factory(engine: Engine) -> SessionFactory:
    """Sessions for `with factory.begin() as session`: committed once, at the end; rows stay readable after."""
    return sessionmaker(engine, expire_on_commit=False)
