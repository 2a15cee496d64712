"""The `sglang` engine: a pod's agent before a SGLang server, which keeps cartridges in its radix cache.

An answer is released only when SGLang says that it found all of the cartridges' tokens cached, and its linker that
whatever is cached of them came from them. Anything else is withheld and asked for once more, under a name under which
nothing is cached.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import torch

from cartridge_core.composition import Layout, lay_out
from cartridge_core.generation import check_window
from cartridge_core.models.config import ModelConfig, read_config
from cartridge_core.models.identity import ModelIdentity, identify
from cartridge_core.models.rope import RotaryEmbedding
from cartridge_core.prompts import ChatFormat, load_chat_format
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore
from services.inference.engines.base import (
    Chunk,
    EngineLoad,
    Finished,
    FinishReason,
    GenerateRequest,
    ModelCard,
    ResidentCartridge,
    Tier,
    Usage,
)
from services.inference.errors import (
    BusyError,
    CartridgeWithheldError,
    EngineFailedError,
    EngineNotReadyError,
    EngineUnavailableError,
)
from services.inference.fetching import CartridgeOnDisk, DiskLoader
from services.inference.linker import protocol
from services.inference.metrics import InferenceMetrics
from services.inference.residency import Held, Residency
from services.inference.sglang.link import Link
from services.inference.sglang.placeholders import CompositionName, Namer, Namespace
from services.inference.sglang.server_client import LoadFailedError, SglangServer, Tokens
from services.inference.sglang.settings import SglangSettings
from services.inference.sglang.wording import Wording

_ATTEMPTS = 2

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
    inverse_frequencies: list[float]
    namer: Namer


@dataclass(frozen=True)
class _Prefix:
    """The cartridges of one request as SGLang will see them."""

    held: tuple[Held[CartridgeOnDisk], ...]
    digests: tuple[str, ...]
    layout: Layout


class _WithheldError(Exception):
    """This attempt's answer was made without its cartridges."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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

    async def load_cartridge(self, cartridge: GrantedCartridge, *, pinned: bool) -> None:
        base, linkers = self._require_base(), self._link.require()
        await self._residency.pin(cartridge, base.identity, pinned=pinned)
        async with self._residency.hold([cartridge], base.identity) as (held,):
            file = _file_of(cartridge.digest, held.cartridge)
            await linkers.pin(file, pinned=True)
            if not pinned:
                await linkers.pin(file, pinned=False)

    async def unload_cartridge(self, digest: str) -> bool:
        was_at_hand = self._residency.drop(digest)
        self._require_namer().forget(digest)
        if self._link.up:
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
        base = self._require_base()
        async with AsyncExitStack() as stack:
            stack.enter_context(self._place())
            prompt_ids = await self._tokenize(base.chat, request)
            held = await stack.enter_async_context(self._residency.hold(request.cartridges, base.identity))
            prefix = self._prefix(request, held)
            self._check_room(prefix, len(prompt_ids), request.max_tokens)
            first, rest = await self._covered(stack, request, prompt_ids, prefix)
            first_token_seconds = time.monotonic() - arrived
            wording = Wording(
                base.chat, stop=request.stop, top_logprobs=request.top_logprobs, max_tokens=request.max_tokens
            )
            finish_reason: FinishReason | None = None
            async for tokens in _chained(first, rest):
                for chunk in wording.chunks(tokens):
                    finish_reason = chunk.finish_reason
                    yield chunk
                if finish_reason is not None:
                    break
            if finish_reason is None:
                raise EngineFailedError("SGLang ended its answer without saying so")
            held_tokens = len(prompt_ids) + prefix.layout.tokens + wording.tokens
            usage = Usage(
                prompt_tokens=len(prompt_ids),
                cartridge_tokens=prefix.layout.tokens,
                completion_tokens=wording.tokens,
                kv_bytes=held_tokens * self.model_card.kv_bytes_per_token,
                seconds_to_first_token=first_token_seconds,
            )
            yield Finished(finish_reason, usage)

    async def _covered(
        self, stack: AsyncExitStack, request: GenerateRequest, prompt_ids: list[int], prefix: _Prefix
    ) -> tuple[Tokens, AsyncGenerator[Tokens]]:
        """The first tokens of an answer that was made with its cartridges, and the others, open until `stack` ends."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await stack.enter_async_context(self._asked(request, prompt_ids, prefix))
            except _WithheldError as error:
                self._metrics.withheld.labels(error.reason).inc()
                log.warning("answer_withheld", reason=error.reason, attempt=attempt)
                self._require_namer().renew(request.tenant_id, prefix.digests)
        raise CartridgeWithheldError(
            f"SGLang answered without the request's cartridges, {_ATTEMPTS} times; the answers were kept back. "
            "Try again",
            retry_after=2,
        )

    @asynccontextmanager
    async def _asked(
        self, request: GenerateRequest, prompt_ids: list[int], prefix: _Prefix
    ) -> AsyncGenerator[tuple[Tokens, AsyncGenerator[Tokens]]]:
        """One attempt, checked before its first tokens are let out. Raises `_WithheldError`."""
        namer, linkers = self._require_namer(), self._link.require()
        try:
            async with AsyncExitStack() as stack:
                if not prefix.held:
                    namespace = namer.plain(request.tenant_id)
                    body = self._body(request, None, namespace, prompt_ids)
                    tokens = await stack.enter_async_context(aclosing(self._link.server.generate(body)))
                    yield await self._first(tokens), tokens
                    return
                name = namer.composition(request.tenant_id, prefix.digests, prefix.layout.tokens)
                replies = await stack.enter_async_context(linkers.holding(self._hold(name, prefix)))
                body = self._body(request, name, name.namespace, [*name.token_ids, *prompt_ids])
                tokens = await stack.enter_async_context(aclosing(self._link.server.generate(body)))
                first = await self._first(tokens)
                if first.cached < prefix.layout.tokens:
                    raise _WithheldError("uncovered")
                if not await linkers.confirm(name.composition):
                    raise _WithheldError("unconfirmed")
                self._count_tiers(prefix, first, {digest for reply in replies for digest in reply.from_disk})
                yield first, tokens
        except LoadFailedError as error:
            raise _WithheldError("load_failed") from error
        except EngineUnavailableError:
            self._link.lose(linkers)
            raise

    async def _first(self, tokens: AsyncGenerator[Tokens]) -> Tokens:
        try:
            async with asyncio.timeout(self._settings.server.first_token_seconds):
                return await anext(tokens)
        except TimeoutError as error:
            raise BusyError("no token came within the time set for the first one", retry_after=5) from error
        except StopAsyncIteration as error:
            raise EngineFailedError("SGLang gave an empty answer") from error

    def _body(
        self, request: GenerateRequest, name: CompositionName | None, namespace: Namespace, ids: list[int]
    ) -> dict[str, Any]:
        sampling: dict[str, Any] = {
            "max_new_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop_token_ids": [self._require_base().chat.end_of_turn],
        }
        if request.seed is not None and self._settings.server.deterministic:
            sampling["sampling_seed"] = request.seed
        return {
            "rid": protocol.request_id(name.composition if name else None, uuid.uuid4().hex),
            "input_ids": ids,
            "extra_key": namespace.extra_key,
            "cache_salt": namespace.cache_salt,
            "sampling_params": sampling,
            "return_logprob": request.top_logprobs is not None,
            "top_logprobs_num": request.top_logprobs or 0,
        }

    def _prefix(self, request: GenerateRequest, held: tuple[Held[CartridgeOnDisk], ...]) -> _Prefix:
        headers = [each.cartridge.header for each in held]
        return _Prefix(
            held=held,
            digests=tuple(cartridge.digest for cartridge in request.cartridges),
            layout=lay_out(headers, page_size=self._settings.page_size),
        )

    def _hold(self, name: CompositionName, prefix: _Prefix) -> protocol.Hold:
        files = {
            digest: _file_of(digest, each.cartridge)
            for digest, each in zip(prefix.digests, prefix.held, strict=True)
        }
        return protocol.Hold(
            composition=name.composition,
            token_ids=list(name.token_ids),
            extra_key=name.namespace.extra_key,
            cache_salt=name.namespace.cache_salt,
            files=list(files.values()),
            segments=[
                protocol.Segment(
                    digest=prefix.digests[segment.index],
                    start=segment.start,
                    tokens=segment.tokens,
                    distance=segment.distance,
                )
                for segment in prefix.layout.segments
            ],
            inverse_frequencies=self._require_base().inverse_frequencies,
        )

    def _check_room(self, prefix: _Prefix, prompt_tokens: int, max_tokens: int) -> None:
        base, pool = self._require_base(), self._link.require().hello.pool
        check_window(
            start=prefix.layout.tokens,
            prompt_tokens=prompt_tokens,
            max_tokens=max_tokens,
            window=min(base.config.context_length, pool.slots),
        )

    def _count_tiers(self, prefix: _Prefix, first: Tokens, from_disk: set[str]) -> None:
        for digest, each in zip(prefix.digests, prefix.held, strict=True):
            tier: Tier = "host" if first.cached_in_host else "device"
            if digest in from_disk:
                tier = "disk"
            if each.fetched:
                tier = "s3"
            self._metrics.cartridge_hits.labels(tier).inc()

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

    def _meet(self, hello: protocol.HelloReply) -> None:
        """Another SGLang has been found: nothing that the last one had cached is there. Raises when it does not fit."""
        base = self._require_base()
        pool = hello.pool
        found = (pool.layers, pool.kv_heads, pool.head_dim, pool.page_size)
        expected = (
            base.config.layers,
            base.config.kv_heads,
            base.config.head_dim,
            self._settings.page_size,
        )
        if found != expected:
            raise EngineUnavailableError(
                f"SGLang serves layers, KV heads, head size and page size {found}; this agent needs {expected}. "
                "Start both with the same CARTRIDGES_BASE_MODEL and CARTRIDGES_INFERENCE_PAGE_SIZE"
            )
        self._require_namer().renew_all()

    async def _tokenize(self, chat: ChatFormat, request: GenerateRequest) -> list[int]:
        """Beside the event loop, which a long prompt must not hold up."""
        encode = partial(chat.encode_messages, request.messages, with_cartridge=bool(request.cartridges))
        return await asyncio.get_running_loop().run_in_executor(self._tokenizer, encode)

    def _require_base(self) -> _Base:
        if self._base is None:
            raise EngineNotReadyError("the base model is not known yet", retry_after=5)
        return self._base

    def _require_namer(self) -> Namer:
        return self._require_base().namer


def _read_base(model_path: Path) -> _Base:
    config = read_config(model_path)
    frequencies = RotaryEmbedding(config, torch.device("cpu")).inverse_frequencies
    return _Base(
        config=config,
        identity=identify(model_path, config.name),
        chat=load_chat_format(model_path),
        inverse_frequencies=[float(frequency) for frequency in frequencies],
        namer=Namer(config.vocab_size),
    )


def _file_of(digest: str, cartridge: CartridgeOnDisk) -> protocol.CartridgeFile:
    return protocol.CartridgeFile(digest=digest, path=str(cartridge.path), size_bytes=cartridge.kv_bytes)


def _kv_bytes_per_token(config: ModelConfig, pool: protocol.Pool) -> int:
    dtype: torch.dtype = getattr(torch, pool.dtype)
    return config.kv_values_per_token * dtype.itemsize


async def _chained(first: Tokens, rest: AsyncGenerator[Tokens]) -> AsyncGenerator[Tokens]:
    yield first
    async for tokens in rest:
        yield tokens
