"""Puts the parts of this package around an application, in the order they need."""

from collections.abc import Mapping

from fastapi import FastAPI

from cartridge_web.body_limit import BodyLimitMiddleware, LimitOf
from cartridge_web.handlers import ProblemOf, install_problem_handlers
from cartridge_web.json_depth import JsonDepthMiddleware
from cartridge_web.metrics import HttpMetrics, MetricsMiddleware, metrics_route
from cartridge_web.request_spans import TracingMiddleware
from cartridge_web.requests import RequestMiddleware
from cartridge_web.security_headers import SecurityHeadersMiddleware


def equip(
    app: FastAPI,
    *,
    metrics: HttpMetrics,
    body_limit: LimitOf,
    translations: Mapping[type[Exception], ProblemOf] | None = None,
) -> None:
    """Give `app` problems, request ids, one log line a request, limits on bodies and browsers, and `/metrics`."""
    install_problem_handlers(app, translations)
    app.add_middleware(JsonDepthMiddleware)  # inside of the limit on bytes: it keeps what it looks at
    app.add_middleware(BodyLimitMiddleware, limit_of=body_limit)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(TracingMiddleware)
    app.add_middleware(RequestMiddleware)  # outside of all that may fail: it answers unexpected exceptions
    app.add_middleware(SecurityHeadersMiddleware)
    app.router.routes.append(metrics_route(metrics))
