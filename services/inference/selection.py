"""Answering with those of a request's cartridges alone that its prompt is about."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from cartridge_core.relevance import Bounds, choose
from cartridge_store.grants import GrantedCartridge
from services.inference.engines.base import Chunk, Engine, Finished, GenerateRequest
from services.inference.metrics import InferenceMetrics


@dataclass(frozen=True)
class Selection:
    """A request's cartridges in order, by how many nats its prompt gains by each, and the places of the chosen ones.

    `tokens`: what was read to choose.
    """

    cartridges: tuple[GrantedCartridge, ...]
    gains: tuple[float, ...]
    chosen: tuple[int, ...]
    tokens: int


async def generate_with_relevant(
    engine: Engine, request: GenerateRequest, bounds: Bounds, metrics: InferenceMetrics
) -> AsyncGenerator[Selection | Chunk | Finished]:
    """What was chosen, and the answer with it, as `Engine.generate` gives it; its first token waited for the choice.

    Everything that can be wrong with the request is raised before anything is given.
    """
    began = time.monotonic()
    scores = await engine.score_prompt(request)
    # Beside the event loop, which long conversations behind many cartridges must not hold up.
    choice = await asyncio.to_thread(choose, scores.alone, scores.behind, bounds)
    seconds = time.monotonic() - began
    metrics.selection_seconds.observe(seconds)
    metrics.selections.labels("chosen").inc(len(choice.indices))
    metrics.selections.labels("left_out").inc(len(request.cartridges) - len(choice.indices))
    selection = Selection(request.cartridges, choice.gains, choice.indices, scores.tokens)
    narrowed = replace(request, cartridges=tuple(request.cartridges[index] for index in choice.indices))
    told = False
    async with aclosing(engine.generate(narrowed)) as answer:
        async for item in answer:
            if not told:
                yield selection
                told = True
            yield _with_selection(item, selection, seconds) if isinstance(item, Finished) else item


def _with_selection(finished: Finished, selection: Selection, seconds: float) -> Finished:
    """The end of an answer with what the choice cost in it."""
    usage = finished.usage
    told = replace(
        usage,
        selection_tokens=selection.tokens,
        seconds_to_first_token=usage.seconds_to_first_token + seconds,
    )
    return replace(finished, usage=told)
