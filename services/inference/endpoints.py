"""The HTTP surface the api calls: generate, the model card, and the cartridges at hand."""

from dataclasses import asdict
from socket import gethostname
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds
from cartridge_store.grants import Grant
from cartridge_web.connections import CLIENT_LEFT_STATUS, ClientLeftError, EventStream, while_connected
from cartridge_web.problems import problem_document
from services.inference.access import granted_cartridges, require_grant
from services.inference.answers import Answer, collect, counted, events
from services.inference.engines.base import Engine, GenerateRequest
from services.inference.metrics import InferenceMetrics
from services.inference.owners import Owners
from services.inference.places import placed
from services.inference.problems import problem_of
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
from services.inference.selection import generate_with_relevant
from services.inference.settings import InferenceSettings

router = APIRouter(prefix="/v1")


def engine_of(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def metrics_of(request: Request) -> InferenceMetrics:
    metrics: InferenceMetrics = request.app.state.metrics
    return metrics


def owners_of(request: Request) -> Owners:
    owners: Owners = request.app.state.owners
    return owners


EngineDep = Annotated[Engine, Depends(engine_of)]
OwnersDep = Annotated[Owners, Depends(owners_of)]
GrantDep = Annotated[Grant, Depends(require_grant)]


@router.post(
    "/generate",
    response_model=AnswerOut,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "The answer, whole or as a stream."}
    },
)
async def generate(
    body: GenerateBody,
    request: Request,
    grant: GrantDep,
    engine: EngineDep,
    metrics: Annotated[InferenceMetrics, Depends(metrics_of)],
) -> Response:
    """Answer a prompt with the granted cartridges before it, or with those of them that it is about."""
    asked = _engine_request(body, grant)
    for cartridge in asked.cartridges:
        owners_of(request).note(grant.tenant_id, cartridge)
    answer = counted(_answer(request, body, asked, engine, metrics), metrics)
    try:
        if not body.stream:
            whole = await while_connected(request, collect(answer))
            return JSONResponse(whole.model_dump())
        # A request that cannot be answered gets a status of its own, so nothing is sent before the first chunk.
        first = await while_connected(request, anext(answer))
    except ClientLeftError:
        return Response(status_code=CLIENT_LEFT_STATUS)
    return EventStream(
        events(first, answer, lambda error: problem_document(request, problem_of(error))), answer
    )


@router.get("/model")
async def model(engine: EngineDep) -> ModelOut:
    """The base model that answers here."""
    return ModelOut(**asdict(engine.model_card))


@router.get("/load")
async def load(request: Request, engine: EngineDep) -> LoadOut:
    """The requests at hand, for whoever chooses among several of these services."""
    return LoadOut(**asdict(engine.load), draining=request.app.state.draining)


@router.get("/cartridges")
async def cartridges(engine: EngineDep) -> ResidentCartridgesOut:
    """The cartridges at hand, most recently used last."""
    return ResidentCartridgesOut(
        data=[ResidentCartridgeOut(**asdict(resident)) for resident in await engine.resident_cartridges()]
    )


@router.get("/residency")
async def residency(engine: EngineDep, digest: AskedDigests = []) -> PlacedCartridgesOut:  # noqa: B006 - copied
    """The cartridges at hand, in the form in which a router tells which pods hold them; here there is one pod."""
    return placed({gethostname(): (await cartridges(engine)).data}, digest)


@router.post("/load_cartridge", status_code=204)
async def load_cartridge(
    body: LoadCartridgeBody, grant: GrantDep, engine: EngineDep, owners: OwnersDep
) -> None:
    """Have a granted cartridge at hand before it is asked for, and keep it when it is to be pinned."""
    (cartridge,) = granted_cartridges(grant, [body.digest])
    owners.note(grant.tenant_id, cartridge)
    await engine.load_cartridge(grant.tenant_id, cartridge, pinned=body.pinned)


@router.post("/unload_cartridge")
async def unload_cartridge(
    body: UnloadCartridgeBody, grant: GrantDep, engine: EngineDep, owners: OwnersDep
) -> UnloadedOut:
    """Forget a granted cartridge: its file, its memory, and every way to what is cached of it."""
    (cartridge,) = granted_cartridges(grant, [body.digest])
    owners.forget(grant.tenant_id, cartridge.digest)
    return UnloadedOut(was_at_hand=await engine.unload_cartridge(grant.tenant_id, cartridge.digest))


def _answer(
    request: Request, body: GenerateBody, asked: GenerateRequest, engine: Engine, metrics: InferenceMetrics
) -> Answer:
    if body.select == "all" or not asked.cartridges:
        return engine.generate(asked)
    settings: InferenceSettings = request.app.state.settings
    bounds = Bounds(least=settings.inference_relevance_least, own=settings.inference_relevance_own)
    return generate_with_relevant(engine, asked, bounds, metrics)


def _engine_request(body: GenerateBody, grant: Grant) -> GenerateRequest:
    return GenerateRequest(
        tenant_id=grant.tenant_id,
        messages=tuple(ChatMessage(message.role, message.content) for message in body.messages),
        cartridges=granted_cartridges(grant, body.cartridges),
        max_tokens=body.max_tokens,
        temperature=body.temperature,
        top_p=body.top_p,
        seed=body.seed,
        stop=tuple(body.stop),
        top_logprobs=body.top_logprobs,
    )
