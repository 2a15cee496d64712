"""Rows decoded together are what each would be alone; sampling, stopping and streaming do as they say."""

import itertools
from random import Random

import pytest
import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import PromptTooLongError
from cartridge_core.generation import (
    ContinuousBatch,
    GenerationRequest,
    SamplingParams,
    TokenEvent,
    generate,
)
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import Recipe
from cartridge_core.sampling import draw
from cartridge_core.text_stream import TextStream

GREEDY = SamplingParams(max_tokens=8, temperature=0.0)


def _prompt(model: Model, text: str, *, with_cartridge: bool = True) -> tuple[int, ...]:
    return tuple(model.chat.encode_messages([ChatMessage("user", text)], with_cartridge=with_cartridge))


def _greedy_by_hand(model: Model, context: list[int], prompt: tuple[int, ...], count: int) -> list[int]:
    """Greedy decoding with one whole forward pass a token."""
    ids = [*context, *prompt]
    for _ in range(count):
        hidden = model.forward(torch.tensor([ids]), torch.arange(len(ids))[None])
        ids.append(int(model.logits(hidden[0, -1]).argmax()))
        if ids[-1] == model.chat.end_of_turn:
            break
    return ids[len(context) + len(prompt) :]


@pytest.fixture(scope="module")
def cartridge(model: Model, corpus: CorpusText) -> Cartridge:
    return initialize(
        model,
        corpus.text,
        corpus.digest,
        Recipe.model_validate({"cartridge_tokens": 24, "initialization": {"kind": "first_tokens"}}),
    )


def test_rows_with_and_without_cartridge_decode_as_they_would_alone(
    model: Model, corpus: CorpusText, cartridge: Cartridge
) -> None:
    questions = ["How many beds?", "Who is the head nurse of ward 3, and when did it open?", "x"]
    plain = [GenerationRequest(_prompt(model, q, with_cartridge=False), GREEDY) for q in questions]
    with_cartridge = [
        GenerationRequest(_prompt(model, q), GREEDY, cartridges=(cartridge,)) for q in questions
    ]
    rows = generate(model, [*plain, *with_cartridge], max_rows=4)
    context = model.chat.encode_context_within(corpus.text, 24)
    for row, request in zip(rows, [*plain, *with_cartridge], strict=True):
        before = context if request.cartridges else []
        assert row.ids == _greedy_by_hand(model, before, request.prompt_ids, 8)


def test_a_row_that_joins_later_does_not_disturb_the_others(model: Model) -> None:
    first = GenerationRequest(_prompt(model, "first"), GREEDY)
    second = GenerationRequest(_prompt(model, "second, and longer"), GREEDY)
    batch = ContinuousBatch(model, 2)
    events: list[TokenEvent] = []
    one = batch.add(first)
    events += batch.step()
    events += batch.step()
    two = batch.add(second)
    while batch.active:
        events += batch.step()
    for row_id, request in ((one, first), (two, second)):
        alone = generate(model, [request], 1)[0].ids
        assert [event.token_id for event in events if event.row_id == row_id] == alone


def test_a_cancelled_row_leaves_and_the_rest_goes_on(model: Model) -> None:
    requests = [GenerationRequest(_prompt(model, f"question {n}"), GREEDY) for n in range(3)]
    batch = ContinuousBatch(model, 3)
    ids = [batch.add(request) for request in requests]
    events = batch.step()
    batch.cancel(ids[0])
    batch.cancel(ids[0])
    while batch.active:
        events += batch.step()
    assert len([event for event in events if event.row_id == ids[0]]) == 1
    for row_id, request in list(zip(ids, requests, strict=True))[1:]:
        expected = generate(model, [request], 1)[0].ids
        assert [event.token_id for event in events if event.row_id == row_id] == expected


def test_a_seed_gives_the_same_sample_again_and_another_seed_another(model: Model) -> None:
    def sample(seed: int) -> list[int]:
        params = SamplingParams(max_tokens=8, temperature=1.0, top_p=0.95, seed=seed)
        return generate(model, [GenerationRequest(_prompt(model, "x"), params)], 1)[0].ids

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)


def test_a_tiny_nucleus_is_greedy(model: Model) -> None:
    request = GenerationRequest(_prompt(model, "x"), SamplingParams(max_tokens=6, top_p=1e-6, seed=3))
    greedy = GenerationRequest(_prompt(model, "x"), SamplingParams(max_tokens=6, temperature=0))
    assert generate(model, [request], 1)[0].ids == generate(model, [greedy], 1)[0].ids


def test_sampling_follows_the_models_distribution() -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0, -50.0]]).repeat(4000, 1)
    points = [Random(number).random() for number in range(4000)]
    picks = draw(logits, [1.0] * 4000, [1.0] * 4000, points)
    shares = torch.bincount(picks, minlength=4) / 4000
    assert torch.allclose(shares, logits[0].softmax(0), atol=0.03)


def test_rows_that_are_drawn_and_rows_that_are_not_stand_in_one_batch() -> None:
    logits = torch.tensor([[0.0, 9.0, 1.0], [0.0, 9.0, 1.0], [5.0, 5.1, -90.0]])
    assert draw(logits, [0.0, 0.5, 1.0], [1.0, 1.0, 0.4], [0.0, 0.5, 0.99]).tolist() == [1, 1, 1]


def test_rows_after_one_context_share_it_and_are_decoded_as_they_would_be_alone(
    model: Model, corpus: CorpusText, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two contexts one is shared by many rows, one too small a group for that; one row has none."""
    contexts = [tuple(model.chat.encode_context(text)) for text in (corpus.text[:400], corpus.text[400:600])]
    prefilled: list[int] = []
    real = Model.prefill

    def counted(self: Model, ids: tuple[int, ...]) -> PrefixKV:
        prefilled.append(len(ids))
        return real(self, ids)

    monkeypatch.setattr(Model, "prefill", counted)
    requests = [
        GenerationRequest(
            _prompt(model, f"question {number}" + " and more" * (number % 3)),
            SamplingParams(max_tokens=2 + number % 5, temperature=0, top_logprobs=3),
            context_ids=contexts[1] if number % 5 == 4 else contexts[0],
        )
        for number in range(12)
    ]
    requests.append(GenerationRequest(_prompt(model, "alone", with_cartridge=False), GREEDY))
    rows = generate(model, requests, max_rows=7)
    assert sorted(prefilled) == sorted(len(ids) for ids in contexts)
    for row, request in zip(rows, requests, strict=True):
        expected = _greedy_by_hand(
            model, list(request.context_ids), request.prompt_ids, request.sampling.max_tokens
        )
        assert row.ids == expected


def test_a_long_prompt_stands_after_its_shared_context_too(model: Model, corpus: CorpusText) -> None:
    context = tuple(model.chat.encode_context(corpus.text[:200]))
    prompt = tuple(model.chat.encode(corpus.text))[:300]
    requests = [
        GenerationRequest(prompt[number:], SamplingParams(3, temperature=0), context_ids=context)
        for number in range(4)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cartridge_core.generation.PREFILL_TOKENS", 64)
        patch.setattr("cartridge_core.models.transformer.PREFILL_TOKENS", 64)
        rows = generate(model, requests, max_rows=4)
    for row, request in zip(rows, requests, strict=True):
        assert row.ids == _greedy_by_hand(model, list(context), request.prompt_ids, 3)


def test_log_probabilities_are_the_models(model: Model) -> None:
    prompt = _prompt(model, "How many beds?")
    params = SamplingParams(max_tokens=1, temperature=0, top_logprobs=5)
    batch = ContinuousBatch(model, 1)
    batch.add(GenerationRequest(prompt, params))
    (event,) = batch.step()
    hidden = model.forward(torch.tensor([prompt]), torch.arange(len(prompt))[None])
    expected = model.logits(hidden[0, -1]).log_softmax(-1).topk(5)
    assert [token for token, _ in event.top] == expected.indices.tolist()
    assert [value for _, value in event.top] == pytest.approx(expected.values.tolist(), abs=1e-4)
    assert event.logprob == pytest.approx(float(expected.values[0]), abs=1e-4)


def test_a_prompt_longer_than_the_window_is_refused_with_numbers(model: Model) -> None:
    batch = ContinuousBatch(model, 1)
    with pytest.raises(PromptTooLongError, match="512"):
        batch.add(GenerationRequest((5,) * 510, GREEDY))


def _pushed(model: Model, text: str, stop: tuple[str, ...] = ()) -> tuple[list[str], TextStream]:
    stream = TextStream(model.chat.decode, stop)
    pieces = [
        stream.push(token)
        for token in itertools.takewhile(lambda _: not stream.stopped, model.chat.encode(text))
    ]
    return pieces, stream


@pytest.mark.parametrize("text", ["Ward 3 has 11 beds.", "naïve 日本語 🙂🙃 done", "  two  spaces\n\nlines"])
def test_streamed_text_is_the_text_and_never_half_a_character(model: Model, text: str) -> None:
    pieces, stream = _pushed(model, text)
    assert "".join(pieces) + stream.flush() == text
    assert all("\ufffd" not in piece for piece in pieces)


def test_nothing_of_a_stop_string_gets_out(model: Model) -> None:
    pieces, stream = _pushed(model, "The answer is 42. END of it", stop=(" END of",))
    assert stream.stopped
    assert "".join(pieces) + stream.flush() == "The answer is 42."


def test_what_only_looked_like_a_stop_string_is_given_out(model: Model) -> None:
    pieces, stream = _pushed(model, "The END", stop=(" END of",))
    assert "".join(pieces) + stream.flush() == "The END"
