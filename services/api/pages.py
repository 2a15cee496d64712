"""Lists: newest first, with a cursor to the next page."""

from typing import Annotated, Generic, Literal, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=100, description="At most so many items.")]
Cursor = Annotated[
    str | None,
    Query(max_length=64, pattern=r"^[a-z]+_[0-9a-z]+$", description="`next_cursor` of the page before."),
]


class ListOut(BaseModel, Generic[Item]):
    """One page of a list, newest first."""

    object: Literal["list"] = "list"
    data: list[Item]
    has_more: bool = Field(description="Whether older items follow.")
    next_cursor: str | None = Field(None, description="Give it as `cursor` to read on.")


def page_out(items: list[Item], ids: list[str], *, has_more: bool) -> ListOut[Item]:
    return ListOut(data=items, has_more=has_more, next_cursor=ids[-1] if has_more and ids else None)
