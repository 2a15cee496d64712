"""Work for a client that may leave: given up, down to its source, as soon as the connection is closed."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, aclosing
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Send

T = TypeVar("T")

# nginx's status for it; nobody reads the answer, but logs and metrics count it.
CLIENT_LEFT_STATUS = 499


class ClientLeftError(Exception):
    """The client closed the connection before its answer was ready."""


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client leaves. Raises `ClientLeftError`.

    The request's body must have been read: what comes after it is the client's leaving.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_client_leaves(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientLeftError
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


class EventStream(StreamingResponse):
    """Server-sent events. `behind` are the generators that `source` draws on: closed with it, begun or not."""

    media_type = "text/event-stream"

    def __init__(self, source: AsyncGenerator[bytes], *behind: AsyncGenerator[Any]) -> None:
        super().__init__(source, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._generators = (source, *behind)

    async def stream_response(self, send: Send) -> None:
        async with AsyncExitStack() as stack:
            for generator in reversed(self._generators):
                await stack.enter_async_context(aclosing(generator))
            await super().stream_response(send)


async def _client_leaves(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
