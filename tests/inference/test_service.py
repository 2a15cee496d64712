"""The service around the engine: health, model card, streams that fail, and an ordered stop."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from cartridge_core.errors import ModelNotFoundError
from cartridge_core.models import Model
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore
from services.inference.app import create_app
from services.inference.engines.base import (
    Chunk,
    EngineLoad,
    Finished,
    GenerateRequest,
    ModelCard,
    PromptScores,
    ResidentCartridge,
)
from services.inference.errors import EngineFailedError
from services.inference.settings import InferenceSettings
from tests.conftest import Backing

from .serving import Caller, await_ready, body, serving
from .shelf import Shelf


class ScriptedEngine:
    """An engine that starts when the test says so and breaks off after one chunk."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.may_start = False
        self.ready = False
        self.load = EngineLoad(running=0, waiting=0, capacity=1)
        self._failure = failure

    async def start(self) -> None:
        while not self.may_start:
            await asyncio.sleep(0.01)
        if self._failure is not None:
            raise self._failure
        self.ready = True

    async def stop(self) -> None:
        self.ready = False

    async def score_prompt(self, request: GenerateRequest) -> PromptScores:
        raise EngineFailedError("it reads nothing")

    @property
    def model_card(self) -> ModelCard:
        raise EngineFailedError("it has no model")

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Chunk | Finished]:
        yield Chunk("Once", (7,), None, None)
        raise EngineFailedError("the engine failed while it decoded the answer")

    async def load_cartridge(self, tenant_id: str, cartridge: GrantedCartridge, *, pinned: bool) -> None:
        raise EngineFailedError("it has no cartridges")

    async def unload_cartridge(self, tenant_id: str, digest: str) -> bool:
        return False

    async def resident_cartridges(self) -> list[ResidentCartridge]:
        return []


@contextmanager
def scripted(settings: InferenceSettings, shelf: Shelf, engine: ScriptedEngine) -> Iterator[Caller]:
    with serving(create_app(settings, engine)) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield Caller(client, settings, shelf.tenant_id)


def test_health_answers_before_the_weights_are_loaded_and_readiness_after(
    settings: InferenceSettings, shelf: Shelf
) -> None:
    engine = ScriptedEngine()
    with scripted(settings, shelf, engine) as caller:
        assert caller.client.get("/healthz").status_code == 200
        loading = caller.client.get("/readyz")
        assert (loading.status_code, loading.json()["code"]) == (503, "engine_not_ready")
        engine.may_start = True
        await_ready(caller.client)


def test_a_model_that_cannot_be_loaded_makes_the_service_unhealthy_and_says_why(
    settings: InferenceSettings, shelf: Shelf
) -> None:
    engine = ScriptedEngine(ModelNotFoundError("no Hugging Face model directory at /nowhere"))
    with scripted(settings, shelf, engine) as caller:
        engine.may_start = True
        deadline = time.monotonic() + 5
        while (answer := caller.client.get("/healthz")).status_code == 200:
            assert time.monotonic() < deadline
        assert "/nowhere" in answer.json()["detail"]
        assert caller.client.get("/readyz").status_code == 503


def test_an_engine_that_fails_in_the_middle_ends_the_stream_with_a_problem(
    settings: InferenceSettings, shelf: Shelf
) -> None:
    with scripted(settings, shelf, ScriptedEngine()) as caller:
        answer = caller.ask(stream=True)
        assert answer.status_code == 200
        assert 'data: {"text":"Once"' in answer.text
        _, _, problem = answer.text.partition("event: error\ndata: ")
        assert '"code":"engine_failed"' in problem
        whole = caller.ask()
        assert (whole.status_code, whole.json()["code"]) == (500, "engine_failed")


def test_readiness_needs_the_object_store(settings: InferenceSettings, shelf: Shelf) -> None:
    engine = ScriptedEngine()
    engine.may_start = True
    astray = settings.model_copy(update={"s3_bucket": "no-such-bucket"})
    with scripted(astray, shelf, engine) as caller:
        deadline = time.monotonic() + 5
        while (answer := caller.client.get("/readyz")).json()["code"] == "engine_not_ready":
            assert time.monotonic() < deadline
        assert (answer.status_code, answer.json()["code"]) == (503, "object_store_unavailable")


def test_the_model_card_tells_who_answers(caller: Caller, model: Model) -> None:
    assert caller.client.get("/v1/model").json() == {
        "name": "tiny-llama",
        "fingerprint": model.identity.fingerprint,
        "tokenizer_fingerprint": model.identity.tokenizer_fingerprint,
        "architecture": "LlamaForCausalLM",
        "context_length": 1024,
        "kv_bytes_per_token": model.kv_bytes_per_token,
        "dtype": "float32",
    }


def test_resident_cartridges_are_listed(caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=23)
    caller.ask(cartridge)
    resident = caller.client.get("/v1/cartridges").json()["data"][-1]
    assert (resident["digest"], resident["bytes"], resident["tokens"]) == (
        cartridge.digest,
        cartridge.size_bytes,
        23,
    )


def test_a_service_without_a_router_tells_where_its_cartridges_are_as_a_router_would(
    caller: Caller, shelf: Shelf
) -> None:
    cartridge, other = shelf.put(tokens=21), shelf.put(tokens=22)
    for each in (cartridge, other):
        caller.ask(each)
    params = {"digest": cartridge.digest}
    (found,) = caller.client.get("/v1/residency", params=params).json()["data"]
    assert (found["digest"], found["tokens"]) == (cartridge.digest, 21)
    assert [place["tier"] for place in found["places"]] == ["host"]
    newest = caller.client.get("/v1/residency").json()["data"][0]
    assert newest["digest"] == other.digest


def test_a_cartridge_is_loaded_ahead_pinned_and_unloaded(caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=26)
    for pinned in (True, False):
        asked = {"digest": cartridge.digest, "pinned": pinned}
        loaded = caller.client.post("/v1/load_cartridge", json=asked, headers=caller.headers(cartridge))
        assert loaded.status_code == 204
        (resident,) = (
            each
            for each in caller.client.get("/v1/cartridges").json()["data"]
            if each["digest"] == cartridge.digest
        )
        assert (resident["pinned"], resident["tier"]) == (pinned, "host")
    for was_at_hand in (True, False):
        gone = caller.client.post(
            "/v1/unload_cartridge", json={"digest": cartridge.digest}, headers=caller.headers(cartridge)
        )
        assert gone.json() == {"was_at_hand": was_at_hand}


def test_a_cartridge_that_is_not_granted_is_neither_loaded_nor_unloaded(caller: Caller, shelf: Shelf) -> None:
    cartridge, other = shelf.put(tokens=26), shelf.put(tokens=27)
    for path in ("/v1/load_cartridge", "/v1/unload_cartridge"):
        refused = caller.client.post(path, json={"digest": cartridge.digest}, headers=caller.headers(other))
        assert (refused.status_code, refused.json()["code"]) == (403, "grant_missing_cartridge")
        unsigned = caller.client.post(path, json={"digest": cartridge.digest})
        assert (unsigned.status_code, unsigned.json()["code"]) == (401, "grant_invalid")


def test_the_load_counts_running_and_waiting_requests_against_what_runs_at_once(
    settings: InferenceSettings, objects: ObjectStore, shelf: Shelf
) -> None:
    narrow = settings.model_copy(update={"inference_max_rows": 1})
    with serving(create_app(narrow)) as url, httpx.Client(base_url=url, timeout=30) as client:
        await_ready(client)
        assert client.get("/v1/load").json() == _load(running=0, waiting=0)
        caller = Caller(client, narrow, shelf.tenant_id)
        long = body(max_tokens=900, stream=True)
        with client.stream("POST", "/v1/generate", json=long, headers=caller.headers()) as first:
            lines = first.iter_lines()
            next(lines)
            with ThreadPoolExecutor(1) as pool:
                second = pool.submit(caller.ask)
                _await_load(client, _load(running=1, waiting=1))
                first.close()
                assert second.result(30).status_code == 200
        _await_load(client, _load(running=0, waiting=0))


def test_the_load_is_known_before_the_weights_are(settings: InferenceSettings, shelf: Shelf) -> None:
    with scripted(settings, shelf, ScriptedEngine()) as caller:
        assert caller.client.get("/v1/load").json() == _load(running=0, waiting=0)


def _load(*, running: int, waiting: int) -> dict[str, int | bool]:
    return {"running": running, "waiting": waiting, "capacity": 1, "draining": False}


def _await_load(client: httpx.Client, load: dict[str, int | bool]) -> None:
    deadline = time.monotonic() + 10
    while client.get("/v1/load").json() != load:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_metrics_count_tokens_requests_and_lookups(caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=25)
    before = {line: caller.metric(line) for line in COUNTED}
    caller.ask(cartridge)
    caller.ask(cartridge)
    assert {line: caller.metric(line) - before[line] for line in COUNTED} == COUNTED


COUNTED = {
    'inference_requests_total{outcome="ok"}': 2,
    'inference_tokens_total{kind="cartridge"}': 50,
    'inference_tokens_total{kind="completion"}': 24,
    'inference_cartridge_lookups_total{result="miss"}': 1,
    'inference_cartridge_lookups_total{result="hit"}': 1,
    "inference_time_to_first_token_seconds_count": 2,
    "inference_cartridge_load_seconds_count": 1,
}


def test_a_signal_lets_answers_under_way_finish(
    backing: Backing, settings: InferenceSettings, tiny_model_dir: Path, shelf: Shelf, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        **backing.environment,
        "CARTRIDGES_BASE_MODEL": str(tiny_model_dir),
        "CARTRIDGES_DATA_DIR": str(tmp_path),
        "CARTRIDGES_INFERENCE_PORT": str(port),
        "CARTRIDGES_INFERENCE_LINGER_SECONDS": "0.5",
        "OMP_NUM_THREADS": "1",
    }
    process = subprocess.Popen([sys.executable, "-m", "services.inference"], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _await_connection(client)
            await_ready(client)
            caller = Caller(client, settings, shelf.tenant_id)
            long = body(max_tokens=400, stream=True)
            with client.stream("POST", "/v1/generate", json=long, headers=caller.headers()) as answer:
                lines = answer.iter_lines()
                next(lines)
                process.send_signal(signal.SIGTERM)
                _await_load(client, {"running": 1, "waiting": 0, "capacity": 16, "draining": True})
                assert '"usage"' in [line for line in lines if line][-1]
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def _await_connection(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client.get("/healthz")
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
