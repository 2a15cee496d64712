"""Inserting rows, with the database's refusal of a second one as a typed error."""

from collections.abc import Sequence

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cartridge_store.db.tables import Table
from cartridge_store.errors import ConflictError


def insert(session: Session, row: Table, code: str, detail: str) -> None:
    """Insert `row` and read back what the database filled in; the session stays usable when it is refused.

    Raises `ConflictError` with `code` and `detail` where a unique value is taken.
    """
    _add(session, [row], code, detail)
    session.refresh(row)


def insert_all(session: Session, rows: Sequence[Table], code: str, detail: str) -> None:
    """Insert many rows at once, else as `insert`; what the database filled in is read when it is asked for."""
    _add(session, rows, code, detail)


def _add(session: Session, rows: Sequence[Table], code: str, detail: str) -> None:
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise ConflictError(code, detail) from error
        raise
