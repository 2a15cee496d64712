"""Inference's answers in OpenAI's form, whole and as a stream."""

import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from fastapi import Request

from cartridge_web.problems import Problem, problem_document
from services.api.chat.schemas import (
    AnswerMessage,
    ChatOut,
    ChatUsageOut,
    Choice,
    ChunkChoice,
    ChunkOut,
    ConsideredOut,
    Delta,
    Logprobs,
    PromptTokensDetails,
    TokenLogprob,
    TopLogprob,
)
from services.api.chat.service import PreparedChat
from services.api.inference_client import Considered, InferenceAnswer, InferenceUsage, Score
from services.api.problems import inference_unavailable
from services.api.usage.metering import Meter

_DONE = b"data: [DONE]\n\n"


def whole_answer(chat: PreparedChat, answer: InferenceAnswer) -> ChatOut:
    """Raises the 503 problem where inference left out how the answer ended."""
    if answer.usage is None or answer.finish_reason is None:
        raise inference_unavailable("The inference service gave half an answer. Try again.")
    stood = _stood(chat, answer.selection)
    choice = Choice(
        message=AnswerMessage(content=answer.text),
        finish_reason=answer.finish_reason,
        logprobs=_logprobs(answer.logprobs),
    )
    return ChatOut(
        id=chat.id,
        created=int(time.time()),
        model=chat.model,
        cartridges=stood.cartridges,
        selection=stood.selection,
        choices=[choice],
        usage=_usage(chat, answer.usage),
    )


async def streamed_answer(
    request: Request,
    chat: PreparedChat,
    first: InferenceAnswer,
    rest: AsyncGenerator[InferenceAnswer],
    meter: Meter,
    *,
    include_usage: bool,
) -> AsyncGenerator[bytes]:
    """Chunks as server-sent events, ended by `[DONE]`; a failure on the way is an event with `error`.

    `meter` has seen `first` and is shown the others; at the end it is told to count.
    Closing `rest` is the caller's, who may have to do it before this has begun.
    """
    try:
        stood = _stood(chat, first.selection)
    except Problem as problem:
        await meter.count()
        yield _error(request, problem)
        return
    created = int(time.time())

    def event(
        choices: list[ChunkChoice],
        usage: ChatUsageOut | None = None,
        selection: list[ConsideredOut] | None = None,
    ) -> bytes:
        chunk = ChunkOut(
            id=chat.id,
            created=created,
            model=chat.model,
            cartridges=stood.cartridges,
            selection=selection,
            choices=choices,
            usage=usage,
        )
        return b"data: " + chunk.model_dump_json(exclude_none=True).encode() + b"\n\n"

    yield event([ChunkChoice(delta=Delta(role="assistant", content=""))], selection=stood.selection)
    finish: str | None = None
    usage: ChatUsageOut | None = None
    try:
        async for piece in _chained(first, rest, meter):
            finish = piece.finish_reason or finish
            if piece.usage is not None:
                usage = _usage(chat, piece.usage)
            if piece.text or piece.logprobs:
                yield event(
                    [ChunkChoice(delta=Delta(content=piece.text), logprobs=_logprobs(piece.logprobs))]
                )
        if finish is None:
            raise inference_unavailable("The inference service gave half an answer. Try again.")
    except Problem as problem:
        await meter.count()
        yield _error(request, problem)
        return
    # Before the end is told: who has read it finds the answer counted.
    await meter.count()
    yield event([ChunkChoice(delta=Delta(), finish_reason=finish)])
    if include_usage and usage is not None:
        yield event([], usage)
    yield _DONE


def _error(request: Request, problem: Problem) -> bytes:
    return b"event: error\ndata: " + problem_document(request, problem) + b"\n\n"


async def _chained(
    first: InferenceAnswer, rest: AsyncGenerator[InferenceAnswer], meter: Meter
) -> AsyncGenerator[InferenceAnswer]:
    yield first
    async for piece in rest:
        meter.see(piece)
        yield piece


@dataclass(frozen=True)
class _Stood:
    """Which of the chat's cartridges stood before it, and why, where they were chosen from."""

    cartridges: list[str]
    selection: list[ConsideredOut] | None


def _stood(chat: PreparedChat, selection: Sequence[Considered] | None) -> _Stood:
    """Raises the 503 problem for a selection from other cartridges than were asked for."""
    if selection is None:
        return _Stood(list(chat.cartridge_ids), None)
    if [each.digest for each in selection] != list(chat.request.cartridges):
        raise inference_unavailable("The inference service chose from other cartridges. Try again.")
    considered = [
        ConsideredOut(cartridge=cartridge_id, gain=each.gain, chosen=each.chosen)
        for cartridge_id, each in zip(chat.cartridge_ids, selection, strict=True)
    ]
    return _Stood([each.cartridge for each in considered if each.chosen], considered)


def _usage(chat: PreparedChat, usage: InferenceUsage) -> ChatUsageOut:
    prompt = usage.cartridge_tokens + usage.prompt_tokens
    return ChatUsageOut(
        prompt_tokens=prompt,
        completion_tokens=usage.completion_tokens,
        total_tokens=prompt + usage.completion_tokens,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=usage.cartridge_tokens),
        kv_bytes=usage.kv_bytes,
        seconds_to_first_token=usage.seconds_to_first_token,
        selection_tokens=usage.selection_tokens,
        in_context_share=chat.in_context_share,
    )


def _logprobs(scores: list[Score] | None) -> Logprobs | None:
    if scores is None:
        return None
    return Logprobs(
        content=[
            TokenLogprob(
                token=score.token,
                logprob=score.logprob,
                bytes=list(score.token.encode()),
                top_logprobs=[
                    TopLogprob(token=top.token, logprob=top.logprob, bytes=list(top.token.encode()))
                    for top in score.top
                ],
            )
            for score in scores
        ]
    )
