"""The `sglang` engine: a pod's agent before a SGLang server, which keeps cartridges in its radix cache."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog
import torch

from cartridge_core.generation import check_window
from cartridge_core.models.config import ModelConfig, read_config
from cartridge_core.models.identity import ModelIdentity, identify
from cartridge_core.models.rope import RotaryEmbedding
from cartridge_core.prompts import ChatFormat, load_chat_format
from cartridge_core.relevance import PromptLogprobs, TellingTokens
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore
from services.inference.engines.base import (
    Chunk,
    EngineLoad,
    Finished,
    GenerateRequest,
    ModelCard,
    PromptScores,
    ResidentCartridge,
    Usage,
)
from services.inference.errors import BusyError, EngineFailedError, EngineMismatchError, EngineNotReadyError
from services.inference.fetching import DiskLoader
from services.inference.linker import protocol
from services.inference.metrics import InferenceMetrics
from services.inference.residency import Residency
from services.inference.sglang.asking import AskedModel, Asker, Prefix, file_of
from services.inference.sglang.link import Link
from services.inference.sglang.linker_client import Linkers
from services.inference.sglang.placeholders import Namer
from services.inference.sglang.server_client import SglangServer
from services.inference.sglang.settings import SglangSettings
from services.inference.sglang.wording import Wording

# Of one request's cartridges. Each may have to be loaded, in one of the lanes that all requests share.
_SCORED_AT_ONCE = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SglangEngineSettings:
    """The model, the server, and what the agent may use."""

    model_path: Path
    page_size: int
    socket_directory: Path
    disk_cache: Path
    drain_seconds: float
    server: SglangSettings


@dataclass(frozen=True)
class _Base:
    """What the agent knows of the base model; the weights are SGLang's."""

    config: ModelConfig
    identity: ModelIdentity
    chat: ChatFormat
    model: AskedModel


class SglangEngine:
    """An `Engine` (see `base`) on a SGLang server that runs `services.inference.linker`."""

    def __init__(
        self, settings: SglangEngineSettings, objects: ObjectStore, metrics: InferenceMetrics
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._loader = DiskLoader(objects, settings.disk_cache)
        self._residency = Residency(self._loader, budget_bytes=settings.server.disk_bytes, metrics=metrics)
        self._link = Link(
            SglangServer(settings.server.url), settings.socket_directory, metrics, on_new_instance=self._meet
        )
        self._asker = Asker(self._link, settings.server, metrics)
        # One thread: tokenizers refuse to be used from two at once.
        self._tokenizer = ThreadPoolExecutor(1, "tokenizer")
        self._base: _Base | None = None
        self._at_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    async def start(self) -> None:
        self._base = base = await asyncio.to_thread(_read_base, self._settings.model_path)
        for digest, size_bytes, leftover in await asyncio.to_thread(self._loader.leftovers, base.identity):
            self._residency.adopt(digest, size_bytes, leftover)
        await self._link.start(self._settings.server.start_seconds)

    async def stop(self) -> None:
        self._stopping = True
        try:
            async with asyncio.timeout(self._settings.drain_seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("stopped_with_requests", at_hand=self._at_hand)
        await self._link.stop()
        await self._residency.close()
        self._tokenizer.shutdown(wait=False, cancel_futures=True)

    @property
    def ready(self) -> bool:
        return self._link.up and not self._stopping

    @property
    def model_card(self) -> ModelCard:
        base = self._require_base()
        pool = self._link.require().hello.pool
        return ModelCard(
            name=base.identity.name,
            fingerprint=base.identity.fingerprint,
            tokenizer_fingerprint=base.identity.tokenizer_fingerprint,
            architecture=base.config.architecture,
            context_length=base.config.context_length,
            kv_bytes_per_token=_kv_bytes_per_token(base.config, pool),
            dtype=pool.dtype,
        )

    @property
    def load(self) -> EngineLoad:
        capacity = self._settings.server.max_running_requests
        running = min(self._at_hand, capacity)
        return EngineLoad(running, self._at_hand - running, capacity)

    async def load_cartridge(self, tenant_id: str, cartridge: GrantedCartridge, *, pinned: bool) -> None:
        identity, linkers = self._require_base().identity, self._link.require()
        async with self._residency.hold([cartridge], identity) as (held,):
            file = file_of(cartridge.digest, held.cartridge)
            await linkers.pin(file, pinned=True)
            if pinned:
                await self._residency.pin(cartridge, identity, tenant_id)
            elif self._residency.unpin(cartridge.digest, tenant_id):
                await linkers.pin(file, pinned=False)

    async def unload_cartridge(self, tenant_id: str, digest: str) -> bool:
        self._require_base().model.namer.forget(tenant_id, digest)
        was_at_hand = self._residency.drop(digest, tenant_id)
        if self._link.up and self._residency.unpin(digest, tenant_id):
            await self._link.require().drop(digest)
        return was_at_hand

    async def resident_cartridges(self) -> list[ResidentCartridge]:
        in_host: dict[str, protocol.Resident] = {}
        if self._link.up:
            residents = (await self._link.require().residents()).residents
            in_host = {resident.digest: resident for resident in residents}
        return [
            ResidentCartridge(
                digest=entry.digest,
                bytes=entry.size_bytes,
                tokens=entry.tokens,
                last_used=entry.last_used,
                pinned=entry.pinned,
                tier="host" if entry.digest in in_host else "disk",
            )
            for entry in self._residency.resident()
        ]

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Chunk | Finished]:
        arrived = time.monotonic()
        base, pool = self._require_base(), self._link.require().hello.pool
        async with AsyncExitStack() as stack:
            stack.enter_context(self._place())
            prompt_ids, _, prefix = await self._prepare(stack, request)
            asked = await self._asker.ask(stack, base.model, request, prompt_ids, prefix)
            first_token_seconds = time.monotonic() - arrived
            wording = Wording(
                base.chat, stop=request.stop, top_logprobs=request.top_logprobs, max_tokens=request.max_tokens
            )
            last: Chunk | None = None
            tokens_as_they_come = await stack.enter_async_context(aclosing(asked.tokens()))
            async for tokens in tokens_as_they_come:
                for chunk in wording.chunks(tokens):
                    if chunk.finish_reason is not None:
                        last = chunk
                        break
                    yield chunk
                if last is not None:
                    break
            if last is None or last.finish_reason is None:
                raise EngineFailedError("SGLang ended its answer without saying so")
            # Once more: SGLang may have put the request back and taken it up again, cartridges included.
            await asked.require_intact()
            yield last
            held_tokens = len(prompt_ids) + prefix.layout.tokens + wording.tokens
            usage = Usage(
                prompt_tokens=len(prompt_ids),
                cartridge_tokens=prefix.layout.tokens,
                completion_tokens=wording.tokens,
                kv_bytes=held_tokens * _kv_bytes_per_token(base.config, pool),
                seconds_to_first_token=first_token_seconds,
            )
            yield Finished(last.finish_reason, usage)

    async def score_prompt(self, request: GenerateRequest) -> PromptScores:
        with self._place():
            async with AsyncExitStack() as stack:
                # Whether there is room for the answer at all.
                await self._prepare(stack, replace(request, cartridges=()))
            room = asyncio.Semaphore(self._scored_at_once(request.cartridges))

            async def score(*cartridges: GrantedCartridge) -> tuple[int, PromptLogprobs]:
                async with room:
                    return await self._score(replace(request, cartridges=cartridges))

            scoring = [asyncio.ensure_future(each) for each in (score(), *map(score, request.cartridges))]
            try:
                (read, alone), *behind = await asyncio.gather(*scoring)
            finally:
                for each in scoring:
                    each.cancel()
                await asyncio.gather(*scoring, return_exceptions=True)
        tokens = read + sum(count for count, _ in behind)
        return PromptScores(alone, tuple(scores for _, scores in behind), tokens)

    def _scored_at_once(self, cartridges: Sequence[GrantedCartridge]) -> int:
        """A few, so that others' requests find room between them, and no more than there is memory for."""
        largest = max((cartridge.size_bytes for cartridge in cartridges), default=1)
        server = self._settings.server
        return max(1, min(_SCORED_AT_ONCE, min(server.host_bytes, server.disk_bytes) // max(1, largest)))

    async def _score(self, request: GenerateRequest) -> tuple[int, PromptLogprobs]:
        """How many tokens were read, and their log-probabilities behind all of the request's cartridges."""
        # SGLang reads a prompt only to answer it: with one token, which nobody is shown.
        request = replace(request, max_tokens=1, temperature=0, top_p=1, stop=(), top_logprobs=None)
        async with AsyncExitStack() as stack:
            prompt_ids, places, prefix = await self._prepare(stack, request)
            telling = TellingTokens.of(request.messages, places)
            if not telling.span:
                return 0, []
            # Of the first id that is asked about SGLang tells nothing.
            asked = await self._asker.ask(
                stack,
                self._require_base().model,
                request,
                prompt_ids,
                prefix,
                scored_from=telling.span.start - 1,
            )
            logprobs = asked.first.prompt_logprobs
            await asked.require_intact()
        if len(logprobs) != len(prompt_ids) - telling.span.start:
            raise EngineFailedError("SGLang did not tell the log-probabilities of the whole prompt")
        try:
            return len(prompt_ids), telling.by_message(logprobs[: len(telling.span)])
        except ValueError as error:
            raise EngineFailedError(f"SGLang's log-probabilities cannot be used: {error}") from error

    async def _prepare(
        self, stack: AsyncExitStack, request: GenerateRequest
    ) -> tuple[list[int], list[range], Prefix]:
        """The prompt's ids, its messages' places, and its cartridges, held until `stack` ends.

        Raises `PromptTooLongError`, and what `Residency.hold` raises.
        """
        base, pool = self._require_base(), self._link.require().hello.pool
        prompt_ids, places = await self._tokenize(base.chat, request)
        held = await stack.enter_async_context(self._residency.hold(request.cartridges, base.identity))
        prefix = Prefix.of(request, held, self._settings.page_size)
        check_window(
            start=prefix.layout.tokens,
            prompt_tokens=len(prompt_ids),
            max_tokens=request.max_tokens,
            window=min(base.config.context_length, pool.slots),
        )
        return prompt_ids, places, prefix

    @contextmanager
    def _place(self) -> Iterator[None]:
        """A place among the requests at hand. Raises `BusyError`."""
        server = self._settings.server
        if self._stopping:
            raise EngineNotReadyError("the server is stopping")
        if self._at_hand >= server.max_running_requests + server.max_waiting:
            raise BusyError(f"{self._at_hand} requests are at hand already")
        self._at_hand += 1
        self._idle.clear()
        self._show_load()
        try:
            yield
        finally:
            self._at_hand -= 1
            self._show_load()
            if self._at_hand == 0:
                self._idle.set()

    def _show_load(self) -> None:
        self._metrics.rows.set(self.load.running)
        self._metrics.waiting.set(self.load.waiting)

    async def _meet(self, linkers: Linkers) -> None:
        """Another SGLang: nothing that the last one had cached or pinned is there. Raises `EngineMismatchError`."""
        base, pool = self._require_base(), linkers.hello.pool
        found = (pool.layers, pool.kv_heads, pool.head_dim, pool.page_size)
        config = base.config
        expected = (config.layers, config.kv_heads, config.head_dim, self._settings.page_size)
        if found != expected:
            raise EngineMismatchError(
                f"SGLang serves layers, KV heads, head size and page size {found}; this agent needs {expected}. "
                "Start both with the same CARTRIDGES_BASE_MODEL and CARTRIDGES_INFERENCE_PAGE_SIZE"
            )
        base.model.namer.renew_all()
        for digest, cartridge in self._residency.pinned():
            await linkers.pin(file_of(digest, cartridge), pinned=True)

    async def _tokenize(self, chat: ChatFormat, request: GenerateRequest) -> tuple[list[int], list[range]]:
        """Ids and the messages' places, beside the event loop, which a long prompt must not hold up."""
        encode = partial(
            chat.encode_messages_with_places, request.messages, with_cartridge=bool(request.cartridges)
        )
        return await asyncio.get_running_loop().run_in_executor(self._tokenizer, encode)

    def _require_base(self) -> _Base:
        if self._base is None:
            raise EngineNotReadyError("the base model is not known yet", retry_after=5)
        return self._base


def _read_base(model_path: Path) -> _Base:
    config = read_config(model_path)
    chat = load_chat_format(model_path)
    frequencies = RotaryEmbedding(config, torch.device("cpu")).inverse_frequencies
    return _Base(
        config=config,
        identity=identify(model_path, config.name),
        chat=chat,
        model=AskedModel(
            end_of_turn=chat.end_of_turn,
            inverse_frequencies=[float(frequency) for frequency in frequencies],
            namer=Namer(config.vocab_size),
        ),
    )


def _kv_bytes_per_token(config: ModelConfig, pool: protocol.Pool) -> int:
    dtype: torch.dtype = getattr(torch, pool.dtype)
    return config.kv_values_per_token * dtype.itemsize
