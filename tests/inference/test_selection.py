"""Answers with those of a request's cartridges alone that its prompt is about."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from cartridge_core.artifact import read_cartridge
from cartridge_core.composition import compose
from cartridge_core.models import Model
from cartridge_core.prompt_scoring import choices
from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds, Choice
from cartridge_store.grants import GrantedCartridge
from services.inference.app import create_app
from services.inference.engines.base import Chunk, Finished, GenerateRequest, PromptScores, Usage
from services.inference.metrics import InferenceMetrics
from services.inference.selection import Selection, generate_with_relevant
from services.inference.settings import InferenceSettings

from .serving import ANY_GAIN, QUESTION, Caller, await_ready, body, serving
from .shelf import OTHER_TEXT, TEXT, Shelf


@pytest.fixture(scope="module")
def easy_url(settings: InferenceSettings) -> Iterator[str]:
    """A service that takes the cartridge that a prompt gains most by, however little."""
    with serving(create_app(settings.model_copy(update=ANY_GAIN))) as url:
        with httpx.Client(base_url=url) as client:
            await_ready(client)
        yield url


@pytest.fixture
def easy(easy_url: str, settings: InferenceSettings, shelf: Shelf) -> Iterator[Caller]:
    with httpx.Client(base_url=easy_url, timeout=30) as client:
        yield Caller(client, settings, shelf.tenant_id)


def _choice(model: Model, shelf: Shelf, cartridges: list[GrantedCartridge], bounds: Bounds) -> Choice:
    """What the method says of the question that callers ask."""
    prefixes = []
    for cartridge in cartridges:
        path = shelf.directory / f"{cartridge.digest}.safetensors"
        shelf.objects.get_file(cartridge.object_key, path)
        prefix = compose([read_cartridge(path)], model.rope.inverse_frequencies, model.dtype)
        assert prefix is not None
        prefixes.append(prefix)
    messages = [ChatMessage("user", QUESTION[0]["content"])]
    (choice,) = choices(model, prefixes, [messages], bounds)
    return choice


def test_the_chosen_cartridge_answers_alone_and_what_each_gained_is_told(
    easy: Caller, shelf: Shelf, model: Model
) -> None:
    cartridges = [shelf.put(TEXT), shelf.put(OTHER_TEXT), shelf.put(TEXT, tokens=18)]
    expected = _choice(model, shelf, cartridges, Bounds(0, 1000))
    before = {verdict: _choices(easy, verdict) for verdict in ("chosen", "left_out")}
    answer = easy.ask(*cartridges, select="relevant").json()
    assert [each["digest"] for each in answer["selection"]] == [each.digest for each in cartridges]
    assert [each["gain"] for each in answer["selection"]] == pytest.approx(expected.gains, abs=1e-2)
    (chosen,) = expected.indices
    assert [each["chosen"] for each in answer["selection"]] == [index == chosen for index in range(3)]
    alone = easy.ask(cartridges[chosen]).json()
    assert (alone["selection"], alone["text"]) == (None, answer["text"])
    assert answer["usage"]["cartridge_tokens"] == alone["usage"]["cartridge_tokens"] > 0
    # Read behind each and behind none, where the template's own system message stands before it.
    assert answer["usage"]["selection_tokens"] == sum(
        _read(model, with_cartridge=each) for each in (False, True, True, True)
    )
    assert _choices(easy, "chosen") == before["chosen"] + 1
    assert _choices(easy, "left_out") == before["left_out"] + 2


def _read(model: Model, *, with_cartridge: bool) -> int:
    """Tokens up to the end of what is asked."""
    _, (place,) = model.chat.encode_messages_with_places(
        [ChatMessage("user", QUESTION[0]["content"])], with_cartridge=with_cartridge
    )
    return place.stop


def _choices(caller: Caller, verdict: str) -> float:
    return caller.metric(f'inference_cartridge_selections_total{{verdict="{verdict}"}}')


def test_a_stream_tells_first_what_was_chosen(easy: Caller, shelf: Shelf) -> None:
    cartridges = [shelf.put(TEXT), shelf.put(OTHER_TEXT)]
    whole = easy.ask(*cartridges, select="relevant").json()
    first, *chunks, _ = easy.stream(*cartridges, select="relevant")
    assert first == {
        "selection": whole["selection"],
        "selection_tokens": whole["usage"]["selection_tokens"],
    }
    assert "".join(chunk["text"] for chunk in chunks) == whole["text"]


def test_a_prompt_that_is_about_none_is_answered_without_any(caller: Caller, shelf: Shelf) -> None:
    answer = caller.ask(shelf.put(TEXT), shelf.put(OTHER_TEXT), select="relevant").json()
    assert [each["chosen"] for each in answer["selection"]] == [False, False]
    without = caller.ask().json()
    assert answer["text"] == without["text"]
    assert answer["usage"]["cartridge_tokens"] == 0


def test_without_cartridges_nothing_is_selected(caller: Caller) -> None:
    answer = caller.ask(select="relevant").json()
    assert answer["selection"] is None
    assert answer["text"] == caller.ask().json()["text"]


def test_another_way_to_select_is_refused(caller: Caller, shelf: Shelf) -> None:
    answer = caller.ask(shelf.put(), select="some")
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["body.select"]


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_wrong_with_a_cartridge_or_the_prompt_is_told_before_anything_else(
    caller: Caller, shelf: Shelf, stream: bool
) -> None:
    content, digest = shelf.make(tokens=23)
    corrupt = shelf.put_bytes(content[:-1] + bytes([content[-1] ^ 1]), digest)
    answer = caller.ask(shelf.put(), corrupt, select="relevant", stream=stream)
    assert (answer.status_code, answer.json()["code"]) == (422, "cartridge_corrupt")
    long = [{"role": "user", "content": "bridge " * 1100}]
    answer = caller.ask(shelf.put(), messages=long, select="relevant", stream=stream)
    assert (answer.status_code, answer.json()["code"]) == (400, "prompt_too_long")


def test_an_answer_that_cannot_fit_is_refused_before_anything_is_read(caller: Caller, shelf: Shelf) -> None:
    gone = shelf.put(tokens=25)
    shelf.objects.delete(gone.object_key)
    answer = caller.ask(gone, select="relevant", max_tokens=5000)
    assert (answer.status_code, answer.json()["code"]) == (400, "prompt_too_long")


def test_more_cartridges_may_be_asked_than_fit_together(easy: Caller, shelf: Shelf, tmp_path: Path) -> None:
    content = "The bridge of Lund was built in 1874 by two brothers. " * 60
    large = [shelf.put(f"{number} {content}", tokens=480) for number in range(3)]
    assert easy.ask(*large).json()["code"] == "prompt_too_long"
    answer = easy.ask(*large, select="relevant")
    assert answer.status_code == 200, answer.text
    assert answer.json()["usage"]["cartridge_tokens"] == 480


def test_a_service_with_one_place_to_wait_in_chooses_too(
    settings: InferenceSettings, shelf: Shelf, tmp_path: Path
) -> None:
    small = settings.model_copy(
        update={"inference_max_rows": 1, "inference_max_waiting": 1, "data_dir": tmp_path, **ANY_GAIN}
    )
    with serving(create_app(small)) as url, httpx.Client(base_url=url, timeout=30) as client:
        await_ready(client)
        caller = Caller(client, small, shelf.tenant_id)
        answer = caller.ask(*(shelf.put(tokens=tokens) for tokens in (18, 19, 20)), select="relevant")
        assert answer.status_code == 200, answer.text


class SlowScorer:
    """An engine that takes its time to score a prompt, knows which cartridge it is about, and answers `pieces`."""

    def __init__(self, about: str, seconds: float = 0.0, *, silent: bool = False) -> None:
        self._about = about
        self._seconds = seconds
        self._silent = silent

    async def score_prompt(self, request: GenerateRequest) -> PromptScores:
        await asyncio.sleep(self._seconds)
        behind = [[[-1.0 if each.digest == self._about else -30.0]] for each in request.cartridges]
        return PromptScores([[-30.0]], tuple(behind), 11)

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Chunk | Finished]:
        if not self._silent:
            yield Chunk(" ".join(cartridge.digest for cartridge in request.cartridges), (1,), None, "stop")
            yield Finished("stop", Usage(1, 1, 1, 1, seconds_to_first_token=0.5))


def _asked(engine: Any, *digests: str) -> list[Selection | Chunk | Finished]:
    cartridges = tuple(
        GrantedCartridge(digest=digest, object_key=f"tenants/t/{digest}", size_bytes=1) for digest in digests
    )
    request = GenerateRequest(
        tenant_id="t", messages=(ChatMessage("user", "Who?"),), cartridges=cartridges, max_tokens=1,
        temperature=0, top_p=1, seed=None, stop=(), top_logprobs=None,
    )  # fmt: skip
    metrics = InferenceMetrics(CollectorRegistry())

    async def collect() -> list[Selection | Chunk | Finished]:
        return [item async for item in generate_with_relevant(engine, request, Bounds(), metrics)]

    return asyncio.run(collect())


def test_the_first_token_waited_for_the_choice_and_its_cost_is_told() -> None:
    selection, chunk, finished = _asked(SlowScorer("b", 0.05), "a", "b", "c")
    assert isinstance(selection, Selection)
    assert selection.chosen == (1,)
    assert selection.gains == (0.0, 29.0, 0.0)
    assert selection.tokens == 11
    assert isinstance(chunk, Chunk)
    assert chunk.text == "b"
    assert isinstance(finished, Finished)
    assert finished.usage.seconds_to_first_token >= 0.55
    assert finished.usage.selection_tokens == 11


def test_an_engine_that_says_nothing_tells_no_selection_either() -> None:
    assert _asked(SlowScorer("a", silent=True), "a", "b") == []


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_while_its_cartridges_are_chosen_leaves_nothing_behind(
    caller: Caller, shelf: Shelf, stream: bool
) -> None:
    cancelled = 'inference_requests_total{outcome="cancelled"}'
    before = caller.metric(cancelled)
    messages = [{"role": "user", "content": "bridge " * 400}]
    cartridges = [shelf.put(tokens=tokens) for tokens in range(18, 48)]
    asked = body(*cartridges, messages=messages, select="relevant", stream=stream)
    with (
        httpx.Client(base_url=caller.client.base_url, timeout=0.2) as impatient,
        pytest.raises(httpx.ReadTimeout),
    ):
        impatient.post("/v1/generate", json=asked, headers=caller.headers(*cartridges))
    caller.await_metric(cancelled, before + 1)
    caller.await_metric("inference_waiting_requests", 0)
    assert caller.ask(cartridges[0], select="relevant").status_code == 200
