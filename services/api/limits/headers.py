"""Limits in the headers of every answer, in the form of the IETF's draft "RateLimit header fields for HTTP"."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.limits.buckets import WINDOW_SECONDS, Allowance


def note(request: Request, allowance: Allowance) -> None:
    """Let the answer to this request tell of a bucket."""
    noted = getattr(request.state, "allowances", ())
    request.state.allowances = (*noted, allowance)


class LimitHeadersMiddleware:
    """Writes `RateLimit-Policy` and `RateLimit` for the buckets that were noted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                noted: Sequence[Allowance] = scope.get("state", {}).get("allowances", ())
                if noted:
                    headers = MutableHeaders(scope=message)
                    headers["RateLimit-Policy"] = ", ".join(
                        f'"{each.name}";q={each.limit};w={WINDOW_SECONDS}' for each in noted
                    )
                    headers["RateLimit"] = ", ".join(
                        f'"{each.name}";r={each.remaining};t={each.seconds_until(each.limit)}'
                        for each in noted
                    )
            await send(message)

        await self._app(scope, receive, answer)
