"""Refuses bodies that are too large, as soon as their headers or their bytes show it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartridge_web.problems import Problem, problem_response

# A client that is still sending reads no answer when the connection is reset under it, so the rest of its
# body is read and dropped, within reason.
_DRAIN_BYTES = 64 * 1024 * 1024
_DRAIN_SECONDS = 5.0


def request_too_large(limit: int) -> Problem:
    """The problem of a body with more than `limit` bytes."""
    return Problem(
        413,
        "request_too_large",
        "Request too large",
        f"This request's body may have {limit:,} bytes at most.",
    )


@dataclass(frozen=True)
class BodyLimit:
    """Bytes that a request's body may have, and the problem of one that has more."""

    bytes: int
    problem: Problem

    @classmethod
    def of(cls, limit: int) -> "BodyLimit":
        return cls(limit, request_too_large(limit))


LimitOf = Callable[[Scope], int | BodyLimit]


class BodyLimitMiddleware:
    """Answers 413 when a body has more bytes than `limit_of` allows: `request_too_large`, or the limit's own problem."""

    def __init__(self, app: ASGIApp, limit_of: LimitOf) -> None:
        self._app = app
        self._limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowed = self._limit_of(scope)
        limit = BodyLimit.of(allowed) if isinstance(allowed, int) else allowed
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        has_body = declared not in ("", "0") or "transfer-encoding" in headers
        body = _CountedBody(receive, limit, has_body=has_body)
        patient = body.answer_before_the_end(send)
        if declared.isdecimal() and int(declared) > limit.bytes:
            response = problem_response(Request(scope), limit.problem)
            await response(scope, receive, patient)
            return
        await self._app(scope, body.receive, patient)


class _CountedBody:
    """A request's body on its way in. Raises the 413 problem where it exceeds its limit."""

    def __init__(self, receive: Receive, limit: BodyLimit, *, has_body: bool) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self._ended = not has_body

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            self._ended = True
            return message
        self._seen += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._seen > self._limit.bytes:
            raise self._limit.problem
        return message

    def answer_before_the_end(self, send: Send) -> Send:
        """`send`, which lets the client finish its body when an error is answered before all of it came."""
        refused = False

        async def patient(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = message["status"] >= 400 and not self._ended
                if refused:
                    message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            elif refused and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await self._drain()
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        return patient

    async def _drain(self) -> None:
        dropped, until = 0, time.monotonic() + _DRAIN_SECONDS
        while not self._ended and dropped < _DRAIN_BYTES:
            try:
                message = await asyncio.wait_for(self._receive(), until - time.monotonic())
            except TimeoutError:
                return
            dropped += len(message.get("body", b""))
            self._ended = message["type"] != "http.request" or not message.get("more_body", False)
