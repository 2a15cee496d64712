"""Refuses JSON that is nested more deeply than anything here asks for, before it is parsed."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartridge_web.problems import Problem

# What the deepest body of any service needs, several times over.
MAX_DEPTH = 64
# Brackets inside of strings do not count. A string without an end goes to the end of the text: to look for another
# one in it would take quadratic time.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def json_too_deep() -> Problem:
    return Problem(
        400,
        "json_too_deep",
        "JSON nested too deeply",
        f"The body's JSON may be nested {MAX_DEPTH} levels deep at most.",
    )


class JsonDepthMiddleware:
    """Answers 400 to JSON whose arrays and objects stand more than `MAX_DEPTH` levels inside one another.

    Must stand inside of the limit on bodies' bytes: it looks at a body once it is whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "json" not in Headers(scope=scope).get("content-type", "").lower():
            await self._app(scope, receive, send)
            return
        seen: list[bytes] = []

        async def watched() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                seen.append(message.get("body", b""))
                if not message.get("more_body", False) and is_too_deep(b"".join(seen)):
                    # FastAPI lets problems pass while it reads a body.
                    raise json_too_deep()
            return message

        await self._app(scope, watched, send)


def is_too_deep(text: bytes, limit: int = MAX_DEPTH) -> bool:
    """Whether brackets of the JSON `text` stand more than `limit` inside one another; it need not be valid."""
    if text.count(b"[") + text.count(b"{") <= limit:
        return False
    brackets = _STRING.sub(b"", text).translate(_ONE_KIND, _NO_BRACKETS)
    # Each round takes away what holds nothing any more: one level.
    for _ in range(limit):
        left = brackets.replace(b"[]", b"")
        if len(left) == len(brackets):
            break
        brackets = left
    return b"[]" in brackets or brackets.count(b"[") > limit
