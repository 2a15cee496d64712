"""Whether the process lives, and which of the parts it needs are there. No key is needed."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from cartridge_web.openapi import problem_responses
from cartridge_web.problems import FieldError, Problem
from services.api.health.probes import Probes

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Each part that the api needs."""

    status: Literal["ready"] = "ready"
    database: Literal["ready"] = Field("ready", description="Postgres answers and has the tables.")
    storage: Literal["ready"] = Field("ready", description="The bucket answers.")
    inference: Literal["ready"] = Field("ready", description="The base model answers.")


def not_ready(missing: dict[str, str]) -> Problem:
    return Problem(
        503,
        "not_ready",
        "Not ready",
        "; ".join(f"{part}: {reason}" for part, reason in missing.items()),
        {"Retry-After": "2"},
        errors=[FieldError(field=part, message=reason) for part, reason in missing.items()],
    )


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Alive:
    """Answers as soon as the process does."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can requests be served?",
    responses=problem_responses(not_ready({"inference": "it cannot be reached"}), path="/readyz"),
)
async def readyz(request: Request) -> Readiness:
    """200 when database, storage and inference answer, 503 naming what does not. Without inference all but chat works."""
    probes: Probes = request.app.state.probes
    missing = {part: reason for part, reason in (await probes.look()).items() if reason is not None}
    if missing:
        raise not_ready(missing)
    return Readiness()
