"""The base model of a worker process: loaded at the first job, kept for all that follow."""

import time
from functools import cache
from pathlib import Path

import structlog

from cartridge_core.models import Model, load_model

log = structlog.get_logger(__name__)


@cache
def base_model(path: Path) -> Model:
    """The model in directory `path`. Raises `ModelNotFoundError` and `UnsupportedModelError`."""
    started = time.monotonic()
    model = load_model(path)
    log.info("model_loaded", model=model.identity.name, seconds=round(time.monotonic() - started, 2))
    return model
