"""Whether the process lives, and whether it can answer."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel

from cartridge_store.errors import ObjectStoreUnavailableError
from cartridge_web.problems import Problem

_STORE_SECONDS = 3.0

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/healthz")
async def healthz(request: Request) -> Health:
    """Answers as soon as the process does; no longer once its model turned out not to load."""
    starting: asyncio.Task[None] = request.app.state.starting
    if starting.done() and not starting.cancelled() and (error := starting.exception()) is not None:
        raise Problem(503, "engine_cannot_start", "Engine cannot start", str(error))
    return Health(status="ok")


@router.get("/readyz")
async def readyz(request: Request) -> Health:
    """Answers well when the base model is loaded and the object store is reachable."""
    if not request.app.state.engine.ready:
        raise Problem(
            503, "engine_not_ready", "Not ready", "The base model is not loaded.", {"Retry-After": "2"}
        )
    try:
        async with asyncio.timeout(_STORE_SECONDS):
            await asyncio.to_thread(request.app.state.objects.check)
    except TimeoutError as error:
        raise ObjectStoreUnavailableError(f"no answer within {_STORE_SECONDS:.0f} s") from error
    return Health(status="ready")
