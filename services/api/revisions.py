"""`ETag` and `If-Match`: a change that was meant for another state of a thing is not made."""

from typing import Annotated

from fastapi import Header

from cartridge_web.problems import Problem

IfMatch = Annotated[
    str | None,
    Header(
        max_length=200, description="Change only what still has this `ETag`. Default: change it as it is."
    ),
]


def etag(revision: int) -> str:
    """The entity tag of a thing's revision."""
    return f'"{revision}"'


def revision_mismatch(current: int) -> Problem:
    return Problem(
        412,
        "revision_mismatch",
        "Changed meanwhile",
        f"Somebody changed this since you read it; it is at {etag(current)} now. Read it again, then change it.",
        {"ETag": etag(current)},
    )


def check_match(if_match: str | None, current: int) -> None:
    """Raise the 412 problem unless `if_match` names the current revision, any, or nothing."""
    if if_match is None:
        return
    wanted = {tag.strip() for tag in if_match.split(",")}
    if not wanted & {"*", etag(current)}:
        raise revision_mismatch(current)
