"""Counting an answer's tokens: once, whether it was read to its end or given up on the way."""

from collections.abc import AsyncGenerator

import anyio
import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Send

from cartridge_store.db.repositories import usage
from cartridge_store.db.repositories.usage import Kind
from cartridge_store.quotas import Quota
from cartridge_web.connections import EventStream
from services.api.access import Caller
from services.api.inference_client import InferenceAnswer, InferenceUsage
from services.api.limits.service import charge_tokens
from services.api.platform import Platform

log = structlog.get_logger(__name__)


class Meter:
    """Sees every piece of one answer; `count` writes down what was seen.

    An answer that is given up tells no usage: its tokens are those that came, and those that were read to choose among its
    cartridges; its prompt is not counted.
    """

    def __init__(self, platform: Platform, caller: Caller, answer_id: str) -> None:
        self._platform = platform
        self._tenant_id = caller.tenant_id
        self._limit = caller.limits[Quota.TOKENS_MINUTE]
        self._answer_id = answer_id
        self._streamed = 0
        self._selection_tokens = 0
        self._counted = False
        self._told: InferenceUsage | None = None

    def see(self, piece: InferenceAnswer) -> None:
        self._streamed += len(piece.token_ids)
        self._selection_tokens += piece.selection_tokens
        self._told = piece.usage or self._told

    async def count(self) -> None:
        """Write down what was seen; a second call does nothing.

        The tokens are generated already: a database that is away loses the count, in the log, not the answer.
        """
        if not self._counted:
            self._counted = True
            await run_in_threadpool(self._write)

    def _write(self) -> None:
        amounts = self._amounts()
        tokens = amounts.get(Kind.PROMPT_TOKENS, 0) + amounts[Kind.COMPLETION_TOKENS]
        charge_tokens(self._platform, self._tenant_id, self._limit, tokens)
        try:
            with self._platform.rows_of(self._tenant_id) as session:
                usage.record(session, self._tenant_id, self._answer_id, amounts)
        except SQLAlchemyError as error:
            counts = {kind.value: amount for kind, amount in amounts.items()}
            log.warning("usage_not_counted", answer=self._answer_id, detail=type(error).__name__, **counts)

    def _amounts(self) -> dict[Kind, float]:
        told = self._told
        if told is None:
            amounts = {Kind.REQUESTS: 1.0, Kind.COMPLETION_TOKENS: float(self._streamed)}
            return amounts | ({Kind.PROMPT_TOKENS: self._selection_tokens} if self._selection_tokens else {})
        return {
            Kind.REQUESTS: 1,
            Kind.PROMPT_TOKENS: told.prompt_tokens + told.selection_tokens,
            Kind.CARTRIDGE_TOKENS: told.cartridge_tokens,
            Kind.COMPLETION_TOKENS: told.completion_tokens,
        }


class CountedStream(EventStream):
    """An answer as server-sent events, counted when it ends, however it ends."""

    def __init__(
        self, meter: Meter, source: AsyncGenerator[bytes], *behind: AsyncGenerator[InferenceAnswer]
    ) -> None:
        super().__init__(source, *behind)
        self._meter = meter

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        finally:
            # Whoever leaves cancels this task; what was generated is counted all the same.
            with anyio.CancelScope(shield=True):
                await self._meter.count()
