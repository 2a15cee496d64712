"""Whether the process lives, and which of the parts it needs are there. No key is needed."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cartridge_store.errors import StoreError
from cartridge_web.problems import Problem
from services.api.platform import Platform, PlatformDep

router = APIRouter(tags=["health"])

State = Literal["ready", "not_ready"]


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Each part that the api needs."""

    status: State
    database: State = Field(description="Postgres answers.")
    storage: State = Field(description="The bucket answers.")
    inference: State = Field(description="The base model answers. Without it everything but chat works.")


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Alive:
    """Answers as soon as the process does."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can requests be served?",
    responses={503: {"model": Readiness, "description": "A part is not ready; the answer names it."}},
)
async def readyz(request: Request, platform: PlatformDep) -> JSONResponse:
    """200 when database, storage and inference answer, 503 naming what does not."""
    database, storage = await run_in_threadpool(_stores, platform)
    try:
        await platform.inference.model_card()
        inference: State = "ready"
    except Problem:
        inference = "not_ready"
    status: State = "ready" if {database, storage, inference} == {"ready"} else "not_ready"
    found = Readiness(status=status, database=database, storage=storage, inference=inference)
    return JSONResponse(found.model_dump(), status_code=200 if status == "ready" else 503)


def _stores(platform: Platform) -> tuple[State, State]:
    try:
        with platform.sessions() as session:
            session.execute(text("select 1"))
        database: State = "ready"
    except SQLAlchemyError:
        database = "not_ready"
    try:
        platform.objects.check()
        storage: State = "ready"
    except StoreError:
        storage = "not_ready"
    return database, storage
