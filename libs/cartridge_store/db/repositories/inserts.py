"""Inserting one row, with the database's refusal of a second one as a typed error."""

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cartridge_store.db.tables import Table
from cartridge_store.errors import ConflictError


def insert(session: Session, row: Table, code: str, detail: str) -> None:
    """Insert `row` and read back what the database filled in; the session stays usable when it is refused.

    Raises `ConflictError` with `code` and `detail` where a unique value is taken.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise ConflictError(code, detail) from error
        raise
    session.refresh(row)
