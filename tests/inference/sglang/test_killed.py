"""SGLang killed while it answers, and made to put answers back: clear errors, and the same answers after."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from benchmarks.pod import SglangProcess
from services.inference.sglang.settings import SglangSettings
from tests.inference.serving import Caller, await_ready, body
from tests.inference.shelf import OTHER_TEXT, Shelf


@pytest.fixture
def restarted(pod: Caller, sglang_process: SglangProcess) -> Iterator[SglangProcess]:
    """The process to kill; a plain one answers again after the test."""
    yield sglang_process
    sglang_process.kill(signal.SIGTERM)
    sglang_process.start()
    sglang_process.await_healthy()
    await_ready(pod.client)


def test_a_killed_sglang_is_told_mid_stream_and_one_that_puts_answers_back_says_the_same(
    pod: Caller,
    shelf: Shelf,
    sglang: SglangSettings,
    restarted: SglangProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cartridges = [shelf.put(tokens=32), shelf.put(OTHER_TEXT, tokens=24)]
    expected = [pod.ask(each, max_tokens=60).json()["text"] for each in cartridges]
    pinned = {"digest": cartridges[0].digest, "pinned": True}
    pod.client.post("/v1/load_cartridge", json=pinned, headers=pod.headers(cartridges[0])).raise_for_status()

    asked = body(cartridges[0], stream=True, max_tokens=900)
    with pod.client.stream("POST", "/v1/generate", json=asked, headers=pod.headers(cartridges[0])) as answer:
        lines = answer.iter_lines()
        next(lines)
        restarted.kill()
        rest = list(lines)
    assert "event: error" in rest
    assert '"code":"engine_unavailable"' in "".join(rest)
    refused = pod.ask(cartridges[0])
    assert refused.status_code == 503
    assert refused.json()["code"] in {"engine_unavailable", "engine_not_ready"}
    assert "Retry-After" in refused.headers
    assert pod.client.get("/readyz").status_code == 503
    assert pod.metric("inference_engine_up") == 0

    # SGLang's own switch for its tests: every few steps it takes a running request's KV away and begins it again.
    monkeypatch.setenv("SGLANG_TEST_RETRACT", "1")
    monkeypatch.setenv("SGLANG_TEST_RETRACT_INTERVAL", "7")
    restarted.start()
    restarted.await_healthy()
    await_ready(pod.client)
    with ThreadPoolExecutor(6) as threads:
        again = [threads.submit(pod.ask, each, max_tokens=60) for each in cartridges * 3]
        assert [each.result(120).json().get("text") for each in again] == expected * 3
    metrics = httpx.get(f"{sglang.url}/metrics", timeout=5).text.splitlines()
    retractions = [line for line in metrics if line.startswith("sglang:num_retract") and "{" in line]
    assert any(float(line.rpartition(" ")[2]) > 0 for line in retractions), retractions
    (tier,) = (
        each["tier"]
        for each in pod.client.get("/v1/cartridges").json()["data"]
        if each["digest"] == cartridges[0].digest and each["pinned"]
    )
    assert tier == "host"
