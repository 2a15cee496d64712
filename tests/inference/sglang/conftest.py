"""One real SGLang server for all tests that need one: the tiny model, fp32, on the CPU."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from benchmarks.pod import SglangProcess, serving, sglang_settings
from cartridge_core.models import Model
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from services.inference.app import create_app
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings
from tests.inference.serving import ANY_GAIN, Caller, await_ready
from tests.inference.shelf import Shelf

POOL_TOKENS = 2048
# Tokens a page: more than one, so that prefixes are padded, and few enough that prompts have whole pages.
PAGE_SIZE = 8


@pytest.fixture(scope="session")
def pod_settings(settings: InferenceSettings, tmp_path_factory: pytest.TempPathFactory) -> InferenceSettings:
    return settings.model_copy(
        update={
            "inference_engine": "sglang",
            "inference_page_size": PAGE_SIZE,
            "data_dir": tmp_path_factory.mktemp("pod"),
            "inference_forget_seconds": 2.0,
            **ANY_GAIN,
        }
    )


@pytest.fixture(scope="session")
def torch_url(settings: InferenceSettings, objects: ObjectStore) -> Iterator[str]:
    """The torch engine with the pod's page size, ready; `objects` has made the bucket."""
    with serving(
        create_app(settings.model_copy(update={"inference_page_size": PAGE_SIZE, **ANY_GAIN}))
    ) as url:
        with httpx.Client(base_url=url) as client:
            await_ready(client)
        yield url


@pytest.fixture
def caller(torch_url: str, settings: InferenceSettings, shelf: Shelf) -> Iterator[Caller]:
    """A caller of the torch engine, of the same tenant as the pod's."""
    with httpx.Client(base_url=torch_url, timeout=240) as client:
        yield Caller(client, settings, shelf.tenant_id)


@pytest.fixture(scope="session")
def sglang() -> SglangSettings:
    return sglang_settings(max_total_tokens=POOL_TOKENS, host_bytes=64 * 1024**2)


@pytest.fixture(scope="session")
def sglang_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sglang") / "sglang.log"


@pytest.fixture(scope="session")
def sglang_process(
    pod_settings: InferenceSettings, sglang: SglangSettings, sglang_log: Path
) -> Iterator[SglangProcess]:
    with SglangProcess(pod_settings, sglang, sglang_log).running() as process:
        yield process


@pytest.fixture(scope="session")
def pod_app(
    pod_settings: InferenceSettings,
    sglang: SglangSettings,
    sglang_process: SglangProcess,
    objects: ObjectStore,
) -> FastAPI:
    """The agent's application; `objects` has made the bucket."""
    return create_app(pod_settings, sglang=sglang)


@pytest.fixture(scope="session")
def pod_url(pod_app: FastAPI) -> Iterator[str]:
    """An agent before the SGLang server, ready."""
    with serving(pod_app) as url:
        with httpx.Client(base_url=url) as client:
            await_ready(client)
        yield url


@pytest.fixture
def pod(pod_url: str, pod_settings: InferenceSettings, shelf: Shelf) -> Iterator[Caller]:
    """A caller of the agent, with a tenant of its own."""
    with httpx.Client(base_url=pod_url, timeout=240) as client:
        yield Caller(client, pod_settings, shelf.tenant_id)


@pytest.fixture
def other_pod(pod_url: str, pod_settings: InferenceSettings) -> Iterator[Caller]:
    """Another tenant of the same agent."""
    with httpx.Client(base_url=pod_url, timeout=240) as client:
        yield Caller(client, pod_settings, new_id("ten"))


@pytest.fixture
def other_shelf(objects: ObjectStore, model: Model, other_pod: Caller, tmp_path: Path) -> Shelf:
    directory = tmp_path / "other"
    directory.mkdir()
    return Shelf(other_pod.tenant_id, objects, model, directory)


@dataclass(frozen=True)
class Counters:
    """What SGLang itself counts."""

    url: str

    def cached_tokens(self) -> float:
        """Prompt tokens that it has not computed, since its start."""
        return self._sum("sglang:cached_tokens_total")

    def requests(self) -> float:
        """Requests that it has answered, since its start."""
        return self._sum("sglang:num_requests_total")

    def at_hand(self) -> tuple[int, int]:
        """Requests that run or wait now, and KV tokens that they use."""
        (load,) = httpx.get(f"{self.url}/v1/loads", timeout=5).json()["loads"]
        return load["num_running_reqs"] + load["num_waiting_reqs"], load["num_used_tokens"]

    def _sum(self, name: str) -> float:
        lines = httpx.get(f"{self.url}/metrics", timeout=5).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{"))


@pytest.fixture
def counters(sglang: SglangSettings, sglang_process: SglangProcess) -> Counters:
    return Counters(sglang.url)
