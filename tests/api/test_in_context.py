"""The text of a cartridge in the prompt instead of the cartridge: ICL to compare with, through the same endpoint."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest

from cartridge_core.context import context_text
from cartridge_core.corpus import CorpusText, DocumentText
from cartridge_store.object_keys import parsed_corpus_key
from cartridge_store.objects import ObjectStore
from tests.api.conftest import Belongings, Person, assert_problem
from tests.api.stand_in import InferenceStandIn

QUESTION = {"role": "user", "content": "How many beds?"}
Learn = Callable[[str], None]


@pytest.fixture
def learn(objects: ObjectStore, ann: Person, belongings: Belongings) -> Learn:
    """Let Ann's cartridge have been trained on a text."""

    def put(text: str) -> None:
        documents = (DocumentText(name="a.txt", text=text), DocumentText(name="b.txt", text=" The end. "))
        content = CorpusText(documents=documents).model_dump_json().encode()
        key = parsed_corpus_key(ann.tenant_id, belongings.job_id)
        objects.put_stream(key, BytesIO(content), size=len(content), content_type="application/json")

    return put


def _ask(person: Person, cartridge_id: str, **body: Any) -> httpx.Response:
    asked = {"model": "tiny", "messages": [QUESTION], "in_context": [cartridge_id], **body}
    return person.http.post("/v1/chat/completions", json=asked)


def test_the_text_stands_before_the_question_in_the_words_that_training_uses(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn
) -> None:
    learn("Ward 3 has 11 beds.")
    answer = _ask(ann, belongings.cartridge_id).json()
    assert answer["usage"]["in_context_share"] == 1.0
    assert answer["cartridges"] == stand_in.request["cartridges"] == []
    assert stand_in.request["messages"] == [
        {"role": "system", "content": context_text("Ward 3 has 11 beds.\n\nThe end.")}, QUESTION,
    ]  # fmt: skip


def test_a_text_in_the_prompt_does_not_decide_which_cartridges_are_relevant(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn
) -> None:
    learn("Ward 3 has 11 beds.")
    stand_in.chosen = {0}
    cartridges = [belongings.cartridge_id]
    answer = _ask(ann, belongings.cartridge_id, cartridges=cartridges, select="relevant").json()
    assert answer["cartridges"] == cartridges
    # It is a system message, which inference does not choose by.
    assert [each["role"] for each in stand_in.request["messages"]] == ["system", "user"]
    assert stand_in.request["select"] == "relevant"


def test_a_system_message_of_the_caller_follows_the_text(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn
) -> None:
    learn("Ward 3 has 11 beds.")
    brief = {"role": "system", "content": "Be brief."}
    assert _ask(ann, belongings.cartridge_id, messages=[brief, QUESTION]).status_code == 200
    system, user = stand_in.request["messages"]
    assert system["content"].endswith("The end.\n\nBe brief.")
    assert user == QUESTION


@pytest.mark.parametrize("stream", [False, True])
def test_a_text_that_the_window_does_not_hold_is_cut_and_the_answer_says_to_what(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn, stream: bool
) -> None:
    learn("Ward three has eleven beds. " * 60)
    stand_in.window_characters = 700
    options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    response = _ask(ann, belongings.cartridge_id, **options)
    if stream:
        lines = [
            line.removeprefix("data: ") for line in response.text.split("\n") if line.startswith("data: {")
        ]
        usage = json.loads(lines[-1])["usage"]
    else:
        usage = response.json()["usage"]
    assert 0.2 < usage["in_context_share"] < 0.45
    content = stand_in.request["messages"][0]["content"]
    assert len(content) <= 700
    assert content.endswith(("Ward", "three", "has", "eleven", "beds."))


def test_of_a_text_larger_than_any_window_only_the_beginning_is_read(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn
) -> None:
    learn("Ward drei hat elf Betten, größer als zuvor. " * 2000)
    usage = _ask(ann, belongings.cartridge_id).json()["usage"]
    # The stand-in's window has 512 tokens.
    assert usage["in_context_share"] == pytest.approx(512 * 8 / (44 * 2000), rel=0.1)


def test_a_question_that_is_too_long_by_itself_is_told_as_ever(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn
) -> None:
    learn("Ward three has eleven beds. " * 60)
    stand_in.window_characters = 10
    assert_problem(_ask(ann, belongings.cartridge_id), 400, "prompt_too_long")


def test_a_text_that_went_with_its_corpus_is_said_to_be_gone(ann: Person, belongings: Belongings) -> None:
    assert_problem(_ask(ann, belongings.cartridge_id), 409, "cartridge_text_gone")


def test_the_text_of_another_tenants_cartridge_is_not_found(
    bob: Person, belongings: Belongings, stand_in: InferenceStandIn, learn: Learn
) -> None:
    learn("Ward 3 has 11 beds.")
    assert_problem(_ask(bob, belongings.cartridge_id), 404, "not_found")
    assert stand_in.request == {}


def test_a_cartridge_is_named_once(ann: Person, belongings: Belongings) -> None:
    twice = [belongings.cartridge_id] * 2
    assert_problem(_ask(ann, belongings.cartridge_id, in_context=twice), 400, "cartridge_repeated")
