"""`Idempotency-Key`: a creation that is asked for again gives the first answer and makes nothing."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import repeats
from cartridge_store.sealing import seal, unseal
from cartridge_web.problems import Problem
from services.api.access import Caller
from services.api.platform import Platform

REPLAYED = "Idempotency-Replayed"

Made = TypeVar("Made", bound=BaseModel)


def key_reused() -> Problem:
    return Problem(
        409,
        "idempotency_key_reused",
        "Idempotency key reused",
        "This Idempotency-Key came with another request before; give each request a key of its own.",
    )


@dataclass(frozen=True)
class Once:
    """What of a request makes it the same request when it comes again."""

    key: str | None
    fingerprint: str
    response: Response

    def answer(
        self,
        platform: Platform,
        caller: Caller,
        answer: type[Made],
        make: Callable[[Session], Made],
        *,
        content: str = "",
    ) -> Made:
        """What `make` makes in one transaction, or what it made when this request came before.

        `content` stands for a body that is not JSON. A request that fails leaves its key free. Raises the 409 problem
        where the key came with another request.
        """
        with platform.rows_of(caller.tenant_id) as session:
            if self.key is None:
                return make(session)
            fingerprint = hashlib.sha256(f"{self.fingerprint}\n{content}".encode()).hexdigest()
            # The answer may hold an API key's text, which is stored nowhere in the clear.
            peppers, purpose = platform.settings.key_peppers, f"answer:{caller.tenant_id}:{self.key}"
            earlier = repeats.begin(session, caller.tenant_id, self.key, fingerprint)
            if earlier is None:
                made = make(session)
                sealed = seal(made.model_dump_json().encode(), peppers[0], purpose)
                repeats.finish(session, caller.tenant_id, self.key, sealed)
                return made
        if earlier.fingerprint != fingerprint:
            raise key_reused()
        self.response.headers[REPLAYED] = "true"
        return answer.model_validate_json(unseal(earlier.answer, purpose, *peppers))


async def _once(
    request: Request,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$",
            description="A word of your own for this request. Sent again within a day, it gives the first answer.",
        ),
    ] = None,
) -> Once:  # fmt: skip
    # Bodies that are no JSON are not read here: an upload goes to disk while it comes, never into memory.
    is_json = "json" in request.headers.get("content-type", "").lower()
    body = await request.body() if idempotency_key is not None and is_json else b""
    digest = hashlib.sha256(body).hexdigest()
    return Once(
        idempotency_key, f"{request.method} {request.url.path}?{request.url.query} {digest}", response
    )


OnceDep = Annotated[Once, Depends(_once)]
