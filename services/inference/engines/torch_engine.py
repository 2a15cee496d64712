"""The `torch` engine: one model in this process, its cartridges in memory, one batch for all requests."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from cartridge_core.artifact import Cartridge
from cartridge_core.composition import compose, lay_out
from cartridge_core.dtypes import DtypeName
from cartridge_core.generation import (
    ContinuousBatch,
    GenerationRequest,
    SamplingParams,
    TokenEvent,
    check_window,
)
from cartridge_core.models import Model, load_model, named_dtype
from cartridge_core.prompt_scoring import score_prompt
from cartridge_core.prompts import ChatFormat
from cartridge_core.relevance import PromptLogprobs, TellingTokens
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore
from services.inference.engines.base import (
    Chunk,
    EngineLoad,
    Finished,
    FinishReason,
    GenerateRequest,
    ModelCard,
    PromptScores,
    ResidentCartridge,
    ScoredToken,
    TokenLogprob,
    Usage,
)
from services.inference.engines.batch_thread import BatchThread
from services.inference.errors import EngineNotReadyError
from services.inference.fetching import MemoryLoader
from services.inference.metrics import InferenceMetrics
from services.inference.residency import Held, Residency

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TorchEngineSettings:
    """What the engine may use, and for how long it finishes answers when it stops."""

    model_path: Path
    dtype: DtypeName
    max_rows: int
    max_waiting: int
    cache_bytes: int
    page_size: int
    scratch: Path
    drain_seconds: float


@dataclass(frozen=True)
class _Loaded:
    model: Model
    batch: BatchThread


class TorchEngine:
    """An `Engine` (see `base`) on `cartridge_core` alone."""

    def __init__(
        self, settings: TorchEngineSettings, objects: ObjectStore, metrics: InferenceMetrics
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._residency = Residency(
            MemoryLoader(objects, settings.scratch), budget_bytes=settings.cache_bytes, metrics=metrics
        )
        # One thread: tokenizers refuse to be used from two at once.
        self._tokenizer = ThreadPoolExecutor(1, "tokenizer")
        self._loaded: _Loaded | None = None

    async def start(self) -> None:
        started = time.monotonic()
        model = await asyncio.to_thread(
            load_model, self._settings.model_path, dtype=named_dtype(self._settings.dtype)
        )
        batch = BatchThread(
            lambda: ContinuousBatch(model, self._settings.max_rows, page_size=self._settings.page_size),
            max_waiting=self._settings.max_waiting,
            metrics=self._metrics,
        )
        batch.start()
        self._loaded = _Loaded(model, batch)
        dtype = str(model.dtype).removeprefix("torch.")
        log.info(
            "model_loaded",
            model=model.identity.name,
            dtype=dtype,
            seconds=round(time.monotonic() - started, 2),
        )

    async def stop(self) -> None:
        if self._loaded is not None:
            await asyncio.to_thread(self._loaded.batch.drain, self._settings.drain_seconds)
        await self._residency.close()
        self._tokenizer.shutdown(wait=False, cancel_futures=True)
        self._loaded = None

    @property
    def ready(self) -> bool:
        return self._loaded is not None

    @property
    def model_card(self) -> ModelCard:
        model = self._require_loaded().model
        return ModelCard(
            name=model.identity.name,
            fingerprint=model.identity.fingerprint,
            tokenizer_fingerprint=model.identity.tokenizer_fingerprint,
            architecture=model.config.architecture,
            context_length=model.config.context_length,
            kv_bytes_per_token=model.kv_bytes_per_token,
            dtype=str(model.dtype).removeprefix("torch."),
        )

    @property
    def load(self) -> EngineLoad:
        running, waiting = (0, 0) if self._loaded is None else self._loaded.batch.counts
        return EngineLoad(running, waiting, self._settings.max_rows)

    async def load_cartridge(self, tenant_id: str, cartridge: GrantedCartridge, *, pinned: bool) -> None:
        await self._residency.pin(cartridge, self._require_loaded().model.identity, tenant_id)
        if not pinned:
            self._residency.unpin(cartridge.digest, tenant_id)

    async def unload_cartridge(self, tenant_id: str, digest: str) -> bool:
        return self._residency.drop(digest, tenant_id)

    async def resident_cartridges(self) -> list[ResidentCartridge]:
        return [
            ResidentCartridge(
                entry.digest, entry.size_bytes, entry.tokens, entry.last_used, entry.pinned, "host"
            )
            for entry in self._residency.resident()
        ]

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Chunk | Finished]:
        arrived = time.monotonic()
        loaded = self._require_loaded()
        model = loaded.model
        prompt_ids, _ = await self._tokenize(model.chat, request)
        async with self._residency.hold(request.cartridges, model.identity) as held:
            cartridges = self._counted(held)
            completion_tokens = 0
            seconds_to_first_token = 0.0
            finish_reason: FinishReason = "length"
            answer = loaded.batch.generate(_generation_request(prompt_ids, request, cartridges))
            async with aclosing(answer):
                async for event in answer:
                    if completion_tokens == 0:
                        seconds_to_first_token = time.monotonic() - arrived
                    completion_tokens += 1
                    finish_reason = event.finish_reason or finish_reason
                    yield _chunk(event, model.chat, scored=request.top_logprobs is not None)
            headers = [cartridge.header for cartridge in cartridges]
            cartridge_tokens = lay_out(headers, page_size=self._settings.page_size).tokens
            held_tokens = len(prompt_ids) + cartridge_tokens + completion_tokens
            usage = Usage(
                prompt_tokens=len(prompt_ids),
                cartridge_tokens=cartridge_tokens,
                completion_tokens=completion_tokens,
                kv_bytes=held_tokens * model.kv_bytes_per_token,
                seconds_to_first_token=seconds_to_first_token,
            )
            yield Finished(finish_reason, usage)

    async def score_prompt(self, request: GenerateRequest) -> PromptScores:
        loaded = self._require_loaded()
        # Without a cartridge first, so that an answer for which there is no room at all is refused before anything is read.
        read, alone = await self._score(loaded, replace(request, cartridges=()), admitted=False)
        behind = []
        for cartridge in request.cartridges:
            one = replace(request, cartridges=(cartridge,), max_tokens=0)
            tokens, scores = await self._score(loaded, one, admitted=True)
            read += tokens
            behind.append(scores)
        return PromptScores(alone, tuple(behind), read)

    async def _score(
        self, loaded: _Loaded, request: GenerateRequest, *, admitted: bool
    ) -> tuple[int, PromptLogprobs]:
        """How many tokens were read, and their log-probabilities behind all of the request's cartridges."""
        model = loaded.model
        ids, places = await self._tokenize(model.chat, request)
        telling = TellingTokens.of(request.messages, places)
        async with self._residency.hold(request.cartridges, model.identity) as held:
            cartridges = self._counted(held)
            check_window(
                start=lay_out(
                    [cartridge.header for cartridge in cartridges], page_size=self._settings.page_size
                ).tokens,
                prompt_tokens=len(ids),
                max_tokens=request.max_tokens,
                window=model.config.context_length,
            )

            def score() -> PromptLogprobs:
                prefix = compose(
                    cartridges,
                    model.rope.inverse_frequencies,
                    model.dtype,
                    page_size=self._settings.page_size,
                )
                return score_prompt(model, prefix, ids, telling)

            return telling.span.stop, await loaded.batch.run(score, admitted=admitted)

    def _counted(self, held: Sequence[Held[Cartridge]]) -> tuple[Cartridge, ...]:
        """The cartridges, with where they were found in the metrics."""
        for each in held:
            self._metrics.cartridge_hits.labels("s3" if each.fetched else "host").inc()
        return tuple(each.cartridge for each in held)

    async def _tokenize(self, chat: ChatFormat, request: GenerateRequest) -> tuple[list[int], list[range]]:
        """Ids and the messages' places, beside the event loop, which a long prompt must not hold up."""
        encode = partial(
            chat.encode_messages_with_places, request.messages, with_cartridge=bool(request.cartridges)
        )
        return await asyncio.get_running_loop().run_in_executor(self._tokenizer, encode)

    def _require_loaded(self) -> _Loaded:
        if self._loaded is None:
            raise EngineNotReadyError("the base model is not loaded", retry_after=5)
        return self._loaded


def _generation_request(
    prompt_ids: list[int], request: GenerateRequest, cartridges: tuple[Cartridge, ...]
) -> GenerationRequest:
    sampling = SamplingParams(
        max_tokens=request.max_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        seed=request.seed,
        stop=request.stop,
        top_logprobs=request.top_logprobs,
    )
    return GenerationRequest(tuple(prompt_ids), sampling, cartridges)


def _chunk(event: TokenEvent, chat: ChatFormat, *, scored: bool) -> Chunk:
    logprobs = None
    if scored:
        top = tuple(TokenLogprob(chat.decode([token]), logprob) for token, logprob in event.top)
        logprobs = (ScoredToken(chat.decode([event.token_id]), event.logprob, top),)
    return Chunk(event.text, (event.token_id,), logprobs, event.finish_reason)
