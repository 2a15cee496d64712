"""A server that decodes for self-study and is away, full, strange or asked to stop."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from cartridge_core.errors import PromptTooLongError
from cartridge_core.generation import GenerationRequest, SamplingParams
from cartridge_core.models import Model, load_model
from services.trainer import synthesis_endpoint
from services.trainer.failures import MAX_OUTAGES, understand
from services.trainer.synthesis_endpoint import (
    EndpointDecoder,
    EndpointSettings,
    SynthesisEndpoint,
    SynthesisEndpointError,
)

Reply = tuple[int, Any]


@dataclass
class Server:
    """Answers `/generate` with what `reply` says, and notes what it was asked."""

    url: str
    reply: Callable[[dict[str, Any]], Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)
    aborted: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@pytest.fixture(scope="session")
def model(talkative_model_dir: Path) -> Model:
    return load_model(talkative_model_dir, dtype=torch.float32)


@pytest.fixture
def server(model: Model) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/abort_request":
                known.aborted.append(body["rid"])
                status: int = 200
                said: Any = {}
            else:
                known.keys.append(self.headers["authorization"])
                known.asked.append(body)
                status, said = known.reply(body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Server(f"http://127.0.0.1:{http.server_port}", lambda body: (200, said_by(model, body)))
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield known
    http.shutdown()
    thread.join()
    http.server_close()


def said_by(model: Model, body: dict[str, Any], *, ids: list[int] | None = None) -> dict[str, Any]:
    """What the model says greedily, one token of it, or `ids` with the first token's alternatives."""
    asked = torch.tensor([body["input_ids"]])
    logprobs = model.logits(model.forward(asked, torch.arange(asked.shape[1])[None])[0, -1]).log_softmax(-1)
    best = logprobs.topk(max(1, body["top_logprobs_num"]))
    tops = [
        [value, token, None] for value, token in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]
    said = ids or [int(best.indices[0])]
    return {
        "output_ids": said,
        "meta_info": {"finish_reason": {"type": "stop"}, "output_top_logprobs": [tops] * len(said)},
    }


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis_endpoint, "_FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture
def decoder(server: Server, model: Model) -> EndpointDecoder:
    endpoint = SynthesisEndpoint(EndpointSettings(server.url, key="a key", requests_at_once=2))
    return endpoint.decoder(model, "job_7")


def request(model: Model, *, tokens: int = 4, stop: tuple[str, ...] = ()) -> GenerationRequest:
    sampling = SamplingParams(tokens, temperature=0.3, top_p=0.9, stop=stop, top_logprobs=2)
    return GenerationRequest(
        tuple(model.chat.encode("Who?")), sampling, context_ids=tuple(model.chat.encode("A chunk."))
    )


def _never() -> bool:
    return False


def _ignore(_: int) -> None:
    pass


def test_each_job_asks_with_its_key_and_its_own_part_of_the_cache(
    server: Server, decoder: EndpointDecoder, model: Model
) -> None:
    decoder.decode([request(model)], on_tokens=_ignore, should_stop=_never)
    _, body = server.asked
    assert body["input_ids"] == model.chat.encode("A chunk.") + model.chat.encode("Who?")
    assert body["extra_key"] == "job_7"
    assert body["sampling_params"] | {"stop_token_ids": None} == {
        "max_new_tokens": 4, "temperature": 0.3, "top_p": 0.9, "stop_token_ids": None,
    }  # fmt: skip
    assert set(server.keys) == {"Bearer a key"}


def test_an_answer_ends_where_the_trainer_would_have_ended_it(
    server: Server, decoder: EndpointDecoder, model: Model
) -> None:
    ids = [*model.chat.encode("One line.\n\nAnother"), model.chat.end_of_turn]
    server.reply = lambda body: (
        200,
        said_by(model, body, ids=ids if body["sampling_params"]["max_new_tokens"] > 1 else None),
    )
    stopped, cut, whole = decoder.decode(
        [request(model, tokens=40, stop=("\n",)), request(model, tokens=2), request(model, tokens=40)],
        on_tokens=_ignore,
        should_stop=_never,
    )
    assert (stopped.text, stopped.finish_reason) == ("One line.", "stop")
    assert (cut.ids, cut.finish_reason) == (ids[:2], "length")
    assert (whole.ids, whole.text, whole.finish_reason) == (ids, "One line.\n\nAnother", "stop")
    assert [len(row.top) for row in (stopped, cut, whole)] == [len(row.ids) for row in (stopped, cut, whole)]


def test_a_server_that_is_full_for_a_moment_is_asked_again(
    server: Server, decoder: EndpointDecoder, model: Model
) -> None:
    refusals = [503, 429]
    answer = server.reply
    server.reply = lambda body: (refusals.pop(), {}) if refusals else answer(body)
    (row,) = decoder.decode([request(model)], on_tokens=_ignore, should_stop=_never)
    assert len(row.ids) == 1
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ((503, {}), "does not answer"),
        ((400, {"error": {"message": "the prompt is too long"}}), "refused"),
        ((200, {"choices": []}), "none of SGLang's"),
        ((200, {"output_ids": [5], "meta_info": {"finish_reason": {"type": "abort"}}}), "gave a request"),
    ],
)
def test_a_server_that_gives_no_answer_ends_the_attempt_as_an_outage(
    server: Server, decoder: EndpointDecoder, model: Model, reply: Reply, reason: str
) -> None:
    server.reply = lambda _: reply
    with pytest.raises(SynthesisEndpointError, match=reason) as raised:
        decoder.decode([request(model)], on_tokens=_ignore, should_stop=_never)
    failure = understand(raised.value)
    assert (failure.code, failure.tries) == ("synthesis_endpoint_unavailable", MAX_OUTAGES)


def test_a_server_that_tells_other_log_probabilities_is_not_used(
    server: Server, decoder: EndpointDecoder, model: Model
) -> None:
    def heated(body: dict[str, Any]) -> Reply:
        said = said_by(model, body)
        for place in said["meta_info"]["output_top_logprobs"][0]:
            place[0] -= 3
        return 200, said

    server.reply = heated
    with pytest.raises(SynthesisEndpointError, match="SGLANG_RETURN_ORIGINAL_LOGPROB") as raised:
        decoder.decode([request(model)], on_tokens=_ignore, should_stop=_never)
    assert understand(raised.value).code == "synthesis_endpoint_unfit"


def test_a_prompt_that_does_not_fit_is_not_sent(
    server: Server, decoder: EndpointDecoder, model: Model
) -> None:
    too_long = GenerationRequest((5,) * (model.config.context_length - 2), SamplingParams(4))
    with pytest.raises(PromptTooLongError):
        decoder.decode([too_long], on_tokens=_ignore, should_stop=_never)
    assert len(server.asked) == 1, "the question whether the server fits"


def test_who_stops_has_the_server_drop_what_is_open(
    server: Server, decoder: EndpointDecoder, model: Model
) -> None:
    answer, released = server.reply, threading.Event()

    def slow(body: dict[str, Any]) -> Reply:
        if "rid" in body:
            released.wait(30)
        return answer(body)

    server.reply = slow
    started = time.monotonic()

    def stop() -> bool:
        if len([body for body in server.asked if "rid" in body]) < 2:
            return False
        threading.Timer(0.3, released.set).start()  # as a server that was told to drop it would
        return True

    rows = decoder.decode([request(model) for _ in range(3)], on_tokens=_ignore, should_stop=stop)
    assert [row.finish_reason for row in rows] == [None] * 3
    assert set(server.aborted) == {body["rid"] for body in server.asked if "rid" in body}
    assert time.monotonic() - started < 25
