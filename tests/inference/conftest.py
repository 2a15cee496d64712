"""A tiny model, settings of real backing services, and a shelf of cartridges."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from cartridge_core.models import Model, load_model
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from services.inference.app import create_app
from services.inference.settings import InferenceSettings

from .serving import Caller, await_ready, serving
from .shelf import Shelf


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models gain nothing from a second thread, and lose much to it when the cores are busy."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model(tiny_model_dir: Path) -> Model:
    return load_model(tiny_model_dir)


@pytest.fixture(scope="session")
def settings(
    backing: Any, tiny_model_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> InferenceSettings:
    variables = {
        name.removeprefix("CARTRIDGES_").lower(): value for name, value in backing.environment.items()
    }
    variables |= {"base_model": str(tiny_model_dir), "data_dir": str(tmp_path_factory.mktemp("inference"))}
    return InferenceSettings.model_validate(variables)


@pytest.fixture(scope="session")
def objects(settings: InferenceSettings) -> ObjectStore:
    store = ObjectStore(settings)
    store.ensure_bucket()
    return store


@pytest.fixture
def shelf(objects: ObjectStore, model: Model, tmp_path: Path) -> Shelf:
    return Shelf(new_id("ten"), objects, model, tmp_path)


@pytest.fixture(scope="session")
def url(settings: InferenceSettings, objects: ObjectStore) -> Iterator[str]:
    """The service over the tiny model, ready."""
    with serving(create_app(settings)) as url:
        with httpx.Client(base_url=url) as client:
            await_ready(client)
        yield url


@pytest.fixture
def caller(url: str, settings: InferenceSettings, shelf: Shelf) -> Iterator[Caller]:
    with httpx.Client(base_url=url, timeout=30) as client:
        yield Caller(client, settings, shelf.tenant_id)
