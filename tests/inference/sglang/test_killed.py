"""SGLang killed while it answers: a clear error, and the same answers once it is back."""

from benchmarks.pod import SglangProcess
from tests.inference.serving import Caller, await_ready, body
from tests.inference.shelf import Shelf


def test_a_killed_sglang_is_told_mid_stream_and_found_again(
    pod: Caller, shelf: Shelf, sglang_process: SglangProcess
) -> None:
    cartridge = shelf.put(tokens=32)
    expected = pod.ask(cartridge).json()["text"]
    asked = body(cartridge, stream=True, max_tokens=900)
    with pod.client.stream("POST", "/v1/generate", json=asked, headers=pod.headers(cartridge)) as answer:
        lines = answer.iter_lines()
        next(lines)
        sglang_process.kill()
        rest = list(lines)
    assert "event: error" in rest
    assert '"code":"engine_unavailable"' in "".join(rest)
    refused = pod.ask(cartridge)
    assert refused.status_code == 503
    assert refused.json()["code"] in {"engine_unavailable", "engine_not_ready"}
    assert "Retry-After" in refused.headers
    assert pod.client.get("/readyz").status_code == 503
    assert pod.metric("inference_engine_up") == 0
    sglang_process.start()
    sglang_process.await_healthy()
    await_ready(pod.client)
    again = pod.ask(cartridge)
    assert (again.status_code, again.json()["text"]) == (200, expected)
