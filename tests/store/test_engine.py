"""What connections tell of themselves."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session


def test_an_error_does_not_tell_what_its_statement_carried(session: Session) -> None:
    with pytest.raises(DataError) as caught, session.begin_nested():
        session.execute(text("select cast(:document as text), 1 / 0"), {"document": "Ann has a rash"})
    assert "division by zero" in str(caught.value)
    assert "rash" not in str(caught.value)
