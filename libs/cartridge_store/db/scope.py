"""Which rows a transaction sees: row-level security compares each row with what the transaction says here.

Whoever asks is not known yet where a request begins: it presents something (a key's prefix, a secret's hash, an
e-mail address), and the transaction sees the one row that belongs to it. What it then enters, a tenant or a person,
it sees whole.

The settings end with the transaction, so a connection that a pooler hands on to somebody else carries nothing over.
A transaction that says nothing sees no tenant's rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db.connection import ScopedConnection
from cartridge_store.db.engine import SessionFactory

TENANT = "cartridges.tenant_id"
PERSON = "cartridges.person_id"
KEY_PREFIX = "cartridges.key_prefix"
SESSION_HASH = "cartridges.session_hash"
INVITATION_HASH = "cartridges.invitation_hash"
EMAIL = "cartridges.email"
ISSUER = "cartridges.issuer"
SUBJECT = "cartridges.subject"


def enter_tenant(session: Session, tenant_id: str) -> None:
    """From here to its end, the transaction sees and writes the rows of this tenant alone."""
    _say(session, TENANT, tenant_id)


def enter_person(session: Session, person_id: str) -> None:
    """From here to its end, the transaction sees what is this person's: account, sessions, memberships."""
    _say(session, PERSON, person_id)


def present_key(session: Session, prefix: str) -> None:
    """Let the transaction see the one API key with this prefix, before anybody knows whose it is."""
    _say(session, KEY_PREFIX, prefix)


def present_session(session: Session, hashed: str) -> None:
    """Let the transaction see the one session of a person with this hash."""
    _say(session, SESSION_HASH, hashed)


def present_invitation(session: Session, hashed: str) -> None:
    """Let the transaction see the one invitation with this hash."""
    _say(session, INVITATION_HASH, hashed)


def present_email(session: Session, email: str) -> None:
    """Let the transaction see the one person with this address."""
    _say(session, EMAIL, email)


def present_identity(session: Session, issuer: str, subject: str) -> None:
    """Let the transaction see whose identity at an OpenID provider this is."""
    _say(session, ISSUER, issuer)
    _say(session, SUBJECT, subject)


@contextmanager
def tenant_transaction(sessions: SessionFactory, tenant_id: str) -> Iterator[Session]:
    """One transaction on the rows of a tenant, committed at the end."""
    with sessions.begin() as session:
        enter_tenant(session, tenant_id)
        yield session


def _say(session: Session, name: str, value: str) -> None:
    driver = session.connection().connection.driver_connection
    if isinstance(driver, ScopedConnection) and driver.opening is not None:
        driver.opening[name] = value
    else:
        session.execute(select(func.set_config(name, value, True)))
