"""Answers over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from cartridge_core.generation import GenerationRequest, SamplingParams, generate
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_store.grants import GrantedCartridge
from cartridge_store.ids import new_id
from services.inference.app import create_app
from services.inference.settings import InferenceSettings

from .serving import QUESTION, Caller, await_ready, body, serving
from .shelf import OTHER_TEXT, TEXT, Shelf

CARTRIDGE_TOKENS = 24


def icl_answer(model: Model, text: str, question: str, max_tokens: int = 12) -> str:
    """What the model says greedily when the cartridge's own tokens are prefilled before the question."""
    context = model.chat.encode_context_within(text, CARTRIDGE_TOKENS)
    asked = model.chat.encode_messages([ChatMessage("user", question)], with_cartridge=True)
    sampling = SamplingParams(max_tokens=max_tokens, temperature=0.0)
    (row,) = generate(model, [GenerationRequest((*context, *asked), sampling)], 1)
    return row.text


def plain_answer(model: Model, question: str, max_tokens: int = 12) -> str:
    asked = model.chat.encode_messages([ChatMessage("user", question)], with_cartridge=False)
    sampling = SamplingParams(max_tokens=max_tokens, temperature=0.0)
    (row,) = generate(model, [GenerationRequest(tuple(asked), sampling)], 1)
    return row.text


def test_concurrent_requests_with_cartridges_and_without_answer_as_in_context_learning_does(
    caller: Caller, shelf: Shelf, model: Model
) -> None:
    bridge, flood = shelf.put(TEXT), shelf.put(OTHER_TEXT)
    questions = ["When was it built?", "Who built it, and what does it carry to this day?", "Why?"]
    asked = [(cartridge, question) for question in questions for cartridge in ((bridge,), (flood,), ())]

    def answer(cartridges: tuple[GrantedCartridge, ...], question: str) -> str:
        answer = caller.ask(*cartridges, messages=[{"role": "user", "content": question}])
        assert answer.status_code == 200, answer.text
        return str(answer.json()["text"])

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda each: answer(*each), asked))
    for question, (with_bridge, with_flood, without) in zip(
        questions, zip(*[iter(answers)] * 3, strict=True), strict=True
    ):
        assert with_bridge == icl_answer(model, TEXT, question)
        assert with_flood == icl_answer(model, OTHER_TEXT, question)
        assert without == plain_answer(model, question)


def test_a_stream_and_a_whole_answer_hold_the_same_text(caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put()
    sampled = {"temperature": 1.0, "top_p": 0.9, "seed": 11, "max_tokens": 20}
    whole = caller.ask(cartridge, **sampled).json()
    *chunks, last = caller.stream(cartridge, **sampled)
    assert "".join(chunk["text"] for chunk in chunks) == whole["text"]
    assert [chunk["finish_reason"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1]["finish_reason"] == last["finish_reason"] == whole["finish_reason"]
    assert sum(len(chunk["token_ids"]) for chunk in chunks) == last["usage"]["completion_tokens"]
    for counted in ("prompt_tokens", "cartridge_tokens", "completion_tokens", "kv_bytes"):
        assert last["usage"][counted] == whole["usage"][counted]


def test_usage_counts_the_cartridge_and_all_kv_that_the_request_held(
    caller: Caller, shelf: Shelf, model: Model
) -> None:
    usage = caller.ask(shelf.put()).json()["usage"]
    prompt = model.chat.encode_messages([ChatMessage("user", QUESTION[0]["content"])], with_cartridge=True)
    assert usage["prompt_tokens"] == len(prompt)
    assert usage["cartridge_tokens"] == CARTRIDGE_TOKENS
    assert usage["completion_tokens"] == 12
    assert usage["kv_bytes"] == (len(prompt) + CARTRIDGE_TOKENS + 12) * model.kv_bytes_per_token
    assert usage["seconds_to_first_token"] > 0


def test_log_probabilities_come_when_asked_for(caller: Caller) -> None:
    answer = caller.ask(top_logprobs=3, max_tokens=4).json()
    assert len(answer["logprobs"]) == 4
    for token in answer["logprobs"]:
        assert len(token["top"]) == 3
        assert token["logprob"] == token["top"][0]["logprob"] <= 0
    assert "".join(token["token"] for token in answer["logprobs"]).strip() == answer["text"].strip()
    assert caller.ask(max_tokens=4).json()["logprobs"] is None


def test_a_stop_string_ends_the_answer_before_it(caller: Caller) -> None:
    whole = caller.ask(max_tokens=20).json()["text"]
    stop = whole[10:14]
    answer = caller.ask(max_tokens=20, stop=[stop]).json()
    assert answer["text"] == whole[: whole.index(stop)]
    assert answer["finish_reason"] == "stop"


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_longer_than_the_window_is_a_problem_before_any_answer(caller: Caller, stream: bool) -> None:
    answer = caller.ask(messages=[{"role": "user", "content": "bridge " * 1100}], stream=stream)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "prompt_too_long"
    assert "1024" in problem["detail"]
    assert problem["instance"] == "/v1/generate"
    assert problem["request_id"]


def test_a_request_without_a_grant_is_refused(caller: Caller) -> None:
    answer = caller.client.post("/v1/generate", json=body())
    assert (answer.status_code, answer.json()["code"]) == (401, "grant_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_forged_and_an_expired_grant_are_refused(caller: Caller) -> None:
    for headers in ({"Authorization": "Bearer x.y.z"}, caller.headers(seconds=-1)):
        answer = caller.client.post("/v1/generate", json=body(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "grant_invalid")


def test_a_cartridge_that_the_grant_does_not_name_is_refused(caller: Caller, shelf: Shelf) -> None:
    granted, other = shelf.put(), shelf.put(OTHER_TEXT)
    answer = caller.client.post("/v1/generate", json=body(granted, other), headers=caller.headers(granted))
    assert (answer.status_code, answer.json()["code"]) == (403, "grant_missing_cartridge")
    assert other.digest in answer.json()["detail"]


def test_an_object_of_another_tenant_is_refused_though_the_grant_names_it(
    caller: Caller, shelf: Shelf
) -> None:
    cartridge = shelf.put()
    stranger = Caller(caller.client, caller.settings, new_id("ten"))
    assert stranger.ask(cartridge).json()["code"] == "grant_missing_cartridge"


def test_a_corrupt_cartridge_is_told_and_not_kept(caller: Caller, shelf: Shelf) -> None:
    content, digest = shelf.make(tokens=21)
    cartridge = shelf.put_bytes(content[:-1] + bytes([content[-1] ^ 1]), digest)
    answer = caller.ask(cartridge)
    assert (answer.status_code, answer.json()["code"]) == (422, "cartridge_corrupt")
    assert digest not in caller.client.get("/v1/cartridges").text
    shelf.put_bytes(content, digest)
    assert caller.ask(cartridge).status_code == 200


def test_a_cartridge_that_is_gone_is_told(caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=22)
    shelf.objects.delete(cartridge.object_key)
    answer = caller.ask(cartridge, stream=True)
    assert (answer.status_code, answer.json()["code"]) == (404, "cartridge_not_found")


def test_a_body_with_unknown_or_wrong_fields_is_told_which(caller: Caller) -> None:
    answer = caller.ask(temperature=9, tools=[])
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"body.temperature", "body.tools"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_frees_its_row(caller: Caller, stream: bool) -> None:
    cancelled = 'inference_requests_total{outcome="cancelled"}'
    before = caller.metric(cancelled)
    long = body(max_tokens=900, stream=stream)
    with httpx.Client(base_url=caller.client.base_url, timeout=0.3) as impatient:
        if stream:
            with impatient.stream("POST", "/v1/generate", json=long, headers=caller.headers()) as answer:
                next(answer.iter_lines())
        else:
            with pytest.raises(httpx.ReadTimeout):
                impatient.post("/v1/generate", json=long, headers=caller.headers())
    caller.await_metric(cancelled, before + 1)
    caller.await_metric("inference_active_rows", 0)


def test_a_full_service_says_busy_and_when_to_come_back(
    settings: InferenceSettings, tmp_path: Path, shelf: Shelf
) -> None:
    small = settings.model_copy(
        update={"inference_max_rows": 1, "inference_max_waiting": 1, "data_dir": tmp_path}
    )
    long = body(max_tokens=900, stream=True)
    with serving(create_app(small)) as url, httpx.Client(base_url=url, timeout=30) as client:
        await_ready(client)
        caller = Caller(client, small, shelf.tenant_id)
        with client.stream("POST", "/v1/generate", json=long, headers=caller.headers()) as decoding:
            lines = decoding.iter_lines()
            next(lines)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(caller.ask)
                caller.await_metric("inference_waiting_requests", 1)
                refused = caller.ask()
                assert (refused.status_code, refused.json()["code"]) == (503, "busy")
                assert int(refused.headers["Retry-After"]) >= 1
                decoding.close()
                assert waiting.result().status_code == 200
