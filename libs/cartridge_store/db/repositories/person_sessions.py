"""Sessions of people in browsers. Finding one by its hash is the query that starts without the person."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.scope import enter_person, present_session
from cartridge_store.db.tables import PersonSession
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id

_USE_RESOLUTION = timedelta(minutes=1)
# Of a person at a time; the oldest goes first.
_KEPT = 50


def create(
    session: Session,
    person_id: str,
    hashed: str,
    *,
    tenant_id: str | None,
    user_agent: str,
    lifetime: timedelta,
) -> PersonSession:
    """A session of the person whom the transaction has entered; sessions of it that have ended are forgotten."""
    now = clock.now(session)
    mine = PersonSession.person_id == person_id
    newest = select(PersonSession.id).where(mine).order_by(PersonSession.id.desc()).limit(_KEPT - 1)
    unwanted = (PersonSession.expires_at <= now) | PersonSession.id.not_in(newest)
    session.execute(delete(PersonSession).where(mine, unwanted).execution_options(synchronize_session=False))
    row = PersonSession(
        id=new_id("ses"),
        person_id=person_id,
        hash=hashed,
        active_tenant_id=tenant_id,
        user_agent=user_agent,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def find(session: Session, hashed: str, idle: timedelta) -> PersonSession | None:
    """The session with this hash unless it has ended, of itself or because it was `idle`; its person is entered."""
    present_session(session, hashed)
    now = clock.now(session)
    row = session.scalars(
        select(PersonSession).where(
            PersonSession.hash == hashed,
            PersonSession.expires_at > now,
            PersonSession.last_used_at > now - idle,
        )
    ).first()
    if row is not None:
        enter_person(session, row.person_id)
    return row


def touch(session: Session, row: PersonSession) -> None:
    """Note that the session was used, at most once a minute: most requests write nothing."""
    now = clock.now(session)
    if row.last_used_at > now - _USE_RESOLUTION:
        return
    session.execute(
        update(PersonSession)
        .where(PersonSession.id == row.id, PersonSession.last_used_at <= now - _USE_RESOLUTION)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def renew(session: Session, session_id: str, hashed: str) -> PersonSession:
    """Give the session another secret; the one before opens nothing any more. Raises `NotFoundError`."""
    row = get(session, session_id)
    row.hash = hashed
    session.flush()
    return row


def choose_tenant(session: Session, session_id: str, tenant_id: str) -> PersonSession:
    """Raises `NotFoundError`."""
    row = get(session, session_id)
    row.active_tenant_id = tenant_id
    session.flush()
    return row


def get(session: Session, session_id: str) -> PersonSession:
    """A session of the person whom the transaction has entered, locked. Raises `NotFoundError`."""
    row = session.scalars(
        select(PersonSession).where(PersonSession.id == session_id).with_for_update()
    ).first()
    if row is None:
        raise NotFoundError(f"there is no session {session_id}")
    return row


def list_of(session: Session, person_id: str, idle: timedelta) -> list[PersonSession]:
    """The sessions that have not ended, newest first."""
    now = clock.now(session)
    alive = (PersonSession.expires_at > now) & (PersonSession.last_used_at > now - idle)
    query = select(PersonSession).where(PersonSession.person_id == person_id, alive)
    return list(session.scalars(query.order_by(PersonSession.id.desc())))


def end(session: Session, person_id: str, session_id: str) -> None:
    """Raises `NotFoundError`."""
    mine = (PersonSession.id == session_id, PersonSession.person_id == person_id)
    if session.scalar(delete(PersonSession).where(*mine).returning(PersonSession.id)) is None:
        raise NotFoundError(f"there is no session {session_id}")


def end_all(session: Session, person_id: str, *, but: str | None = None) -> int:
    """End every session of the person, except `but`. Returns how many."""
    unwanted = (PersonSession.person_id == person_id) & (PersonSession.id != (but or ""))
    return len(session.scalars(delete(PersonSession).where(unwanted).returning(PersonSession.id)).all())
