"""Chat requests say what was asked and nothing else; streams end with usage or with the problem."""

import json

import pytest

from cartridge_client import ApiError, ChatMessage, Client

from .conftest import Answer, Script

PATH = "/v1/chat/completions"
USAGE = {
    "prompt_tokens": 140,
    "completion_tokens": 2,
    "total_tokens": 142,
    "prompt_tokens_details": {"cached_tokens": 128},
}
QUESTION = [ChatMessage(role="user", content="Who?")]


def stream_of(*data: object, event: str | None = None) -> Answer:
    name = "" if event is None else f"event: {event}\n"
    lines = [item if isinstance(item, str) else json.dumps(item) for item in data]
    return Answer(200, "".join(f"{name}data: {line}\n\n" for line in lines).encode(), "text/event-stream")


def chunk(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def test_a_whole_answer_has_text_and_usage(client: Client, script: Script) -> None:
    message = {"role": "assistant", "content": "Ada."}
    answer = {
        "id": "chatcmpl-1",
        "model": "tiny",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": USAGE,
    }
    script.answer("POST", PATH, Answer.of(answer))
    completion = client.chat(QUESTION, model="tiny", cartridges=["ctg_1"], temperature=0.0, seed=None)
    assert (completion.text, completion.finish_reason) == ("Ada.", "stop")
    assert completion.usage is not None
    assert completion.usage.cartridge_tokens == 128
    assert json.loads(script.requests[0].body) == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Who?"}],
        "stream": False,
        "cartridges": ["ctg_1"],
        "temperature": 0.0,
    }


def test_a_streamed_answer_comes_in_pieces_and_ends_with_usage(client: Client, script: Script) -> None:
    last = {"choices": [], "usage": USAGE}
    script.answer("POST", PATH, stream_of(chunk("Ad"), chunk("a.", "stop"), last, "[DONE]"))
    deltas = list(client.chat_stream(QUESTION, model="tiny"))
    assert [delta.text for delta in deltas] == ["Ad", "a.", ""]
    assert deltas[1].finish_reason == "stop"
    assert deltas[-1].usage is not None
    assert json.loads(script.requests[0].body)["stream_options"] == {"include_usage": True}


def test_a_streamed_answer_tells_which_cartridges_were_chosen(client: Client, script: Script) -> None:
    considered = [
        {"cartridge": "ctg_1", "gain": 20.5, "chosen": True},
        {"cartridge": "ctg_2", "gain": 1.5, "chosen": False},
    ]
    first = chunk("") | {"cartridges": ["ctg_1"], "selection": considered}
    script.answer("POST", PATH, stream_of(first, chunk("Ada.", "stop"), "[DONE]"))
    deltas = list(
        client.chat_stream(QUESTION, model="tiny", cartridges=["ctg_1", "ctg_2"], select="relevant")
    )
    assert deltas[0].cartridges == ("ctg_1",)
    assert deltas[0].selection is not None
    assert [each.model_dump() for each in deltas[0].selection] == considered
    assert deltas[1].selection is None
    assert json.loads(script.requests[0].body)["select"] == "relevant"


def test_a_refusal_before_the_first_token_is_an_api_error(client: Client, script: Script) -> None:
    problem = {"title": "Prompt too long", "status": 400, "code": "prompt_too_long", "detail": "9000 tokens"}
    script.answer("POST", PATH, Answer.of(problem, 400))
    with pytest.raises(ApiError, match="Prompt too long: 9000 tokens"):
        list(client.chat_stream(QUESTION, model="tiny"))


def test_a_problem_in_the_middle_of_a_stream_is_an_api_error_too(client: Client, script: Script) -> None:
    problem = {"title": "Engine stopped", "status": 503, "code": "engine_stopped"}
    body = stream_of(chunk("Ad")).body + stream_of(problem, event="error").body
    script.answer("POST", PATH, Answer(200, body, "text/event-stream"))
    deltas = client.chat_stream(QUESTION, model="tiny")
    assert next(deltas).text == "Ad"
    with pytest.raises(ApiError, match="Engine stopped") as caught:
        next(deltas)
    assert (caught.value.status, caught.value.code) == (503, "engine_stopped")
