"""Connections that begin a transaction with its first statement, and are looked at instead of asked before use.

Between a service and its database every message has its price, on both sides and in switches between threads. What a
transaction says of itself (`cartridge_store.db.scope`) goes along with its BEGIN, in one message, when its first
statement comes; a transaction without one sends nothing. Whether a connection that waits in the pool is alive shows on
its socket: a server that went away has closed it, or sent why.
"""

import select
import time
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

# What stands between a service and its database may drop idle connections without a word: those are asked.
_TRUSTED_SECONDS = 30.0
_IDLE_SINCE = "idle_since"


class ScopedConnection(psycopg.Connection[Any]):
    """A driver's connection in autocommit, whose transactions this module begins.

    `opening` is what the transaction that is about to begin will say, by setting; None when there is none, or when it
    has begun.
    """

    def __init__(self, pgconn: psycopg.pq.abc.PGconn, row_factory: Any = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self.opening: dict[str, str] | None = None
        self.cursor_factory = _Cursor
        self.server_cursor_factory = _ServerCursor

    def commit(self) -> None:
        self._forget()
        super().commit()

    def rollback(self) -> None:
        self._forget()
        super().rollback()

    def begin_if_due(self) -> None:
        """Send BEGIN and what the transaction says of itself, in one message."""
        if self.opening is None:
            return
        said, self.opening = self.opening, None
        settings = sql.SQL(", ").join(
            sql.SQL("set_config({}, {}, true)").format(name, value) for name, value in said.items()
        )
        begin = sql.SQL("begin; select {}").format(settings) if said else sql.SQL("begin")
        psycopg.Cursor(self).execute(begin)

    def _forget(self) -> None:
        """Nothing that was said for a transaction may reach the one after it."""
        self.opening = None


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, *args: Any, **kwargs: Any) -> Any:
        _begin(self.connection)
        return super().execute(*args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> None:
        _begin(self.connection)
        super().executemany(*args, **kwargs)


class _ServerCursor(psycopg.ServerCursor[Any]):
    def execute(self, *args: Any, **kwargs: Any) -> Any:
        _begin(self.connection)
        return super().execute(*args, **kwargs)


def _begin(connection: psycopg.Connection[Any]) -> None:
    if isinstance(connection, ScopedConnection):
        connection.begin_if_due()


def connect_scoped(engine: Engine) -> None:
    """Let `engine` connect with `ScopedConnection`s, and look at each before it is used."""

    @event.listens_for(engine, "do_connect")
    def connect(_: Any, __: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]) -> Any:
        return ScopedConnection.connect(*arguments, **options, autocommit=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if isinstance(driver, ScopedConnection):
            driver.opening = {}

    @event.listens_for(engine, "checkin")
    def put_back(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def take(connection: DBAPIConnection, record: ConnectionPoolEntry, _: Any) -> None:
        idle = time.monotonic() - record.info.get(_IDLE_SINCE, time.monotonic())
        if idle < _TRUSTED_SECONDS and not _has_news(connection):
            return
        try:
            connection.cursor().execute("")
        except psycopg.Error as error:
            # The pool connects anew.
            raise DisconnectionError from error


def _has_news(connection: DBAPIConnection) -> bool:
    """Whether the server has sent anything unasked: most often that it is gone."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
