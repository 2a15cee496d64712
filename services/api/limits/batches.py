"""One Lua script of Redis, run for many requests in one message.

While an answer is on its way, what else is to be run waits for it and goes together in the next message: under load a
request costs a share of a round trip, alone it costs one.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

_MOST_AT_ONCE = 256


@dataclass(frozen=True)
class _Run:
    key: str
    arguments: Sequence[float]
    answer: asyncio.Future[Any]


class ScriptBatches:
    """A script of one key. Belongs to the event loop that uses it first."""

    def __init__(self, url: SecretStr, script: str, timeout_seconds: float) -> None:
        self._redis = Redis.from_url(
            url.get_secret_value(),
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            # Once: a connection that a restarted server has closed is only noticed when it is used.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self._script = script
        self._digest = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._waiting: list[_Run] = []
        self._sending: asyncio.Task[None] | None = None

    async def run(self, key: str, arguments: Sequence[float]) -> Any:
        """The script's answer. Raises `RedisError`."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Run(key, arguments, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())
        return await answer

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def _send(self) -> None:
        batch: list[_Run] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                try:
                    found = await self._ask(batch)
                except Exception as error:  # noqa: BLE001 - told to each who waits for it
                    found = [error] * len(batch)
                for run, each in zip(batch, found, strict=True):
                    # One whose request was given up takes no answer any more.
                    if run.answer.done():
                        continue
                    if isinstance(each, Exception):
                        run.answer.set_exception(each)
                    else:
                        run.answer.set_result(each)
        finally:
            self._sending = None
            for run in (*batch, *self._waiting):
                run.answer.cancel()

    async def _ask(self, runs: Sequence[_Run]) -> list[Any]:
        found = await self._execute(runs)
        # A Redis that was emptied or restarted knows no script.
        unknown = [place for place, each in enumerate(found) if isinstance(each, NoScriptError)]
        if unknown:
            await self._redis.script_load(self._script)
            for place, each in zip(unknown, await self._execute([runs[i] for i in unknown]), strict=True):
                found[place] = each
        return found

    async def _execute(self, runs: Sequence[_Run]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for run in runs:
            pipeline.evalsha(self._digest, 1, run.key, *run.arguments)
        found: list[Any] = await pipeline.execute(raise_on_error=False)
        return found
