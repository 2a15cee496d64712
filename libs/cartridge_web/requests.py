"""Around every request: its id, one line in the log, and the answer to an unexpected exception."""

import re
import time
import uuid

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartridge_web.problems import internal_error, problem_response

HEADER = "X-Request-ID"

# A caller's own id is kept, so that its logs and ours meet; anything else is not let into the logs.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,128}")
# Asked again and again by whoever watches a service.
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/v1/load"})

log = structlog.get_logger("http")


class RequestMiddleware:
    """The outermost middleware. Puts `request_id` into the request's state and into every log line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request_id = _request_id(request.headers.get(HEADER))
        request.state.request_id = request_id
        started, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            except Exception:
                log.exception("unexpected_error", method=request.method, path=request.url.path)
                if status == 0:
                    response = problem_response(request, internal_error())
                    await response(scope, receive, answer)
                else:
                    # Half an answer is out: only a broken connection can tell the client.
                    raise
            finally:
                seconds = round(time.perf_counter() - started, 4)
                write = log.debug if request.url.path in _QUIET_PATHS else log.info
                write("request", method=request.method, path=request.url.path, status=status, seconds=seconds)


def _request_id(given: str | None) -> str:
    return given if given is not None and _ACCEPTED.fullmatch(given) else uuid.uuid4().hex
