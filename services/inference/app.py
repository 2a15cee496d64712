"""The inference application: engine, endpoints, health and metrics, assembled from settings."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI

from cartridge_core.errors import CartridgeError
from cartridge_store.objects import ObjectStore
from cartridge_web.application import equip
from cartridge_web.disk import watch_disk
from cartridge_web.metrics import HttpMetrics
from services.inference.endpoints import router
from services.inference.engines.base import Engine
from services.inference.engines.sglang_engine import SglangEngine, SglangEngineSettings
from services.inference.engines.torch_engine import TorchEngine, TorchEngineSettings
from services.inference.forgetting import keep_forgetting
from services.inference.health import router as health_router
from services.inference.metrics import InferenceMetrics
from services.inference.owners import Owners
from services.inference.problems import TRANSLATIONS
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings

MAX_BODY_BYTES = 16 * 1024**2

log = structlog.get_logger(__name__)


def create_app(
    settings: InferenceSettings, engine: Engine | None = None, *, sglang: SglangSettings | None = None
) -> FastAPI:
    """The application of one base model; its weights load after it has begun to answer `/healthz`.

    The engine is the one that `settings` names unless another one is given; the settings of its SGLang come from the
    environment unless they are.
    """
    objects = ObjectStore(settings)
    http_metrics = HttpMetrics()
    metrics = InferenceMetrics(http_metrics.registry)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    watch_disk(http_metrics.registry, "inference", settings.data_dir)
    app = FastAPI(title="Cartridges inference", lifespan=_lifespan)
    app.state.settings = settings
    app.state.objects = objects
    app.state.metrics = metrics
    app.state.draining = False
    app.state.engine = engine or _engine(settings, sglang, objects, metrics)
    app.state.owners = Owners(_directory(settings) / "owners")
    app.include_router(router)
    app.include_router(health_router)
    equip(app, metrics=http_metrics, body_limit=lambda _: MAX_BODY_BYTES, translations=TRANSLATIONS)
    return app


def _engine(
    settings: InferenceSettings,
    sglang: SglangSettings | None,
    objects: ObjectStore,
    metrics: InferenceMetrics,
) -> Engine:
    directory = _directory(settings)
    if settings.inference_engine == "sglang":
        server = sglang or SglangSettings()
        return SglangEngine(
            SglangEngineSettings(
                model_path=settings.base_model,
                page_size=settings.inference_page_size,
                socket_directory=server.sockets_under(settings.data_dir),
                disk_cache=directory / "cartridges",
                drain_seconds=settings.inference_drain_seconds,
                server=server,
            ),
            objects,
            metrics,
        )
    return TorchEngine(
        TorchEngineSettings(
            model_path=settings.base_model,
            dtype=settings.inference_dtype,
            max_rows=settings.inference_max_rows,
            max_waiting=settings.inference_max_waiting,
            cache_bytes=settings.inference_cache_bytes,
            page_size=settings.inference_page_size,
            scratch=directory,
            drain_seconds=settings.inference_drain_seconds,
        ),
        objects,
        metrics,
    )


def _directory(settings: InferenceSettings) -> Path:
    directory = settings.data_dir / "inference"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    engine: Engine = app.state.engine
    settings: InferenceSettings = app.state.settings
    app.state.starting = asyncio.create_task(_start(engine))
    forgetting = asyncio.create_task(
        keep_forgetting(engine, app.state.owners, app.state.objects, settings.inference_forget_seconds)
    )
    yield
    app.state.starting.cancel()
    forgetting.cancel()
    await asyncio.gather(app.state.starting, forgetting, return_exceptions=True)
    await engine.stop()


async def _start(engine: Engine) -> None:
    try:
        await engine.start()
    except CartridgeError as error:
        log.error("engine_cannot_start", code=error.code, detail=str(error))  # noqa: TRY400 - the message says it all
        raise
    except Exception:
        log.exception("engine_cannot_start")
        raise
