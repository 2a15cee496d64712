"""HTTP of chat completions."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from cartridge_store.quotas import Quota
from cartridge_web.connections import CLIENT_LEFT_STATUS, ClientLeftError, while_connected
from cartridge_web.problems import Problem
from services.api.access import Asker
from services.api.chat import service
from services.api.chat.answers import streamed_answer, whole_answer
from services.api.chat.in_context import ContextText, fitted, read_texts, text_gone
from services.api.chat.schemas import ChatIn, ChatOut
from services.api.chat.service import PreparedChat
from services.api.inference_client import InferenceRequest
from services.api.limits.service import check_tokens
from services.api.platform import PlatformDep
from services.api.problems import documented, inference_unavailable, model_not_found, unsupported_parameter
from services.api.usage.metering import CountedStream, Meter

Answer = TypeVar("Answer")

router = APIRouter(prefix="/v1/chat", tags=["chat"])


@router.post(
    "/completions",
    summary="Chat, with or without cartridges",
    response_model=ChatOut,
    responses={
        200: {
            "description": "The answer, whole, or as server-sent events with `stream: true`.",
            "content": {
                "text/event-stream": {
                    "example": 'data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "Ian"}}]}\n\n'
                }
            },
        },
        **documented(
            unsupported_parameter("tools", "`tools` is not supported here; leave it out."),
            Problem(400, "prompt_too_long", "Prompt too long", "Shorten the messages or lower max_tokens."),
            model_not_found("other", "smollm2-135m"),
            Problem(
                409,
                "cartridge_model_mismatch",
                "Cartridge of another model",
                "Train it again for this model.",
            ),
            text_gone("ctg_01j9z3k4m5n6p7q8r9s0t1v2w3"),
            inference_unavailable(),
        ),
    },
)
async def chat(body: ChatIn, request: Request, caller: Asker, platform: PlatformDep) -> Response:
    """Answer with the corpora of the named cartridges before the model, in the order they are named.

    An unmodified OpenAI client works: name the cartridge in `model`, or several in `extra_body={"cartridges": [...]}`.
    """
    limit = caller.limits[Quota.TOKENS_MINUTE]
    await check_tokens(platform, request, caller.tenant_id, limit)
    prepared = await service.prepare(platform, caller.tenant_id, body)
    context: ContextText | None = None
    if body.in_context:
        window = (await platform.inference.model_card()).context_length
        context = await run_in_threadpool(read_texts, platform, caller.tenant_id, body.in_context, window)
    inference, meter = platform.inference, Meter(platform, caller, prepared.id)

    async def ask(
        answering: Callable[[InferenceRequest, str], Awaitable[Answer]],
    ) -> tuple[PreparedChat, Answer]:
        if context is None:
            return prepared, await answering(prepared.request, prepared.grant)
        return await fitted(prepared, context, lambda chat: answering(chat.request, chat.grant))

    try:
        if not body.stream:
            prepared, answer = await while_connected(request, ask(inference.generate))
            meter.see(answer)
            await meter.count()
            return JSONResponse(whole_answer(prepared, answer).model_dump())
        prepared, (first, rest) = await while_connected(request, ask(inference.stream))
    except ClientLeftError:
        return Response(status_code=CLIENT_LEFT_STATUS)
    meter.see(first)
    include_usage = body.stream_options is not None and body.stream_options.include_usage
    chunks = streamed_answer(request, prepared, first, rest, meter, include_usage=include_usage)
    return CountedStream(meter, chunks, rest)
