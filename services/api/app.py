"""The api application, assembled from settings."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Scope

from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.multipart import MAX_PARTS, Multiparts
from cartridge_store.objects import ObjectStore
from cartridge_store.tenant_access import TenantStores
from cartridge_web.application import equip
from cartridge_web.body_limit import BodyLimit
from cartridge_web.metrics import HttpMetrics
from cartridge_web.openapi import describe_problems
from services.api.account.endpoints import router as account_router
from services.api.audit.endpoints import router as audit_router
from services.api.cartridges.endpoints import router as cartridges_router
from services.api.cartridges.residency import router as residency_router
from services.api.chat.endpoints import router as chat_router
from services.api.corpora.endpoints import router as corpora_router
from services.api.dashboard.route import DashboardRoute
from services.api.health.endpoints import router as health_router
from services.api.health.probes import Probes
from services.api.inference_client import InferenceClient
from services.api.jobs.endpoints import router as jobs_router
from services.api.jobs.estimate_endpoints import router as job_estimates_router
from services.api.jobs.feeds import Feeds
from services.api.jobs.record_endpoints import router as job_records_router
from services.api.keys.endpoints import router as keys_router
from services.api.keys.verified import VerifiedKeys
from services.api.limits.buckets import Buckets
from services.api.limits.headers import LimitHeadersMiddleware
from services.api.members.endpoints import router as members_router
from services.api.members.invitation_endpoints import router as invitations_router
from services.api.models.endpoints import router as models_router
from services.api.platform import Platform
from services.api.problems import (
    TRANSLATIONS,
    database_unavailable,
    documents_too_large,
    not_storable,
    tenant_gone,
)
from services.api.sessions.endpoints import router as sessions_router
from services.api.sessions.oidc import OidcProvider
from services.api.sessions.oidc_endpoints import router as oidc_router
from services.api.settings import ApiSettings
from services.api.tenants.endpoints import router as tenants_router
from services.api.uploads.endpoints import router as uploads_router
from services.api.usage.endpoints import router as usage_router

MAX_JSON_BYTES = 4 * 1024**2
# What multipart adds around files.
_FORM_BYTES = 256 * 1024
_CORS_REQUEST_HEADERS = [
    "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID", "X-Request-ID",
    "X-Tenant",
]  # fmt: skip
_CORS_ANSWER_HEADERS = [
    "ETag", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID",
]  # fmt: skip

_DESCRIPTION = """
Upload a corpus, train a cartridge from it, and chat with the cartridge instead of sending the corpus along.

A program's requests carry an API key, `Authorization: Bearer ck_...`, good for the scopes that it was made with; a
person's browser carries the cookie of its session instead, good for what the person's role in the tenant is. Errors are `application/problem+json` with a stable
`code`; lists are newest first and go on with `cursor`. A creation with an `Idempotency-Key` may be sent again; a change
with `If-Match` is made only to the state that it was meant for. `RateLimit` tells what is left of this minute.
"""

_TAGS = [
    {"name": "corpora", "description": "Texts that cartridges are trained on."},
    {"name": "training jobs", "description": "Making a cartridge: self-study, training, evaluation."},
    {"name": "cartridges", "description": "What training made, with its quality report."},
    {"name": "chat", "description": "OpenAI's chat completions and models, with cartridges."},
    {
        "name": "people",
        "description": "Signing in, accounts, the members of a tenant and invitations to it.",
    },
    {
        "name": "administration",
        "description": "Keys, what was changed by whom, what was used, and who one is.",
    },
    {"name": "health", "description": "For load balancers and supervisors; no key needed."},
]


def create_app(settings: ApiSettings | None = None) -> FastAPI:
    """The application; its settings come from CARTRIDGES_* variables unless given."""
    settings = settings or ApiSettings()
    engine = make_engine(settings)
    inference = InferenceClient(settings.inference_url)
    to_objects = httpx.AsyncClient(timeout=httpx.Timeout(60.0, connect=5.0))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await inference.close()
        await to_objects.aclose()
        engine.dispose()
        await platform.buckets.aclose()
        if platform.oidc is not None:
            platform.oidc.close()

    # Its documentation page loads nothing from another origin.
    app = FastAPIOffline(
        docs_url="/docs", redoc_url=None,
        title="Cartridges", version="0.1.0", summary="Small trained KV caches that stand for long texts.",
        description=_DESCRIPTION, lifespan=lifespan,
    )  # fmt: skip
    metrics = HttpMetrics()
    buckets = Buckets(settings.limits_redis_url, metrics.registry)
    sessions = make_session_factory(engine)
    oidc = None if settings.oidc_issuer is None else OidcProvider(settings)
    objects = ObjectStore(settings)
    platform = Platform(
        settings, sessions, objects, TenantStores(settings, objects), Multiparts(settings), to_objects, inference, buckets, oidc,
        VerifiedKeys(settings.key_pepper, settings.key_trust_seconds),
        Feeds(sessions, settings.event_poll_seconds),
    )  # fmt: skip
    app.state.platform = platform
    app.state.probes = Probes(platform)
    for router in (
        corpora_router, uploads_router, jobs_router, job_estimates_router, job_records_router, cartridges_router, residency_router, chat_router, models_router,
        keys_router, audit_router, usage_router, tenants_router,
        sessions_router, oidc_router, account_router, members_router, invitations_router, health_router,
    ):  # fmt: skip
        app.include_router(router)

    def body_limit(scope: Scope) -> int | BodyLimit:
        if scope["method"] == "POST" and scope["path"].endswith("/documents"):
            return _upload_limit(settings.max_upload_bytes)
        if scope["method"] == "PUT" and "/parts/" in scope["path"]:
            return _part_limit(settings)
        return MAX_JSON_BYTES

    app.add_middleware(LimitHeadersMiddleware)
    equip(
        app,
        metrics=metrics,
        body_limit=body_limit,
        translations={
            **TRANSLATIONS,
            OperationalError: database_unavailable,
            InterfaceError: database_unavailable,
            PoolTimeoutError: database_unavailable,
            DataError: not_storable,
            IntegrityError: tenant_gone,
        },
    )
    # After all others: its pages have every address that is nobody else's.
    app.router.routes.append(DashboardRoute(settings.dashboard_dir))
    if settings.cors_origins:
        # Outside of all others: a page must be able to read every answer, those to bodies that are too large too.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_CORS_REQUEST_HEADERS,
            expose_headers=_CORS_ANSWER_HEADERS,
        )
    app.openapi = describe_problems(app, _TAGS)  # type: ignore[method-assign]
    return app


def _part_limit(settings: ApiSettings) -> int:
    """Of a file so large that parts of the usual size would be too many, they are larger."""
    return max(settings.upload_part_bytes, settings.max_document_bytes // MAX_PARTS + 1024**2)


def _upload_limit(document_bytes: int) -> BodyLimit:
    return BodyLimit(document_bytes + _FORM_BYTES, documents_too_large(document_bytes))
