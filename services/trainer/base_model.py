"""The base model of a worker process: loaded at the first job, kept for all that follow."""

import threading
import time
from functools import cache
from pathlib import Path

import structlog
import torch

from cartridge_core.dtypes import DtypeName
from cartridge_core.models import Model, load_model, named_dtype

log = structlog.get_logger(__name__)

# Jobs that begin at the same time load it once.
_loading = threading.Lock()


def base_model(path: Path, device: str, dtype: DtypeName) -> Model:
    """The model in directory `path`, on `device` (`auto`: a GPU where torch finds one, else the CPU), in `dtype`.

    Raises `ModelNotFoundError` and `UnsupportedModelError`.
    """
    with _loading:
        return _load(path, device, dtype)


@cache
def _load(path: Path, device: str, dtype: DtypeName) -> Model:
    started = time.monotonic()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_model(path, dtype=named_dtype(dtype), device=device)
    log.info(
        "model_loaded",
        model=model.identity.name,
        device=str(model.device),
        dtype=str(model.dtype),
        seconds=round(time.monotonic() - started, 2),
    )
    return model
