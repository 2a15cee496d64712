"""SGLang's HTTP interface as the agent uses it: token ids in, token ids out as they come."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from httpx_sse import EventSource, SSEError

from services.inference.errors import BusyError, EngineFailedError, EngineUnavailableError

_DONE = "[DONE]"
_QUICK_SECONDS = 5.0

log = structlog.get_logger(__name__)


class LoadFailedError(Exception):
    """SGLang aborted a request because its cartridges could not be loaded."""


@dataclass(frozen=True)
class Tokens:
    """What one event of a stream adds.

    `logprobs[i]`: log-probability of `ids[i]` and its likeliest alternatives as (log-probability, id). `cached`: tokens
    of the prompt that were not computed, by where they were. `prompt_logprobs`: of the prompt's own tokens behind the
    first of those that were asked about, which has none.
    """

    ids: tuple[int, ...]
    logprobs: tuple[tuple[float, tuple[tuple[float, int], ...]], ...]
    cached: int
    cached_in_host: int
    finish_reason: str | None
    prompt_logprobs: tuple[float, ...] = ()


class SglangServer:
    """One SGLang server at `url`."""

    def __init__(self, url: str) -> None:
        # SGLang queues by itself, and its answers take as long as they take.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        timeout = httpx.Timeout(_QUICK_SECONDS, read=None)
        self._http = httpx.AsyncClient(base_url=url, limits=limits, timeout=timeout, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def check(self) -> None:
        """Return when the server answers; a busy one does too. Raises `EngineUnavailableError`."""
        try:
            response = await self._http.get("/model_info", timeout=_QUICK_SECONDS)
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise EngineUnavailableError(
                f"SGLang does not answer: {error or type(error).__name__}", retry_after=5
            ) from error

    async def generate(self, body: Mapping[str, Any]) -> AsyncGenerator[Tokens]:
        """The tokens of an answer. Closing the generator aborts the request.

        Raises `EngineUnavailableError` when the server is gone, `LoadFailedError`, `BusyError` when it refuses for lack
        of room, `EngineFailedError` for any other refusal.
        """
        finished = False
        try:
            async with self._http.stream("POST", "/generate", json={**body, "stream": True}) as response:
                if response.is_error:
                    raise _refused(await response.aread())
                async with aclosing(EventSource(response).aiter_sse()) as events:
                    async for event in events:
                        if event.data == _DONE:
                            break
                        tokens = _tokens(json.loads(event.data))
                        finished = tokens.finish_reason is not None
                        yield tokens
        except (httpx.HTTPError, SSEError) as error:
            raise EngineUnavailableError(f"SGLang broke off: {error or type(error).__name__}") from error
        finally:
            if not finished:
                await self._abort(str(body["rid"]))

    async def _abort(self, rid: str) -> None:
        """SGLang notices a closed connection too, but only when it next writes to it."""
        try:
            await self._http.post("/abort_request", json={"rid": rid}, timeout=_QUICK_SECONDS)
        except httpx.HTTPError as error:
            log.info("abort_failed", rid=rid, detail=str(error))


def _tokens(event: dict[str, Any]) -> Tokens:
    if "error" in event:
        raise _refused(json.dumps(event).encode())
    meta = event["meta_info"]
    reason = meta["finish_reason"]
    if reason is not None and reason["type"] == "abort":
        raise _aborted(reason)
    tops = meta.get("output_top_logprobs") or []
    logprobs = tuple(
        (value, tuple((top[0], top[1]) for top in (tops[index] if index < len(tops) else None) or ()))
        for index, (value, _, _) in enumerate(meta.get("output_token_logprobs") or [])
    )
    details = meta.get("cached_tokens_details") or {}
    return Tokens(
        ids=tuple(event["output_ids"]),
        logprobs=logprobs,
        cached=meta["cached_tokens"],
        cached_in_host=details.get("host", 0),
        finish_reason=None if reason is None else reason["type"],
        prompt_logprobs=tuple(value for value, _, _ in (meta.get("input_token_logprobs") or [])[1:]),
    )


def _aborted(reason: Mapping[str, Any]) -> Exception:
    message = str(reason.get("message", "no reason given"))
    if "cache load failed" in message:
        return LoadFailedError(message)
    status = reason.get("status_code")
    if status in (429, 503):
        return BusyError(f"SGLang gave the request up: {message}")
    return EngineFailedError(f"SGLang gave the request up: {message}")


def _refused(content: bytes) -> Exception:
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        return EngineFailedError("SGLang refused the request and did not say why")
    message = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    if "cache load failed" in message:
        return LoadFailedError(message)
    if isinstance(error, dict) and error.get("code") in (429, 503):
        return BusyError(f"SGLang refused the request: {message}")
    return EngineFailedError(f"SGLang refused the request: {message}")
