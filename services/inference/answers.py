"""An engine's answer on its way out: counted, given up when the client leaves, whole or as a stream of events."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import asdict

import structlog
from pydantic import BaseModel

from cartridge_core.errors import CartridgeError
from services.inference.engines.base import Chunk, Finished, ScoredToken
from services.inference.errors import EngineFailedError, InferenceError
from services.inference.metrics import InferenceMetrics
from services.inference.schemas import (
    AnswerOut,
    ChunkOut,
    ConsideredOut,
    SelectionOut,
    TokenScore,
    UsageChunkOut,
    UsageOut,
)
from services.inference.selection import Selection

Item = Selection | Chunk | Finished
Answer = AsyncGenerator[Item]

log = structlog.get_logger(__name__)


async def counted(answer: Answer, metrics: InferenceMetrics) -> Answer:
    """`answer`, with its outcome and cost in the metrics."""
    outcome = "cancelled"
    try:
        async with aclosing(answer):
            async for item in answer:
                if isinstance(item, Selection):
                    metrics.tokens.labels("selection").inc(item.tokens)
                if isinstance(item, Finished):
                    outcome = "ok"
                    metrics.first_token_seconds.observe(item.usage.seconds_to_first_token)
                    metrics.tokens.labels("prompt").inc(item.usage.prompt_tokens)
                    metrics.tokens.labels("cartridge").inc(item.usage.cartridge_tokens)
                    metrics.tokens.labels("completion").inc(item.usage.completion_tokens)
                yield item
    except (CartridgeError, InferenceError) as error:
        outcome = error.code
        raise
    except Exception:
        outcome = "internal_error"
        raise
    finally:
        metrics.requests.labels(outcome).inc()


async def collect(answer: Answer) -> AnswerOut:
    """The whole answer."""
    text: list[str] = []
    scores: list[ScoredToken] | None = None
    selection: list[ConsideredOut] | None = None
    async with aclosing(answer):
        async for item in answer:
            if isinstance(item, Selection):
                selection = _considered(item)
                continue
            if isinstance(item, Finished):
                return AnswerOut(
                    selection=selection,
                    text="".join(text),
                    logprobs=_scores(scores),
                    finish_reason=item.finish_reason,
                    usage=UsageOut(**asdict(item.usage)),
                )
            text.append(item.text)
            if item.logprobs is not None:
                scores = [*(scores or []), *item.logprobs]
    raise EngineFailedError("the engine ended its answer without saying so")


async def events(first: Item, rest: Answer, describe: Callable[[Exception], bytes]) -> AsyncGenerator[bytes]:
    """Server-sent events of an answer whose first item has arrived; `describe` makes the problem of a failure."""
    try:
        async with aclosing(rest):
            async for item in _chained(first, rest):
                if isinstance(item, Finished):
                    usage = UsageOut(**asdict(item.usage))
                    yield _data(UsageChunkOut(usage=usage, finish_reason=item.finish_reason))
                elif isinstance(item, Selection):
                    yield _data(SelectionOut(selection=_considered(item), selection_tokens=item.tokens))
                else:
                    yield _data(_chunk_out(item))
    except Exception as error:
        # The status line is out already, so a failure can only be told inside the stream.
        log.exception("stream_failed")
        yield b"event: error\ndata: " + describe(error) + b"\n\n"


async def _chained(first: Item, rest: Answer) -> AsyncIterator[Item]:
    yield first
    async for item in rest:
        yield item


def _data(value: BaseModel) -> bytes:
    return b"data: " + value.model_dump_json().encode() + b"\n\n"


def _considered(selection: Selection) -> list[ConsideredOut]:
    return [
        ConsideredOut(digest=cartridge.digest, gain=gain, chosen=index in selection.chosen)
        for index, (cartridge, gain) in enumerate(zip(selection.cartridges, selection.gains, strict=True))
    ]


def _chunk_out(chunk: Chunk) -> ChunkOut:
    return ChunkOut(
        text=chunk.text,
        token_ids=list(chunk.token_ids),
        logprobs=_scores(chunk.logprobs),
        finish_reason=chunk.finish_reason,
    )


def _scores(scored: tuple[ScoredToken, ...] | list[ScoredToken] | None) -> list[TokenScore] | None:
    return None if scored is None else [TokenScore.model_validate(asdict(token)) for token in scored]
