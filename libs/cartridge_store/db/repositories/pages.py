"""Newest-first pages: ids sort by time, so the last id of a page is the cursor of the next."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    has_more: bool


def read_page(
    session: Session,
    query: Select[Row],
    key: InstrumentedAttribute[str],
    *,
    limit: int,
    after: str | None,
) -> Page[Row]:
    """At most `limit` rows of `query` whose `key` comes after `after`, newest first."""
    if after is not None:
        query = query.where(key < after)
    rows = list(session.scalars(query.order_by(key.desc()).limit(limit + 1)))
    return Page(rows[:limit], len(rows) > limit)
