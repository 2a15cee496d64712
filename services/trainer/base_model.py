"""The base model of a worker process: loaded at the first job, kept for all that follow."""

import threading
import time
from functools import cache
from pathlib import Path

import structlog
import torch

from cartridge_core.models import Model, load_model

log = structlog.get_logger(__name__)

# Jobs that begin at the same time load it once.
_loading = threading.Lock()


def base_model(path: Path, device: str) -> Model:
    """The model in directory `path`, on `device` (`auto`: a GPU where torch finds one, else the CPU).

    Raises `ModelNotFoundError` and `UnsupportedModelError`.
    """
    with _loading:
        return _load(path, device)


@cache
def _load(path: Path, device: str) -> Model:
    started = time.monotonic()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_model(path, device=device)
    log.info(
        "model_loaded",
        model=model.identity.name,
        device=str(model.device),
        seconds=round(time.monotonic() - started, 2),
    )
    return model
