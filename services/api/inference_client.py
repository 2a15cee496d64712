"""The inference service over HTTP: its model card, and answers, whole or streamed."""

import json
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, Literal

import httpx
import structlog
from httpx_sse import EventSource, SSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from cartridge_web.problems import Problem
from cartridge_web.requests import HEADER as REQUEST_ID
from cartridge_web.tracing import pass_on
from services.api.problems import inference_unavailable

_CARD_SECONDS = 10.0
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)


class ModelCard(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    fingerprint: str
    context_length: int
    kv_bytes_per_token: int


class InferenceMessage(BaseModel):
    role: str
    content: str


class InferenceRequest(BaseModel):
    """The body of `/v1/generate`."""

    messages: Sequence[InferenceMessage]
    cartridges: Sequence[str]
    select: Literal["all", "relevant"] = "all"
    max_tokens: int
    temperature: float
    top_p: float
    seed: int | None
    stop: Sequence[str]
    top_logprobs: int | None
    stream: bool

    def body(self) -> dict[str, Any]:
        """As it is sent. Pods of the release before know no `select`, so that it is named where it says something."""
        return self.model_dump(exclude={"select"} if self.select == "all" else None)


class TopScore(BaseModel):
    token: str
    logprob: float


class Score(BaseModel):
    token: str
    logprob: float
    top: list[TopScore] = []


class InferenceUsage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    prompt_tokens: int
    cartridge_tokens: int
    completion_tokens: int
    kv_bytes: int
    seconds_to_first_token: float
    selection_tokens: int = 0


class Considered(BaseModel):
    """A cartridge of a request for the relevant ones: by how many nats its prompt gains, and whether it was taken."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    digest: str
    gain: float
    chosen: bool


class InferenceAnswer(BaseModel):
    """A whole answer, or one piece of a streamed one.

    The first piece tells the selection, where there was one; the last carries the usage.
    """

    model_config = ConfigDict(extra="ignore")

    selection: tuple[Considered, ...] | None = None
    selection_tokens: int = 0

    text: str = ""
    token_ids: list[int] = []
    logprobs: list[Score] | None = None
    finish_reason: str | None = None
    usage: InferenceUsage | None = None


class Place(BaseModel):
    """A pod that has a cartridge at hand, and how near."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pod: str
    tier: Literal["device", "host", "disk", "s3"]
    pinned: bool
    last_used: datetime


class PlacedCartridge(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    digest: str
    places: tuple[Place, ...]


class _PlacedCartridges(BaseModel):
    data: tuple[PlacedCartridge, ...]


class _InferenceProblem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: int
    code: str
    title: str
    detail: str


class InferenceClient:
    """One connection pool. Every method raises `Problem`: the service's own, or 503 where it is away."""

    def __init__(self, url: str) -> None:
        # The service itself says when it is busy: a queue for connections here would only hide it.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=_TIMEOUT,
            limits=limits,
            trust_env=False,
            event_hooks={"request": [_name_request]},
        )
        self._card: tuple[float, ModelCard] | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def model_card(self) -> ModelCard:
        """The base model that answers; kept for some seconds."""
        if self._card is not None and time.monotonic() - self._card[0] < _CARD_SECONDS:
            return self._card[1]
        try:
            response = await self._http.get("/v1/model", timeout=5.0)
        except httpx.HTTPError as error:
            raise inference_unavailable() from error
        if response.is_error:
            raise _problem_of(response.status_code, response.content)
        try:
            card = ModelCard.model_validate_json(response.content)
        except ValidationError as error:
            raise inference_unavailable("The inference service's model card cannot be read.") from error
        self._card = (time.monotonic(), card)
        return card

    async def residency(self, digests: Sequence[str] = ()) -> tuple[PlacedCartridge, ...]:
        """Cartridges at hand with their pods, most recently used first: of whatever tenant, so the caller chooses.

        Only `digests` where some are given.
        """
        try:
            response = await self._http.get("/v1/residency", params={"digest": list(digests)}, timeout=5.0)
        except httpx.HTTPError as error:
            raise inference_unavailable() from error
        if response.is_error:
            raise _problem_of(response.status_code, response.content)
        try:
            return _PlacedCartridges.model_validate_json(response.content).data
        except ValidationError as error:
            raise inference_unavailable("The inference service's residency cannot be read.") from error

    async def check(self) -> None:
        """Return when the service can answer now."""
        try:
            response = await self._http.get("/readyz", timeout=5.0)
        except httpx.HTTPError as error:
            raise inference_unavailable("It cannot be reached.") from error
        if response.is_error:
            raise _problem_of(response.status_code, response.content)

    async def generate(self, request: InferenceRequest, grant: str) -> InferenceAnswer:
        """A whole answer."""
        try:
            response = await self._http.post("/v1/generate", json=request.body(), headers=_bearer(grant))
        except httpx.HTTPError as error:
            raise inference_unavailable() from error
        if response.is_error:
            raise _problem_of(response.status_code, response.content)
        try:
            return InferenceAnswer.model_validate_json(response.content)
        except ValidationError as error:
            raise inference_unavailable("The inference service's answer cannot be read.") from error

    async def stream(
        self, request: InferenceRequest, grant: str
    ) -> tuple[InferenceAnswer, AsyncGenerator[InferenceAnswer]]:
        """The first piece of an answer, and the others, which the caller closes. Refusals come before either."""
        pieces = self._pieces(request, grant)
        first = await anext(pieces, None)
        if first is None:
            raise inference_unavailable("The inference service gave an empty answer. Try again shortly.")
        return first, pieces

    async def _pieces(self, request: InferenceRequest, grant: str) -> AsyncGenerator[InferenceAnswer]:
        try:
            async with self._http.stream(
                "POST", "/v1/generate", json=request.body(), headers=_bearer(grant)
            ) as response:
                if response.is_error:
                    raise _problem_of(response.status_code, await response.aread())
                async for event in EventSource(response).aiter_sse():
                    if event.event == "error":
                        raise _problem_of(500, event.data.encode())
                    yield InferenceAnswer.model_validate_json(event.data)
        except (httpx.HTTPError, SSEError, ValidationError) as error:
            raise inference_unavailable("The inference service broke off. Try again shortly.") from error


async def _name_request(request: httpx.Request) -> None:
    """Give the inference service the id of the request that it works for: its logs and ours meet."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id is not None:
        request.headers[REQUEST_ID] = request_id
    pass_on(request.headers)


def _bearer(grant: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {grant}"}


def _problem_of(status: int, body: bytes) -> Problem:
    """The inference service's problem as the api's own: same code, its status unless that blames our grant."""
    try:
        problem = _InferenceProblem.model_validate(json.loads(body))
    except (ValueError, ValidationError):
        return inference_unavailable(f"The inference service answered {status}. Try again shortly.")
    if problem.status in {401, 403} or (problem.status >= 500 and problem.status != 503):
        return Problem(502, problem.code, "Inference failed", problem.detail)
    headers = {"Retry-After": "2"} if problem.status == 503 else None
    return Problem(problem.status, problem.code, problem.title, problem.detail, headers)
