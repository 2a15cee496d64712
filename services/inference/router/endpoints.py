"""The surface of a pod, in front of all pods: generate, the model card, resident cartridges, load, health."""

import asyncio
import time
from contextlib import aclosing
from typing import Annotated

import httpx
import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import ValidationError

from cartridge_store.grants import Grant
from cartridge_web.connections import CLIENT_LEFT_STATUS, ClientLeftError, EventStream, while_connected
from cartridge_web.problems import MEDIA_TYPE, problem_document
from cartridge_web.requests import HEADER as REQUEST_ID_HEADER
from cartridge_web.tracing import pass_on
from services.inference.access import granted_cartridges, require_grant
from services.inference.errors import BusyError, EngineFailedError, EngineNotReadyError
from services.inference.health import Health
from services.inference.places import placed
from services.inference.router.decision import Placement, Wanted, placement_of
from services.inference.router.errors import PodsUnreachableError
from services.inference.router.forwarding import Answer, Forwarded, Forwarder, events
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import Pods, PodStatus
from services.inference.router.problems import problem_of
from services.inference.schemas import (
    AnswerOut,
    AskedDigests,
    GenerateBody,
    LoadCartridgeBody,
    LoadOut,
    ModelOut,
    PlacedCartridgesOut,
    ResidentCartridgeOut,
    ResidentCartridgesOut,
    UnloadCartridgeBody,
    UnloadedOut,
)

_PASSED_ON = ("content-type", "retry-after", "www-authenticate")

router = APIRouter(prefix="/v1")
health_router = APIRouter(tags=["health"])

log = structlog.get_logger(__name__)


def pods_of(request: Request) -> Pods:
    pods: Pods = request.app.state.pods
    return pods


GrantDep = Annotated[Grant, Depends(require_grant)]
PodsDep = Annotated[Pods, Depends(pods_of)]


@router.post(
    "/generate",
    response_model=AnswerOut,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "The answer, whole or as a stream."}
    },
)
async def generate(body: GenerateBody, request: Request, grant: GrantDep) -> Response:
    """The answer of the pod that suits the granted cartridges best."""
    arrived = time.monotonic()
    wanted = granted_cartridges(grant, body.cartridges)
    placement = placement_of(grant.tenant_id, (Wanted(each.digest, each.size_bytes) for each in wanted))
    metrics: RouterMetrics = request.app.state.metrics
    try:
        answer = await while_connected(request, _forward(request, placement, streamed=body.stream))
        if answer.status < httpx.codes.BAD_REQUEST:
            metrics.first_byte_seconds.observe(time.monotonic() - arrived)
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            stream = events(answer, lambda error: problem_document(request, problem_of(error)))
            return EventStream(stream, answer.rest)
        async with aclosing(answer.rest):
            return _relayed(answer, await while_connected(request, answer.whole()))
    except ClientLeftError:
        return Response(status_code=CLIENT_LEFT_STATUS)


@router.get("/model")
async def model(pods: PodsDep) -> ModelOut:
    """The base model that the pods serve."""
    return pods.model


@router.get("/load")
async def load(request: Request, pods: PodsDep) -> LoadOut:
    """The requests at all ready pods, and how many run there at once."""
    ready = pods.ready()
    at_hand = [(status.load, status.capacity) for status in ready]
    return LoadOut(
        running=sum(min(count, capacity) for count, capacity in at_hand),
        waiting=sum(max(0, count - capacity) for count, capacity in at_hand),
        capacity=sum(capacity for _, capacity in at_hand),
        draining=request.app.state.draining,
    )


@router.get("/cartridges")
async def cartridges(request: Request, pods: PodsDep) -> ResidentCartridgesOut:
    """The cartridges that any pod holds, most recently used last; of several copies, the one used last."""
    listings = await _listings(request, pods)
    latest: dict[str, ResidentCartridgeOut] = {}
    for resident in sorted(
        (each for listing in listings.values() for each in listing), key=lambda each: each.last_used
    ):
        latest.pop(resident.digest, None)
        latest[resident.digest] = resident
    return ResidentCartridgesOut(data=list(latest.values()))


@router.get("/residency")
async def residency(request: Request, pods: PodsDep, digest: AskedDigests = []) -> PlacedCartridgesOut:  # noqa: B006 - copied
    """The cartridges at hand, each with the pods that hold it."""
    return placed(await _listings(request, pods), digest)


@router.post("/load_cartridge", status_code=204)
async def load_cartridge(body: LoadCartridgeBody, request: Request, grant: GrantDep) -> Response:
    """Have a granted cartridge at hand, or pinned, at the pod to which requests with it alone go."""
    (cartridge,) = granted_cartridges(grant, [body.digest])
    placement = placement_of(grant.tenant_id, [Wanted(cartridge.digest, cartridge.size_bytes)])
    try:
        answer = await while_connected(request, _forward(request, placement, streamed=True))
        async with aclosing(answer.rest):
            return _relayed(answer, await while_connected(request, answer.whole()))
    except ClientLeftError:
        return Response(status_code=CLIENT_LEFT_STATUS)


@router.post("/unload_cartridge")
async def unload_cartridge(
    body: UnloadCartridgeBody, request: Request, grant: GrantDep, pods: PodsDep
) -> UnloadedOut:
    """Have every pod forget a granted cartridge. A pod that does not answer, or is using it, is told as an error."""
    (cartridge,) = granted_cartridges(grant, [body.digest])
    # Those that take no requests now may come back with it.
    there = [status for status in pods if status.card is not None]
    if not there:
        raise EngineNotReadyError("no pod is ready", retry_after=2)
    forwarded = await _as_it_came(request, streamed=False)
    http: httpx.AsyncClient = request.app.state.http
    seconds: float = request.app.state.settings.router_poll_timeout_seconds
    answers = await asyncio.gather(*(_unload(http, status, forwarded, seconds) for status in there))
    pods.holders.remove(cartridge.digest)
    return UnloadedOut(was_at_hand=any(answer.was_at_hand for answer in answers))


@health_router.get("/healthz")
async def healthz() -> Health:
    """Answers as soon as the process does."""
    return Health(status="ok")


@health_router.get("/readyz")
async def readyz(request: Request, pods: PodsDep) -> Health:
    """Answers well when at least one pod is ready and the router is not about to stop."""
    if request.app.state.draining:
        raise EngineNotReadyError("the router is stopping", retry_after=2)
    if not pods.ready():
        raise EngineNotReadyError("no pod is ready", retry_after=2)
    return Health(status="ready")


async def _as_it_came(request: Request, *, streamed: bool) -> Forwarded:
    headers = {
        "Authorization": request.headers["Authorization"],
        "Content-Type": "application/json",
        # Bytes are passed on as they come, without a word about their encoding.
        "Accept-Encoding": "identity",
        REQUEST_ID_HEADER: request.state.request_id,
    }
    pass_on(headers)
    return Forwarded(request.url.path, await request.body(), headers, streamed)


async def _forward(request: Request, placement: Placement | None, *, streamed: bool) -> Answer:
    forwarder: Forwarder = request.app.state.forwarder
    return await forwarder.forward(await _as_it_came(request, streamed=streamed), placement)


async def _unload(
    http: httpx.AsyncClient, status: PodStatus, forwarded: Forwarded, seconds: float
) -> UnloadedOut:
    """What one pod made of it. Raises `BusyError` when it is using the cartridge, `PodsUnreachableError`."""
    try:
        response = await http.post(
            status.member.url + forwarded.path,
            content=forwarded.body,
            headers=forwarded.headers,
            timeout=seconds,
        )
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise BusyError("a pod is using the cartridge or is not ready; ask again")
        return UnloadedOut.model_validate_json(response.raise_for_status().content)
    except (httpx.HTTPError, ValidationError) as error:
        log.warning("unload_failed", pod=status.member.name, error=f"{type(error).__name__}: {error}")
        raise PodsUnreachableError("a pod could not be told to forget the cartridge; ask again") from error


async def _listings(request: Request, pods: Pods) -> dict[str, list[ResidentCartridgeOut]]:
    """What each ready pod has at hand, by its name. Raises `EngineNotReadyError` when no pod is ready."""
    ready = pods.ready()
    if not ready:
        raise EngineNotReadyError("no pod is ready", retry_after=2)
    http: httpx.AsyncClient = request.app.state.http
    seconds: float = request.app.state.settings.router_poll_timeout_seconds
    listings = await asyncio.gather(*(_listing(http, status, seconds) for status in ready))
    return {status.member.name: listing for status, listing in zip(ready, listings, strict=True)}


async def _listing(http: httpx.AsyncClient, status: PodStatus, seconds: float) -> list[ResidentCartridgeOut]:
    """A pod's cartridges; none when it does not tell in time, which its next poll will judge."""
    try:
        response = await http.get(status.member.url + "/v1/cartridges", timeout=seconds)
        response.raise_for_status()
        return ResidentCartridgesOut.model_validate_json(response.content).data
    except (httpx.HTTPError, ValidationError) as error:
        log.warning("listing_failed", pod=status.member.name, error=f"{type(error).__name__}: {error}")
        return []


def _relayed(answer: Answer, body: bytes) -> Response:
    """A pod's whole answer or refusal, as it came; an error that is no problem becomes one."""
    is_error = answer.status >= httpx.codes.BAD_REQUEST
    if is_error and not answer.headers.get("content-type", "").startswith(MEDIA_TYPE):
        raise EngineFailedError("the server that was to answer failed without saying why; its log may")
    headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    return Response(body, answer.status, headers)
