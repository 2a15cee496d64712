"""The router application: discovery, polling, forwarding and endpoints, assembled from settings."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI

from cartridge_web.application import equip
from cartridge_web.metrics import HttpMetrics
from services.inference.router.discovery import discovery
from services.inference.router.endpoints import health_router, router
from services.inference.router.forwarding import Forwarder, Limits
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import PodPolicy, Pods
from services.inference.router.polling import Poller
from services.inference.router.problems import TRANSLATIONS
from services.inference.router.settings import RouterSettings

MAX_BODY_BYTES = 16 * 1024**2
# Well below the time after which pods close idle connections: none is taken up that is just being closed.
_KEEP_ALIVE_SECONDS = 5.0


def create_app(settings: RouterSettings) -> FastAPI:
    """The router over the pods of `settings`; not ready until one of them is."""
    http_metrics = HttpMetrics()
    metrics = RouterMetrics(http_metrics.registry)
    app = FastAPI(title="Cartridges router", lifespan=_lifespan)
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.draining = False
    app.state.pods = Pods(
        PodPolicy(
            pod_queue=settings.router_pod_queue,
            balance=settings.router_balance,
            ejection_seconds=settings.router_ejection_seconds,
            ejection_limit_seconds=settings.router_ejection_limit_seconds,
        ),
        metrics,
    )
    app.include_router(router)
    app.include_router(health_router)
    equip(app, metrics=http_metrics, body_limit=lambda _: MAX_BODY_BYTES, translations=TRANSLATIONS)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    settings: RouterSettings = app.state.settings
    pods: Pods = app.state.pods
    # The pods' limits bound what is under way: a limit here would only be a queue without a name.
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=None, keepalive_expiry=_KEEP_ALIVE_SECONDS
    )
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(limits=limits, trust_env=False))
        app.state.http = http
        app.state.forwarder = Forwarder(
            pods,
            http,
            app.state.metrics,
            Limits(
                attempts=settings.router_attempts,
                connect=settings.router_connect_seconds,
                first_byte=settings.router_first_byte_seconds,
                whole_answer=settings.router_whole_answer_seconds,
                between_bytes=settings.router_between_bytes_seconds,
            ),
        )
        poller = Poller(
            pods,
            http,
            interval=settings.router_poll_seconds,
            listing_interval=settings.router_listing_seconds,
            timeout=settings.router_poll_timeout_seconds,
        )
        await stack.enter_async_context(poller.running())
        await stack.enter_async_context(discovery(settings, pods, app.state.metrics))
        yield
