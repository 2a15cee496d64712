"""Answering with those of a request's cartridges alone that its prompt is about."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from cartridge_core.relevance import Bounds, PromptReading, choose
from cartridge_store.grants import GrantedCartridge
from services.inference.engines.base import Chunk, Engine, Finished, GenerateRequest, Prompt
from services.inference.metrics import InferenceMetrics


@dataclass(frozen=True)
class Selection:
    """A request's cartridges in order, by how many nats its prompt gains by each, and the places of the chosen ones."""

    cartridges: tuple[GrantedCartridge, ...]
    gains: tuple[float, ...]
    chosen: tuple[int, ...]


async def generate_with_relevant(
    engine: Engine, request: GenerateRequest, bounds: Bounds, metrics: InferenceMetrics
) -> AsyncGenerator[Selection | Chunk | Finished]:
    """What was chosen, and the answer with it, as `Engine.generate` gives it; its first token waited for the choice.

    Everything that can be wrong with the request is raised before anything is given.
    """
    began = time.monotonic()
    selection = await _select(engine, request, bounds)
    seconds = time.monotonic() - began
    metrics.choice_seconds.observe(seconds)
    metrics.choices.labels("chosen").inc(len(selection.chosen))
    metrics.choices.labels("left_out").inc(len(selection.cartridges) - len(selection.chosen))
    readings = len(selection.cartridges) + 1
    chosen = tuple(selection.cartridges[index] for index in selection.chosen)
    async with aclosing(engine.generate(replace(request, cartridges=chosen))) as answer:
        first = await anext(answer)
        yield selection
        yield first
        async for item in answer:
            yield _with_choice(item, readings, seconds) if isinstance(item, Finished) else item


async def _select(engine: Engine, request: GenerateRequest, bounds: Bounds) -> Selection:
    """Read the prompt behind each of the request's cartridges and behind none. Raises as `Engine.read` does."""
    room = asyncio.Semaphore(engine.readings_at_once)

    async def read(*cartridges: GrantedCartridge) -> PromptReading:
        async with room:
            return await engine.read(Prompt(request.tenant_id, request.messages, cartridges))

    readings = [asyncio.ensure_future(each) for each in (read(), *map(read, request.cartridges))]
    try:
        alone, *behind = await asyncio.gather(*readings)
    finally:
        for each in readings:
            each.cancel()
    choice = choose(alone, behind, bounds)
    return Selection(request.cartridges, choice.gains, choice.indices)


def _with_choice(finished: Finished, readings: int, seconds: float) -> Finished:
    """The end of an answer with what the choice cost in it."""
    usage = finished.usage
    told = replace(
        usage,
        choice_tokens=readings * usage.prompt_tokens,
        seconds_to_first_token=usage.seconds_to_first_token + seconds,
    )
    return replace(finished, usage=told)
