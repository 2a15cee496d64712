"""Asking SGLang for an answer, and keeping it back unless it was made with its cartridges.

An answer is let out only when SGLang says that it found all of the cartridges' tokens cached, and its linkers that
whatever is cached of them came from them. Anything else is withheld and asked for once more, under a name under which
nothing is cached.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from cartridge_core.composition import Layout, lay_out
from services.inference.engines.base import GenerateRequest, Tier
from services.inference.errors import (
    BusyError,
    CartridgeWithheldError,
    EngineFailedError,
    EngineUnavailableError,
)
from services.inference.fetching import CartridgeOnDisk
from services.inference.linker import protocol
from services.inference.metrics import InferenceMetrics
from services.inference.residency import Held
from services.inference.sglang.link import Link
from services.inference.sglang.linker_client import Linkers
from services.inference.sglang.placeholders import CompositionName, Namer, Namespace
from services.inference.sglang.server_client import LoadFailedError, Tokens
from services.inference.sglang.settings import SglangSettings

_ATTEMPTS = 2

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AskedModel:
    """What asking needs to know of the base model."""

    end_of_turn: int
    inverse_frequencies: list[float]
    namer: Namer


@dataclass(frozen=True)
class Prefix:
    """The cartridges of one request, held on disk, as SGLang will see them."""

    held: tuple[Held[CartridgeOnDisk], ...]
    digests: tuple[str, ...]
    layout: Layout

    @classmethod
    def of(
        cls, request: GenerateRequest, held: tuple[Held[CartridgeOnDisk], ...], page_size: int
    ) -> "Prefix":
        layout = lay_out([each.cartridge.header for each in held], page_size=page_size)
        return cls(held, tuple(cartridge.digest for cartridge in request.cartridges), layout)


@dataclass(frozen=True)
class Asked:
    """An answer under way, its first token checked. `linkers` is None for one without cartridges."""

    rid: str
    first: Tokens
    rest: AsyncGenerator[Tokens]
    linkers: Linkers | None
    metrics: InferenceMetrics

    async def tokens(self) -> AsyncGenerator[Tokens]:
        """All of it, from the first token on."""
        yield self.first
        async for tokens in self.rest:
            yield tokens

    async def require_intact(self) -> None:
        """Raise `CartridgeWithheldError` unless the cartridges were there to the end."""
        if self.linkers is not None and not await self.linkers.confirm(self.rid):
            self.metrics.withheld.labels("unconfirmed").inc()
            raise _broken_off()


class _WithheldError(Exception):
    """This attempt's answer was made without its cartridges."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Asker:
    """Asks the SGLang of one link."""

    def __init__(self, link: Link, settings: SglangSettings, metrics: InferenceMetrics) -> None:
        self._link = link
        self._settings = settings
        self._metrics = metrics
        self._going_ahead: dict[str, asyncio.Event] = {}  # by composition

    async def ask(
        self, stack: AsyncExitStack, model: AskedModel, request: GenerateRequest, prompt_ids: list[int],
        prefix: Prefix, *, scored_from: int | None = None,
    ) -> Asked:  # fmt: skip
        """An answer that was begun with its cartridges, open until `stack` ends.

        With `scored_from` its first tokens tell `prompt_logprobs` of the prompt's ids behind that one as well.
        Raises `CartridgeWithheldError` when there is none, and what `SglangServer.generate` and `Linkers.holding` raise.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if prefix.held:
                    attempted = self._with(model, request, prompt_ids, prefix, scored_from)
                else:
                    attempted = self._plain(model, request, prompt_ids, scored_from)
                return await stack.enter_async_context(attempted)
            except _WithheldError as error:
                self._metrics.withheld.labels(error.reason).inc()
                log.warning("answer_withheld", reason=error.reason, attempt=attempt)
        raise CartridgeWithheldError(
            f"SGLang answered without the request's cartridges, {_ATTEMPTS} times; the answers were kept back. "
            "Try again",
            retry_after=2,
        )

    @asynccontextmanager
    async def _plain(
        self, model: AskedModel, request: GenerateRequest, prompt_ids: list[int], scored_from: int | None
    ) -> AsyncGenerator[Asked]:
        linkers = self._link.require()
        rid = protocol.request_id(None, uuid.uuid4().hex)
        name = model.namer.plain(request.tenant_id)
        body = self._body(model, request, rid, name, prompt_ids) | _scoring(scored_from)
        async with self._doubting(linkers), aclosing(self._link.server.generate(body)) as tokens:
            yield Asked(rid, await self._first(tokens), tokens, None, self._metrics)

    @asynccontextmanager
    async def _with(
        self, model: AskedModel, request: GenerateRequest, prompt_ids: list[int], prefix: Prefix,
        scored_from: int | None,
    ) -> AsyncGenerator[Asked]:  # fmt: skip
        """One attempt, checked before its first tokens are let out. Raises `_WithheldError`."""
        linkers = self._link.require()
        name = model.namer.composition(request.tenant_id, prefix.digests, prefix.layout.tokens)
        rid = protocol.request_id(name.composition, uuid.uuid4().hex)
        body = self._body(model, request, rid, name.namespace, [*name.token_ids, *prompt_ids])
        body |= _scoring(None if scored_from is None else len(name.token_ids) + scored_from)
        begun = False
        try:
            async with self._doubting(linkers), AsyncExitStack() as stack:
                hold = _hold(model, rid, name, prefix)
                replies = await stack.enter_async_context(linkers.holding(hold))
                async with self._alone_while_cold(name, replies):
                    tokens = await stack.enter_async_context(aclosing(self._link.server.generate(body)))
                    first = await self._first(tokens)
                    await _require_cartridges(first, prefix, linkers, rid)
                self._count(prefix, first, replies)
                begun = True
                yield Asked(rid, first, tokens, linkers, self._metrics)
        except (LoadFailedError, _WithheldError) as error:
            model.namer.renew(request.tenant_id, prefix.digests, name)
            reason = error.reason if isinstance(error, _WithheldError) else "load_failed"
            if not begun:
                raise _WithheldError(reason) from error
            self._metrics.withheld.labels(reason).inc()
            raise _broken_off() from error

    @asynccontextmanager
    async def _doubting(self, linkers: Linkers) -> AsyncGenerator[None]:
        """Have the link look whether SGLang is still there when a request says that it is not."""
        try:
            yield
        except EngineUnavailableError:
            await self._link.doubt(linkers)
            raise

    @asynccontextmanager
    async def _alone_while_cold(
        self, name: CompositionName, replies: list[protocol.HoldReply]
    ) -> AsyncGenerator[None]:
        """One request goes ahead with what the device lacks; the others wait until it is there.

        Each would load a copy of its own otherwise, and SGLang's pool would hold them all at once.
        """
        ahead = self._going_ahead.get(name.composition)
        if ahead is not None:
            await ahead.wait()
            yield
        elif all(reply.on_device for reply in replies):
            yield
        else:
            arrived = self._going_ahead[name.composition] = asyncio.Event()
            try:
                yield
            finally:
                del self._going_ahead[name.composition]
                arrived.set()

    async def _first(self, tokens: AsyncGenerator[Tokens]) -> Tokens:
        try:
            async with asyncio.timeout(self._settings.first_token_seconds):
                return await anext(tokens)
        except TimeoutError as error:
            raise BusyError("no token came within the time set for the first one", retry_after=5) from error
        except StopAsyncIteration as error:
            raise EngineFailedError("SGLang gave an empty answer") from error

    def _body(
        self,
        model: AskedModel,
        request: GenerateRequest,
        rid: str,
        namespace: Namespace,
        input_ids: list[int],
    ) -> dict[str, Any]:
        sampling: dict[str, Any] = {
            "max_new_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "stop_token_ids": [model.end_of_turn],
        }
        if request.seed is not None and self._settings.deterministic:
            sampling["sampling_seed"] = request.seed
        return {
            "rid": rid,
            "input_ids": input_ids,
            "extra_key": namespace.extra_key,
            "cache_salt": namespace.cache_salt,
            "sampling_params": sampling,
            "return_logprob": request.top_logprobs is not None,
            "top_logprobs_num": request.top_logprobs or 0,
        }

    def _count(self, prefix: Prefix, first: Tokens, replies: list[protocol.HoldReply]) -> None:
        """Where each cartridge was found, and what it took to read those that were on disk."""
        from_disk = {digest for reply in replies for digest in reply.from_disk}
        if from_disk:
            self._metrics.host_load_seconds.observe(max(reply.seconds for reply in replies))
        for digest, each in zip(prefix.digests, prefix.held, strict=True):
            tier: Tier = "host" if first.cached_in_host else "device"
            if digest in from_disk:
                tier = "disk"
            if each.fetched:
                tier = "s3"
            self._metrics.cartridge_hits.labels(tier).inc()


def _scoring(place: int | None) -> dict[str, Any]:
    """What a body says to be told of the ids behind `place` as well. What stands before it may come from the cache."""
    return {} if place is None else {"return_logprob": True, "logprob_start_len": place}


async def _require_cartridges(first: Tokens, prefix: Prefix, linkers: Linkers, rid: str) -> None:
    if first.cached < prefix.layout.tokens:
        raise _WithheldError("uncovered")
    if not await linkers.confirm(rid):
        raise _WithheldError("unconfirmed")


def file_of(digest: str, cartridge: CartridgeOnDisk) -> protocol.CartridgeFile:
    """A cartridge on disk as the linkers are told of it."""
    return protocol.CartridgeFile(digest=digest, path=str(cartridge.path), size_bytes=cartridge.kv_bytes)


def _hold(model: AskedModel, rid: str, name: CompositionName, prefix: Prefix) -> protocol.Hold:
    files = {
        digest: file_of(digest, each.cartridge)
        for digest, each in zip(prefix.digests, prefix.held, strict=True)
    }
    return protocol.Hold(
        rid=rid,
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
        inverse_frequencies=model.inverse_frequencies,
    )


def _broken_off() -> CartridgeWithheldError:
    return CartridgeWithheldError(
        "SGLang lost the request's cartridges while it answered; the rest was kept back. Try again",
        retry_after=2,
    )
