"""A request on its way to a pod and the answer on its way back: another pod before the first byte, never after."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Literal

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from cartridge_store.errors import ObjectStoreUnavailableError
from services.inference.errors import (
    BusyError,
    EngineNotReadyError,
    EngineUnavailableError,
    InferenceError,
)
from services.inference.router.decision import Placement
from services.inference.router.errors import AnswerTimedOutError, PodBrokeOffError, PodsUnreachableError
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import Pods, PodStatus

RetryCause = Literal["connection", "timeout", "busy"]

# A pod's 503 is about that pod, unless it is about what all pods share.
_SHARED_FAILURES = (ObjectStoreUnavailableError.code,)
_NOT_READY = (EngineNotReadyError.code, EngineUnavailableError.code)
_EVENT_END = b"\n\n"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Forwarded:
    """What goes to the pod, as it came: a POST to `path`. An answer that is not streamed begins when it is whole."""

    path: str
    body: bytes
    headers: dict[str, str]
    streamed: bool


@dataclass(frozen=True)
class Answer:
    """A pod's answer, begun: its first bytes, and the others as they come.

    `rest` raises `PodBrokeOffError`. Whoever has the answer closes `rest`, which gives up what is not read.
    """

    status: int
    headers: httpx.Headers
    first: bytes
    rest: AsyncGenerator[bytes]

    async def whole(self) -> bytes:
        """Everything. Raises `PodBrokeOffError`."""
        async with aclosing(self.rest):
            return self.first + b"".join([chunk async for chunk in self.rest])


@dataclass(frozen=True)
class Limits:
    """How many pods are asked for one request, and how long each may take, in seconds."""

    attempts: int
    connect: float
    first_byte: float
    whole_answer: float
    between_bytes: float


class _NextPodError(Exception):
    """This pod will not begin an answer; another might. `error` is what to say when none does."""

    def __init__(self, cause: RetryCause, error: InferenceError, refusal: Answer | None = None) -> None:
        super().__init__(str(error))
        self.cause: RetryCause = cause
        self.error = error
        self.refusal = refusal


class Forwarder:
    """Sends requests to the pods that `Pods` chooses."""

    def __init__(self, pods: Pods, http: httpx.AsyncClient, metrics: RouterMetrics, limits: Limits) -> None:
        self._pods = pods
        self._http = http
        self._metrics = metrics
        self._limits = limits

    async def forward(self, request: Forwarded, placement: Placement | None) -> Answer:
        """The answer of the first pod that begins one.

        Raises `EngineNotReadyError` when no pod is ready, `BusyError` when all are full, `PodsUnreachableError`
        and `AnswerTimedOutError` when those that were asked did not begin. A pod's own refusal is an answer.
        """
        tried: set[str] = set()
        last: _NextPodError | None = None
        while len(tried) < self._limits.attempts:
            try:
                status, decision = self._pods.choose(placement, tried)
            except BusyError:
                # What the last pod said is nearer the truth than that there is nobody else to ask.
                if last is None:
                    raise
                break
            if last is not None:
                self._metrics.retries.labels(last.cause).inc()
            self._metrics.decisions.labels(decision.reason.value).inc()
            tried.add(status.member.name)
            try:
                answer = await self._ask(status, request)
            except _NextPodError as failure:
                last = failure
                log.info("attempt_failed", pod=status.member.name, cause=failure.cause, detail=str(failure))
                continue
            if answer.status < httpx.codes.BAD_REQUEST:
                self._pods.answered(status, placement)
            return answer
        assert last is not None  # noqa: S101 - at least one pod was asked
        if last.refusal is not None:
            return last.refusal
        raise last.error

    async def _ask(self, status: PodStatus, request: Forwarded) -> Answer:
        """One pod's answer. Raises `_NextPodError`."""
        async with AsyncExitStack() as stack:
            stack.enter_context(self._pods.sent(status))
            within = self._limits.first_byte if request.streamed else self._limits.whole_answer
            try:
                async with asyncio.timeout(within):
                    response = await self._send(status, request)
                    stack.push_async_callback(response.aclose)
                    chunks = response.aiter_raw()
                    first = await anext(chunks, b"")
                    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                        first += b"".join([chunk async for chunk in chunks])
            except TimeoutError as error:
                raise _NextPodError(
                    "timeout",
                    AnswerTimedOutError("no pod began an answer in time; ask for less, or try again later"),
                ) from error
            except httpx.TransportError as error:
                self._pods.failed(status, f"{type(error).__name__}: {error}")
                raise _NextPodError(
                    "connection",
                    PodsUnreachableError("the pods that were asked do not answer", retry_after=2),
                ) from error
            rest = self._rest(status, chunks, stack.pop_all())
            await anext(rest)  # begun, so that closing it closes what it holds
            answer = Answer(response.status_code, response.headers, first, rest)
        if answer.status == httpx.codes.SERVICE_UNAVAILABLE:
            await rest.aclose()
            self._consider_refusal(status, answer)
        return answer

    async def _send(self, status: PodStatus, request: Forwarded) -> httpx.Response:
        built = self._http.build_request(
            "POST",
            status.member.url + request.path,
            content=request.body,
            headers=request.headers,
            timeout=httpx.Timeout(None, connect=self._limits.connect),
        )
        return await self._http.send(built, stream=True)

    def _consider_refusal(self, status: PodStatus, refusal: Answer) -> None:
        """Raise `_NextPodError` if another pod may take what this one has refused."""
        code = _code_of(refusal.first)
        if code not in _SHARED_FAILURES:
            if code == BusyError.code or code in _NOT_READY:
                self._pods.refused(status, ready=code not in _NOT_READY)
            raise _NextPodError("busy", BusyError(f"the pod said {code}"), refusal)

    async def _rest(
        self, status: PodStatus, chunks: AsyncIterator[bytes], stack: AsyncExitStack
    ) -> AsyncGenerator[bytes]:
        """Nothing, and then all chunks; the end closes `stack`."""
        async with stack:
            yield b""
            try:
                while True:
                    async with asyncio.timeout(self._limits.between_bytes):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        return
                    yield chunk
            except (TimeoutError, httpx.TransportError) as error:
                self._metrics.broken_answers.inc()
                self._pods.failed(status, f"{type(error).__name__}: {error}")
                raise PodBrokeOffError(
                    "the server broke off in the middle of the answer; ask again"
                ) from error


async def events(answer: Answer, describe: Callable[[Exception], bytes]) -> AsyncGenerator[bytes]:
    """An answer's server-sent events, each passed on once it is whole, so that a broken one is never seen.

    `describe` makes the problem of an answer that is broken off, which can only be told inside the stream.
    """
    pending = b""
    try:
        async with aclosing(answer.rest):
            async for chunk in _chained(answer.first, answer.rest):
                complete, end, pending = (pending + chunk).rpartition(_EVENT_END)
                if end:
                    yield complete + end
            if pending:
                yield pending
    except PodBrokeOffError as error:
        log.warning("answer_broken_off", detail=str(error))
        yield b"event: error\ndata: " + describe(error) + _EVENT_END


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _code_of(body: bytes) -> str:
    """The `code` of a problem; empty where the body is none."""
    try:
        return _Coded.model_validate_json(body).code
    except ValidationError:
        return ""


class _Coded(BaseModel):
    code: str
