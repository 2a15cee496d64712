"""Whether the process lives, and which of the parts it needs are there. No key is needed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
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
    response_model=Readiness,
    responses=problem_responses(not_ready({"inference": "it cannot be reached"}), path="/readyz"),
)
async def readyz(
    request: Request, without: Annotated[Literal["inference"] | None, Query(include_in_schema=False)] = None
) -> Response | Readiness:
    """200 when database, storage and inference answer, 503 naming what does not. Without inference all but chat works."""
    # `?without=inference` is for load balancers: where inference is away, they must not take away all the rest.
    probes: Probes = request.app.state.probes
    found = await probes.look(without=without)
    missing = {part: reason for part, reason in found.items() if reason is not None}
    if missing:
        raise not_ready(missing)
    return (
        Readiness() if without is None else JSONResponse({"status": "ready", **dict.fromkeys(found, "ready")})
    )
