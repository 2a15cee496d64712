"""Which rows a transaction sees: row-level security compares each row with what the transaction says here.

The settings end with the transaction, so a connection that a pooler hands on to somebody else carries nothing over.
A transaction that says nothing sees no tenant's rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db.engine import SessionFactory

TENANT = "cartridges.tenant_id"
KEY_PREFIX = "cartridges.key_prefix"


def enter_tenant(session: Session, tenant_id: str) -> None:
    """From here to its end, the transaction sees and writes the rows of this tenant alone."""
    _say(session, TENANT, tenant_id)


def present_key(session: Session, prefix: str) -> None:
    """Let the transaction see the one API key with this prefix, before anybody knows whose it is."""
    _say(session, KEY_PREFIX, prefix)


@contextmanager
def tenant_transaction(sessions: SessionFactory, tenant_id: str) -> Iterator[Session]:
    """One transaction on the rows of a tenant, committed at the end."""
    with sessions.begin() as session:
        enter_tenant(session, tenant_id)
        yield session


def _say(session: Session, name: str, value: str) -> None:
    session.execute(select(func.set_config(name, value, True)))
