"""A span around every request; see `tracing`, which processes without HTTP use alone."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cartridge_web import tracing

_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/v1/load"})
_SERVER_ERRORS = 500


class TracingMiddleware:
    """A span around every request, until the end of its answer. Must stand inside of `RequestMiddleware`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET_PATHS or not tracing.is_on():
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request_id: str = request.state.request_id
        caller = {"traceparent": request.headers.get("traceparent", "")}
        parent = tracing.WIRE.extract(caller, Context())
        if not trace.get_current_span(parent).get_span_context().is_valid:
            parent = tracing.trace_of(request_id)
        with tracing.TRACER.start_as_current_span(
            request.method, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False,
            attributes={"http.request.method": request.method, "cartridges.request_id": request_id},
        ) as current:  # fmt: skip

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _SERVER_ERRORS:
                        current.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, answer)
            except BaseException as error:
                current.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise
            finally:
                route = getattr(scope.get("route"), "path", None)
                if isinstance(route, str):
                    current.update_name(f"{request.method} {route}")
                    current.set_attribute("http.route", route)
