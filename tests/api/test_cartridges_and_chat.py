"""Cartridges are downloaded as they were made; chat speaks OpenAI's language to an unmodified client."""

import json
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from cartridge_store.db.tables import CartridgeRow
from cartridge_store.objects import ObjectStore
from services.trainer.sweeper import sweep
from tests.api.conftest import Belongings, Person, assert_problem, give_belongings
from tests.api.stand_in import PLACE, InferenceStandIn

ANSWER = "Ward 3 has 11 beds."
QUESTION: list[Any] = [{"role": "user", "content": "How many beds?"}]


@pytest.fixture
def client(ann: Person, api_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{api_url}/v1", api_key=ann.key, max_retries=0)


def _chat(person: Person, **body: Any) -> httpx.Response:
    return person.http.post("/v1/chat/completions", json={"model": "tiny", "messages": QUESTION, **body})


def test_a_cartridge_comes_with_its_report_and_its_bytes(ann: Person, belongings: Belongings) -> None:
    (listed,) = ann.http.get("/v1/cartridges").json()["data"]
    assert "report" not in listed
    cartridge = ann.http.get(f"/v1/cartridges/{belongings.cartridge_id}").json()
    assert cartridge["report"] == {"kv_ratio": 20.0}
    assert cartridge["model"] == f"tiny:{belongings.cartridge_id}"
    response = ann.http.get(f"/v1/cartridges/{belongings.cartridge_id}/download")
    assert response.content == belongings.content
    assert f"{belongings.cartridge_id}.safetensors" in response.headers["content-disposition"]


def test_a_cartridge_tells_which_pods_have_it_at_hand(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn
) -> None:
    path = f"/v1/cartridges/{belongings.cartridge_id}/residency"
    assert ann.http.get(path).json()["places"] == []
    assert ann.http.get("/v1/residency").json()["data"] == []
    stand_in.resident = {"ab" * 32: [{**PLACE, "pod": "pod-1", "tier": "device"}, PLACE]}
    found = ann.http.get(path).json()
    assert [(place["pod"], place["tier"]) for place in found["places"]] == [
        ("pod-1", "device"), ("pod-0", "host"),
    ]  # fmt: skip
    assert ann.http.get("/v1/residency").json()["data"] == [found]


def test_cartridges_of_others_that_are_at_hand_are_not_told(
    ann: Person, bob: Person, belongings: Belongings, stand_in: InferenceStandIn
) -> None:
    stand_in.resident = {"ab" * 32: [PLACE]}
    assert [each["cartridge_id"] for each in ann.http.get("/v1/residency").json()["data"]] == [
        belongings.cartridge_id
    ]
    assert bob.http.get("/v1/residency").json()["data"] == []
    response = bob.http.get(f"/v1/cartridges/{belongings.cartridge_id}/residency")
    assert_problem(response, 404, "not_found")


def test_deleting_a_cartridge_removes_its_file_unless_another_has_the_same_bytes(
    ann: Person, sessions: Any, objects: ObjectStore, tmp_path: Path
) -> None:
    one = give_belongings(sessions, objects, tmp_path, ann.tenant_id)
    other = give_belongings(sessions, objects, tmp_path, ann.tenant_id)
    key = f"tenants/{ann.tenant_id}/cartridges/{'ab' * 32}.safetensors"
    assert ann.http.delete(f"/v1/cartridges/{one.cartridge_id}").status_code == 204
    sweep(sessions, objects)
    assert objects.exists(key)
    assert ann.http.delete(f"/v1/cartridges/{other.cartridge_id}").status_code == 204
    sweep(sessions, objects)
    assert not objects.exists(key)
    assert_problem(ann.http.get(f"/v1/cartridges/{one.cartridge_id}/download"), 404, "not_found")


def test_an_openai_client_chats_with_a_cartridge(
    client: openai.OpenAI, stand_in: InferenceStandIn, ann: Person, belongings: Belongings
) -> None:
    model = f"tiny:{belongings.cartridge_id}"
    completion = client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=9, stop="X"
    )
    assert completion.choices[0].message.content == ANSWER
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens_details is not None
    assert completion.usage.prompt_tokens_details.cached_tokens == 32
    assert completion.usage.total_tokens == 32 + 7 + 3
    assert stand_in.request["cartridges"] == ["ab" * 32]
    assert stand_in.request["temperature"] == 0
    assert stand_in.request["stop"] == ["X"]
    assert stand_in.grant is not None
    assert stand_in.grant.tenant_id == ann.tenant_id
    assert stand_in.grant.cartridges[0].object_key.startswith(f"tenants/{ann.tenant_id}/")


def test_an_openai_client_streams(client: openai.OpenAI, belongings: Belongings) -> None:
    stream = client.chat.completions.create(
        model="tiny", messages=QUESTION, stream=True, stream_options={"include_usage": True},
        extra_body={"cartridges": [belongings.cartridge_id]},
    )  # fmt: skip
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == ANSWER
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


@pytest.fixture
def two(ann: Person, sessions: Any, objects: ObjectStore, tmp_path: Path) -> list[str]:
    """Ids of two cartridges of Ann's."""
    return [give_belongings(sessions, objects, tmp_path, ann.tenant_id).cartridge_id for _ in range(2)]


@pytest.mark.parametrize("chosen", [set(), {1}, {0, 1}])
def test_an_answer_tells_which_cartridges_were_chosen_and_why(
    ann: Person, stand_in: InferenceStandIn, two: list[str], chosen: set[int]
) -> None:
    stand_in.chosen = chosen
    answer = _chat(ann, cartridges=two, select="relevant").json()
    assert stand_in.request["select"] == "relevant"
    assert answer["cartridges"] == [two[index] for index in sorted(chosen)]
    assert answer["selection"] == [
        {"cartridge": each, "gain": 20.5 if index in chosen else 1.5, "chosen": index in chosen}
        for index, each in enumerate(two)
    ]
    assert answer["usage"]["selection_tokens"] == 21


def test_a_stream_tells_its_cartridges_in_every_piece_and_the_choice_in_the_first(
    client: openai.OpenAI, stand_in: InferenceStandIn, two: list[str]
) -> None:
    stand_in.chosen = {0}
    stream = client.chat.completions.create(
        model=f"tiny:{two[0]}", messages=QUESTION, stream=True, stream_options={"include_usage": True},
        extra_body={"cartridges": two[1:], "select": "relevant"},
    )  # fmt: skip
    first, *others = (chunk.model_dump() for chunk in stream)
    assert [each["chosen"] for each in first["selection"]] == [True, False]
    assert all("selection" not in each for each in others)
    assert all(each["cartridges"] == two[:1] for each in (first, *others))
    assert others[-1]["usage"]["selection_tokens"] == 21
    assert "".join(c["choices"][0]["delta"]["content"] or "" for c in others if c["choices"]) == ANSWER


def test_all_cartridges_are_used_where_nothing_else_is_asked(
    ann: Person, stand_in: InferenceStandIn, two: list[str]
) -> None:
    for body in ({}, {"select": "all"}):
        answer = _chat(ann, cartridges=two, **body).json()
        assert (answer["cartridges"], answer["selection"]) == (two, None)
        assert answer["usage"]["selection_tokens"] == 0
        # What pods of the release before know, while both run.
        assert "select" not in stand_in.request


def test_another_way_to_select_is_refused_by_name(ann: Person, two: list[str]) -> None:
    response = _chat(ann, cartridges=two, select="best")
    problem = assert_problem(response, 422, "invalid_request")
    assert [each["field"] for each in problem["errors"]] == ["body.select"]


def test_another_tenants_cartridge_is_not_read_to_choose_it(
    bob: Person, two: list[str], stand_in: InferenceStandIn
) -> None:
    assert_problem(_chat(bob, cartridges=two, select="relevant"), 404, "not_found")
    assert stand_in.request == {}


def test_an_openai_client_gets_log_probabilities(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="tiny", messages=QUESTION, logprobs=True, top_logprobs=1
    )
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert logprobs.content[0].top_logprobs[0].logprob == -0.5


def test_an_openai_client_lists_models(client: openai.OpenAI, belongings: Belongings) -> None:
    model = f"tiny:{belongings.cartridge_id}"
    corpus = f"tiny:{belongings.corpus_id}"
    assert [each.id for each in client.models.list()] == ["tiny", model, corpus]
    assert client.models.retrieve(model).id == model
    with pytest.raises(openai.NotFoundError, match="no model 'other'"):
        client.models.retrieve("other")


def test_an_openai_client_reads_our_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'other'") as caught:
        client.chat.completions.create(model="other", messages=QUESTION)
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="tools") as refused:
        client.chat.completions.create(
            model="tiny", messages=QUESTION, tools=[{"type": "function", "function": {"name": "f"}}]
        )
    assert refused.value.param == "tools"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"n": 2}, 400, "unsupported_parameter"),
        ({"presence_penalty": 0.5}, 400, "unsupported_parameter"),
        ({"top_logprobs": 2}, 400, "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, 400, "unsupported_parameter"),
        ({"messages": []}, 422, "invalid_request"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 422, "invalid_request"),
        ({"temperature": 3}, 422, "invalid_request"),
        ({"cartridges": ["ctg_a", "ctg_a"]}, 400, "cartridge_repeated"),
        ({"cartridges": ["ctg_unknown"]}, 404, "not_found"),
        ({"model": "tiny:ctg_unknown"}, 404, "model_not_found"),
        ({"messages": [{"role": "user", "content": "x"}] * 1025}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    ann: Person, body: dict[str, Any], status: int, code: str
) -> None:
    assert_problem(_chat(ann, **body), status, code)


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "half \ud800"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "\ud800"}]}]},
        {"stop": "\ud800"},
        {"stop": ["\ud800"]},
    ],
)
def test_halves_of_characters_are_refused(ann: Person, body: dict[str, Any]) -> None:
    content = json.dumps({"model": "tiny", "messages": QUESTION, **body})
    headers = {"Content-Type": "application/json"}
    response = ann.http.post("/v1/chat/completions", content=content, headers=headers)
    assert_problem(response, 422, "invalid_request")


def test_parts_of_text_and_developer_messages_are_understood(ann: Person, stand_in: InferenceStandIn) -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "How "}, {"type": "text", "text": "many?"}]},
    ]
    assert _chat(ann, messages=messages).status_code == 200
    assert stand_in.request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How many?"},
    ]


def test_a_cartridge_of_another_model_is_refused_before_inference_is_asked(
    ann: Person, sessions: Any, objects: ObjectStore, stand_in: InferenceStandIn, tmp_path: Path
) -> None:
    foreign = give_belongings(sessions, objects, tmp_path, ann.tenant_id, fingerprint="e" * 64)
    with sessions.begin() as session:
        session.get_one(CartridgeRow, foreign.cartridge_id).base_model = "elder"
    for names_it in ({"cartridges": [foreign.cartridge_id]}, {"model": f"elder:{foreign.cartridge_id}"}):
        body = assert_problem(_chat(ann, **names_it), 409, "cartridge_model_mismatch")
    assert "eeeeeeeeeeee" in body["detail"]
    assert stand_in.request == {}


@pytest.mark.parametrize("stream", [False, True])
def test_inferences_problems_pass_through_with_their_code(
    ann: Person, stand_in: InferenceStandIn, stream: bool
) -> None:
    stand_in.problem = {
        "status": 400,
        "code": "prompt_too_long",
        "title": "Too long",
        "detail": "Shorten it.",
    }
    body = assert_problem(_chat(ann, stream=stream), 400, "prompt_too_long")
    assert body["detail"] == "Shorten it."


def test_a_grant_that_inference_refuses_is_not_the_callers_fault(
    ann: Person, stand_in: InferenceStandIn
) -> None:
    stand_in.problem = {"status": 401, "code": "grant_invalid", "title": "No", "detail": "expired"}
    assert_problem(_chat(ann), 502, "grant_invalid")


def test_a_busy_engine_says_when_to_come_back(ann: Person, stand_in: InferenceStandIn) -> None:
    stand_in.problem = {"status": 503, "code": "busy", "title": "Busy", "detail": "Too many requests."}
    response = _chat(ann)
    assert_problem(response, 503, "busy")
    assert response.headers["retry-after"] == "2"


def test_a_stream_that_breaks_off_tells_an_openai_client(
    client: openai.OpenAI, stand_in: InferenceStandIn
) -> None:
    stand_in.breaks_off = True
    with pytest.raises(openai.APIError, match="It broke"):
        list(client.chat.completions.create(model="tiny", messages=QUESTION, stream=True))


def test_a_stream_without_its_last_word_is_no_answer(
    client: openai.OpenAI, stand_in: InferenceStandIn
) -> None:
    stand_in.ends_early = True
    with pytest.raises(openai.APIError, match="half an answer"):
        list(client.chat.completions.create(model="tiny", messages=QUESTION, stream=True))


def test_an_answer_is_given_up_when_the_caller_leaves(ann: Person, stand_in: InferenceStandIn) -> None:
    stand_in.waits = True
    with pytest.raises(httpx.ReadTimeout):
        ann.http.post("/v1/chat/completions", json={"model": "tiny", "messages": QUESTION}, timeout=0.5)
    assert stand_in.given_up.wait(5)


def test_a_stream_is_given_up_when_the_caller_leaves(ann: Person, stand_in: InferenceStandIn) -> None:
    stand_in.waits = True
    body = {"model": "tiny", "messages": QUESTION, "stream": True}
    with ann.http.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = response.iter_lines()
        assert "Ward" in [next(lines) for _ in range(3)][-1]
        assert not stand_in.given_up.is_set()
    assert stand_in.given_up.wait(5)


def test_inference_that_is_away_is_said(settings: Any, ann: Person) -> None:
    from services.api.app import create_app
    from tests.api.conftest import serving

    away = settings.model_copy(update={"inference_url": "http://127.0.0.1:9"})
    with serving(create_app(away)) as url:
        response = httpx.post(
            f"{url}/v1/chat/completions",
            headers={"Authorization": f"Bearer {ann.key}"},
            json={"model": "tiny", "messages": QUESTION},
        )
    assert_problem(response, 503, "inference_unavailable")


@pytest.mark.parametrize("stream", [False, True])
def test_inference_learns_the_id_of_the_request_it_works_for(
    ann: Person, stand_in: InferenceStandIn, stream: bool
) -> None:
    body = {"model": "tiny", "messages": QUESTION, "stream": stream}
    response = ann.http.post(
        "/v1/chat/completions", json=body, headers={"X-Request-ID": "trace-to-inference"}
    )
    assert response.headers["x-request-id"] == stand_in.request_id == "trace-to-inference"
