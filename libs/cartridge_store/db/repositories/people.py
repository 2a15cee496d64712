"""People: their accounts, passwords and identities at OpenID providers.

Finding somebody by what a request presents are the queries that start without the person; all others see the person
whom the transaction has entered, or those who share its tenant.
"""

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.scope import enter_person, present_email, present_identity
from cartridge_store.db.tables import Identity, Password, Person
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id


def create(session: Session, email: str, name: str) -> Person:
    """An account without a way to sign in yet; the transaction has entered its person. `email` is in lower case.

    Raises `ConflictError` (`person_exists`).
    """
    row = Person(id=new_id("per"), email=email, name=name)
    enter_person(session, row.id)
    insert(session, row, "person_exists", f"somebody with the address {email} has an account")
    return row


def find_by_email(session: Session, email: str) -> Person | None:
    present_email(session, email)
    return session.scalars(select(Person).where(Person.email == email)).first()


def find_by_identity(session: Session, issuer: str, subject: str) -> Person | None:
    """Whose account a provider's subject opens; the transaction has entered it."""
    present_identity(session, issuer, subject)
    query = select(Identity.person_id).where(Identity.issuer == issuer, Identity.subject == subject)
    person_id = session.scalar(query)
    if person_id is None:
        return None
    enter_person(session, person_id)
    return get(session, person_id)


def get(session: Session, person_id: str) -> Person:
    """Raises `NotFoundError`."""
    row = session.get(Person, person_id)
    if row is None:
        raise NotFoundError(f"there is no person {person_id}")
    return row


def find(session: Session, id_or_email: str) -> Person:
    """For the operator. Raises `NotFoundError`."""
    query = select(Person).where((Person.id == id_or_email) | (Person.email == id_or_email.lower()))
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no person {id_or_email!r}")
    return row


def list_all(session: Session) -> list[Person]:
    """For the operator."""
    return list(session.scalars(select(Person).order_by(Person.email)))


def delete(session: Session, person_id: str) -> None:
    """For the operator: the account, with its ways to sign in, sessions and memberships."""
    session.execute(delete_rows(Person).where(Person.id == person_id))


def password_hash(session: Session, person_id: str) -> str | None:
    return session.scalar(select(Password.hash).where(Password.person_id == person_id))


def set_password(session: Session, person_id: str, hashed: str) -> None:
    made = upsert(Password).values(person_id=person_id, hash=hashed)
    changed = {"hash": hashed, "changed_at": func.now()}
    session.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=changed))


def remove_password(session: Session, person_id: str) -> bool:
    """Whether there was one."""
    gone = delete_rows(Password).where(Password.person_id == person_id).returning(Password.person_id)
    return session.scalar(gone) is not None


def link_identity(session: Session, person_id: str, issuer: str, subject: str) -> None:
    """Let a provider's subject open the account. Raises `ConflictError` (`identity_exists`)."""
    row = Identity(issuer=issuer, subject=subject, person_id=person_id)
    insert(session, row, "identity_exists", "the identity opens another account")
