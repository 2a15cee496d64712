"""A pod with a real SGLang: the torch engine's answers, tenants apart, and nothing without its cartridges."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from benchmarks.pod import serving
from cartridge_store.grants import GrantedCartridge
from services.inference.app import create_app
from services.inference.linker import protocol
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings
from tests.inference.serving import Caller, await_ready, body
from tests.inference.shelf import OTHER_TEXT, TEXT, Shelf

from .conftest import PAGE_SIZE, POOL_TOKENS, Counters

COUNTS = ("prompt_tokens", "cartridge_tokens", "completion_tokens", "kv_bytes")


def _answer(caller: Caller, *cartridges: GrantedCartridge, **changes: Any) -> dict[str, Any]:
    answered = caller.ask(*cartridges, **changes)
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


def _essence(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["text"], answer["finish_reason"], *(answer["usage"][name] for name in COUNTS)


@pytest.mark.parametrize("tokens", [(), (32,), (21,), (32, 20), (20, 32, 24)])
def test_answers_and_what_they_cost_are_the_torch_engines(
    pod: Caller, caller: Caller, shelf: Shelf, tokens: tuple[int, ...]
) -> None:
    texts = ("", OTHER_TEXT, OTHER_TEXT + "And a third. ")
    cartridges = [
        shelf.put(text, tokens=count) if text else shelf.put(tokens=count)
        for text, count in zip(texts, tokens, strict=False)
    ]
    assert _essence(_answer(pod, *cartridges)) == _essence(_answer(caller, *cartridges))


def test_order_is_significant(pod: Caller, caller: Caller, shelf: Shelf) -> None:
    first, second = shelf.put(tokens=32), shelf.put(OTHER_TEXT, tokens=20)
    for order in ((first, second), (second, first)):
        assert _essence(_answer(pod, *order)) == _essence(_answer(caller, *order))


def test_streams_say_what_whole_answers_say(pod: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=30)
    whole = _answer(pod, cartridge)
    pieces = pod.stream(cartridge)
    assert "".join(piece.get("text", "") for piece in pieces) == whole["text"]
    assert sum(len(piece.get("token_ids", ())) for piece in pieces) == whole["usage"]["completion_tokens"]
    assert pieces[-1]["finish_reason"] == whole["finish_reason"]


def test_stop_strings_end_an_answer_at_the_same_place(pod: Caller, caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=30)
    text = _answer(caller, cartridge, max_tokens=24)["text"]
    stop = text[len(text) // 2 :][:3]
    stopped = _answer(pod, cartridge, max_tokens=24, stop=[stop])
    assert _essence(stopped) == _essence(_answer(caller, cartridge, max_tokens=24, stop=[stop]))
    assert stopped["finish_reason"] == "stop"
    assert stop not in stopped["text"]


@pytest.mark.parametrize("temperature", [0, 0.7])
def test_log_probabilities_are_the_models_own(
    pod: Caller, caller: Caller, shelf: Shelf, temperature: float
) -> None:
    cartridge = shelf.put(tokens=30)
    asked = {"top_logprobs": 3, "max_tokens": 1, "temperature": temperature}
    (ours,) = _answer(pod, cartridge, **asked)["logprobs"]
    (theirs,) = _answer(caller, cartridge, **asked)["logprobs"]
    assert [top["token"] for top in ours["top"]] == [top["token"] for top in theirs["top"]]
    for one, other in zip(ours["top"], theirs["top"], strict=True):
        assert one["logprob"] == pytest.approx(other["logprob"], abs=1e-3)


CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "When was the bridge of Lund built?"},
    {"role": "assistant", "content": "In 1874."},
    {"role": "user", "content": "And by whom?"},
]


@pytest.mark.parametrize("messages", [CONVERSATION[1:2], CONVERSATION])
def test_what_a_prompt_is_about_is_what_the_torch_engine_finds(
    pod: Caller, caller: Caller, shelf: Shelf, messages: list[dict[str, str]]
) -> None:
    # Two of them fill no whole page, so that their keys are moved.
    cartridges = shelf.put(TEXT), shelf.put(OTHER_TEXT, tokens=21), shelf.put(TEXT, tokens=19)
    for _ in range(2):  # from the object store, and from SGLang's pool
        ours, theirs = (
            one.ask(*cartridges, messages=messages, select="relevant").json() for one in (pod, caller)
        )
        gains = [each["gain"] for each in ours["selection"]]
        assert gains == pytest.approx([each["gain"] for each in theirs["selection"]], abs=1e-2)
        assert min(gains) > 1e-2
        assert [each["chosen"] for each in ours["selection"]].count(True) == 1
        assert ours["text"] == theirs["text"]
        assert ours["usage"]["cartridge_tokens"] == theirs["usage"]["cartridge_tokens"] > 0


def test_the_model_card_is_the_torch_engines(pod: Caller, caller: Caller) -> None:
    ours, theirs = (each.client.get("/v1/model").json() for each in (pod, caller))
    assert ours == theirs


def test_cartridges_are_found_ever_nearer(
    pod: Caller, shelf: Shelf, sglang: SglangSettings, pod_settings: InferenceSettings
) -> None:
    cartridge = shelf.put(tokens=31)

    def tiers() -> dict[str, float]:
        names = ("s3", "disk", "host", "device")
        return {name: pod.metric(f'inference_cartridge_hits_total{{tier="{name}"}}') for name in names}

    def ask() -> str:
        before = tiers()
        text = _answer(pod, cartridge)["text"]
        (tier,) = (name for name, count in tiers().items() if count > before[name])
        seen.append(tier)
        return text

    seen: list[str] = []
    texts = [ask(), ask()]
    httpx.post(f"{sglang.url}/flush_cache", timeout=10).raise_for_status()
    texts += [ask(), ask()]
    _linker_drops(sglang, pod_settings, cartridge.digest)
    httpx.post(f"{sglang.url}/flush_cache", timeout=10).raise_for_status()
    texts.append(ask())
    assert seen == ["s3", "device", "host", "device", "disk"]
    assert len(set(texts)) == 1


def _linker_drops(sglang: SglangSettings, settings: InferenceSettings, digest: str) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(protocol.socket_path(sglang.sockets_under(settings.data_dir), 0)))
        file = client.makefile("rwb")
        file.write(protocol.Drop(digest=digest).model_dump_json().encode() + b"\n")
        file.flush()
        assert b"done" in file.readline()


def test_a_cartridge_is_loaded_ahead_pinned_listed_and_unloaded(
    pod: Caller, caller: Caller, shelf: Shelf, pod_settings: InferenceSettings
) -> None:
    cartridge = shelf.put(tokens=29)
    for pinned in (True, False):
        asked = {"digest": cartridge.digest, "pinned": pinned}
        loaded = pod.client.post("/v1/load_cartridge", json=asked, headers=pod.headers(cartridge))
        assert loaded.status_code == 204, loaded.text
        (resident,) = (
            each
            for each in pod.client.get("/v1/cartridges").json()["data"]
            if each["digest"] == cartridge.digest
        )
        assert (resident["pinned"], resident["tier"], resident["tokens"]) == (pinned, "host", 29)
    expected = _essence(_answer(caller, cartridge))
    assert _essence(_answer(pod, cartridge)) == expected
    for was_at_hand in (True, False):
        gone = pod.client.post(
            "/v1/unload_cartridge", json={"digest": cartridge.digest}, headers=pod.headers(cartridge)
        )
        assert gone.json() == {"was_at_hand": was_at_hand}
    kept = pod_settings.data_dir / "inference" / "cartridges"
    assert not list(kept.glob(f"*{cartridge.digest}*"))
    withheld = pod.metric('inference_withheld_answers_total{reason="load_failed"}')
    assert _essence(_answer(pod, cartridge)) == expected
    assert pod.metric('inference_withheld_answers_total{reason="load_failed"}') == withheld


def test_a_deleted_cartridge_leaves_neither_file_nor_memory(
    pod: Caller, shelf: Shelf, pod_settings: InferenceSettings
) -> None:
    deleted, other = shelf.put(tokens=26), shelf.put(OTHER_TEXT, tokens=27)
    for cartridge in (deleted, other):
        _answer(pod, cartridge)
    kept = pod_settings.data_dir / "inference" / "cartridges"
    assert list(kept.glob(f"*{deleted.digest}*"))
    shelf.objects.delete(deleted.object_key)
    deadline = time.monotonic() + 60
    while deleted.digest in {each["digest"] for each in pod.client.get("/v1/cartridges").json()["data"]}:
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.1)
    assert not list(kept.glob(f"*{deleted.digest}*"))
    assert list(kept.glob(f"*{other.digest}*"))


def test_a_tenant_meets_nothing_that_another_has_cached(
    pod: Caller, other_pod: Caller, counters: Counters
) -> None:
    question = [{"role": "user", "content": "What did the two brothers build in Lund, and in which year?"}]

    def cached_by(caller: Caller) -> float:
        before = counters.cached_tokens()
        _answer(caller, messages=question)
        return counters.cached_tokens() - before

    assert cached_by(pod) == 0
    assert cached_by(pod) > 10
    assert cached_by(other_pod) == 0


def test_two_tenants_with_the_same_cartridge_share_no_page(
    pod: Caller, other_pod: Caller, shelf: Shelf, other_shelf: Shelf, counters: Counters
) -> None:
    ours, theirs = shelf.put(tokens=33), other_shelf.put(tokens=33)
    assert ours.digest == theirs.digest
    expected = _essence(_answer(pod, ours))
    before = counters.cached_tokens()
    tier = pod.metric('inference_cartridge_hits_total{tier="device"}')
    assert _essence(_answer(other_pod, theirs)) == expected
    # Its own load is all that it found: the cartridge's columns, and nothing of the prompt that the first one left.
    assert counters.cached_tokens() - before == 33 + (-33 % PAGE_SIZE)
    assert pod.metric('inference_cartridge_hits_total{tier="device"}') == tier


def test_another_tenants_cartridge_is_refused_before_sglang_is_reached(
    pod: Caller, other_pod: Caller, shelf: Shelf, counters: Counters
) -> None:
    cartridge = shelf.put(tokens=32)
    _answer(pod, cartridge)
    before = counters.requests()
    for headers in (other_pod.headers(), other_pod.headers(cartridge)):
        refused = other_pod.client.post("/v1/generate", json=body(cartridge), headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "grant_missing_cartridge")
    spelled = other_pod.client.post(
        "/v1/generate", json={**body(), "input_ids": [1, 2, 3]}, headers=other_pod.headers()
    )
    assert spelled.status_code == 422
    assert counters.requests() == before


@pytest.mark.parametrize("guarded", [True, False])
def test_an_answer_made_without_its_cartridge_is_kept_back(
    pod: Caller, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, pod_app: FastAPI, guarded: bool
) -> None:
    """Wherever the request goes astray: past the linker's guard, or, without it, at SGLang's own count."""
    cartridge = shelf.put(tokens=32)
    expected = _essence(_answer(pod, cartridge))
    asker = pod_app.state.engine._asker
    real_body = asker._body

    def astray(*arguments: Any) -> dict[str, Any]:
        made = real_body(*arguments)
        if not guarded:
            made["rid"] = protocol.request_id(None, made["rid"].rpartition(":")[2])
        return {**made, "extra_key": "elsewhere"}

    monkeypatch.setattr(asker, "_body", astray)
    reasons = ("load_failed", "uncovered") if guarded else ("uncovered",)

    def withheld() -> float:
        return sum(pod.metric(f'inference_withheld_answers_total{{reason="{each}"}}') for each in reasons)

    before = withheld()
    refused = pod.ask(cartridge)
    assert (refused.status_code, refused.json()["code"]) == (503, "cartridge_withheld")
    assert "Retry-After" in refused.headers
    assert withheld() == before + 2
    monkeypatch.undo()
    assert _essence(_answer(pod, cartridge)) == expected


def test_a_prompt_that_the_pool_can_never_hold_is_refused_with_numbers(pod: Caller, shelf: Shelf) -> None:
    for changes in ({"max_tokens": POOL_TOKENS}, {"max_tokens": 1020}):
        refused = pod.ask(shelf.put(tokens=32), **changes)
        assert (refused.status_code, refused.json()["code"]) == (400, "prompt_too_long")


def test_more_requests_than_the_pool_holds_wait_and_are_all_answered(
    pod: Caller, caller: Caller, shelf: Shelf
) -> None:
    cartridges = [shelf.put(f"{number} boats lay at the quay. " * 40, tokens=64) for number in range(8)]
    with ThreadPoolExecutor(24) as threads:
        asked = [threads.submit(_answer, pod, each, max_tokens=100) for each in cartridges * 3]
        texts = [each.result(240)["text"] for each in asked]
    assert texts == [_answer(caller, each, max_tokens=100)["text"] for each in cartridges] * 3


def test_a_client_that_leaves_frees_its_place_and_its_tokens(
    pod: Caller, shelf: Shelf, counters: Counters
) -> None:
    cartridge = shelf.put(tokens=32)
    _await_idle(counters)
    asked = body(cartridge, stream=True, max_tokens=900)
    with pod.client.stream("POST", "/v1/generate", json=asked, headers=pod.headers(cartridge)) as answer:
        next(answer.iter_lines())
    _await_idle(counters)
    pod.await_metric("inference_active_rows", 0)


def _await_idle(counters: Counters) -> None:
    deadline = time.monotonic() + 20
    while counters.at_hand()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_on_disk_is_answered_with_while_the_object_store_is_away_and_after_a_restart(
    pod: Caller, shelf: Shelf, pod_settings: InferenceSettings, sglang: SglangSettings
) -> None:
    fetched, unknown = shelf.put(tokens=28), shelf.put(OTHER_TEXT, tokens=28)
    expected = _essence(_answer(pod, fetched))
    rubbish = pod_settings.data_dir / "inference" / "cartridges" / f"{'a' * 64}.safetensors"
    rubbish.write_bytes(b"half a file")
    away = pod_settings.model_copy(update={"s3_endpoint": "127.0.0.1:1"})
    with serving(create_app(away, sglang=sglang)) as url, httpx.Client(base_url=url, timeout=60) as client:
        _await_engine(client)
        again = Caller(client, away, shelf.tenant_id)
        assert _essence(_answer(again, fetched)) == expected
        refused = again.ask(unknown)
        assert (refused.status_code, refused.json()["code"]) == (503, "object_store_unavailable")
    assert not rubbish.exists()


def _await_engine(client: httpx.Client) -> None:
    """Ready but for the object store."""
    deadline = time.monotonic() + 30
    while client.get("/v1/model").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_corrupt_object_never_reaches_sglang(pod: Caller, caller: Caller, shelf: Shelf) -> None:
    content, digest = shelf.make(tokens=27)
    corrupt = shelf.put_bytes(content[:-1] + bytes([content[-1] ^ 1]), digest)
    refused = pod.ask(corrupt)
    assert (refused.status_code, refused.json()["code"]) == (422, "cartridge_corrupt")
    whole = shelf.put_bytes(content, digest)
    assert _essence(_answer(pod, whole)) == _essence(_answer(caller, whole))


@pytest.mark.usefixtures("sglang_process")
def test_the_disk_cache_stays_within_its_bytes(
    caller: Caller, shelf: Shelf, pod_settings: InferenceSettings, sglang: SglangSettings, tmp_path: Path
) -> None:
    cartridges = [shelf.put(f"{number} sails. " * 40, tokens=24) for number in range(4)]
    budget = 2 * max(each.size_bytes for each in cartridges)
    narrow = sglang.model_copy(
        update={"disk_bytes": budget, "socket_directory": sglang.sockets_under(pod_settings.data_dir)}
    )
    settings = pod_settings.model_copy(update={"data_dir": tmp_path})
    with (
        serving(create_app(settings, sglang=narrow)) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        await_ready(client)
        agent = Caller(client, settings, shelf.tenant_id)
        for each in [*cartridges, *cartridges]:
            assert _essence(_answer(agent, each)) == _essence(_answer(caller, each))
            kept = list((tmp_path / "inference" / "cartridges").iterdir())
            assert sum(file.stat().st_size for file in kept) <= budget
        assert agent.metric("inference_cartridge_evictions_total") == 6
