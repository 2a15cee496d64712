"""Connections and sessions."""

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from cartridge_store.settings import DatabaseSettings

SessionFactory = sessionmaker[Session]


def make_engine(settings: DatabaseSettings) -> Engine:
    """An engine whose connections are checked before use, so that a restarted server costs one retry."""
    return create_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        # What statements carry, texts of documents among it, must not get into errors: those are logged.
        hide_parameters=True,
        # A transaction pooler hands each transaction another server connection, which knows no statement
        # that was prepared on the one before.
        connect_args={"prepare_threshold": None},
    )


def make_session_factory(engine: Engine) -> SessionFactory:
    """Sessions for `with factory.begin() as session`: committed once, at the end; rows stay readable after."""
    return sessionmaker(engine, expire_on_commit=False)
