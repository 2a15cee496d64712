"""Puts the parts of this package around an application, in the order they need."""

from collections.abc import Mapping

from fastapi import FastAPI

from cartridge_web.body_limit import BodyLimitMiddleware, LimitOf
from cartridge_web.handlers import ProblemOf, install_problem_handlers
from cartridge_web.metrics import HttpMetrics, MetricsMiddleware, metrics_route
from cartridge_web.requests import RequestMiddleware


def equip(
    app: FastAPI,
    *,
    metrics: HttpMetrics,
    body_limit: LimitOf,
    translations: Mapping[type[Exception], ProblemOf] | None = None,
) -> None:
    """Give `app` problems, request ids, one log line a request, a limit on bodies, and `/metrics`."""
    install_problem_handlers(app, translations)
    app.add_middleware(BodyLimitMiddleware, limit_of=body_limit)
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    app.add_middleware(RequestMiddleware)  # added last, so it stands outside of the others
    app.router.routes.append(metrics_route(metrics))
