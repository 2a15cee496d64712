"""Composition: one sink, whole pages, and every cartridge as far before the prompt as it was trained."""

import dataclasses

import pytest
import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.composition import at_own_end, compose, lay_out
from cartridge_core.corpus import CorpusText
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import Recipe
from cartridge_core.rotation import move_keys

PROMPT = list(range(300, 312))


@pytest.fixture(scope="module")
def short(model: Model, corpus: CorpusText) -> Cartridge:
    return initialize(
        model,
        corpus.text,
        corpus.digest,
        Recipe.model_validate({"cartridge_tokens": 24, "initialization": {"kind": "first_tokens"}}),
    )


@pytest.fixture(scope="module")
def long(model: Model, corpus: CorpusText) -> Cartridge:
    return initialize(
        model,
        corpus.text,
        "d",
        Recipe.model_validate({"cartridge_tokens": 40, "initialization": {"kind": "first_tokens"}}),
    )


@pytest.fixture(scope="module")
def far(model: Model, corpus: CorpusText) -> Cartridge:
    """A cartridge whose keys kept the places of a text of 200 tokens."""
    text = model.prefill(model.chat.encode_context(corpus.text)[:200])
    picked = [0, *range(3, 200, 13)]
    header = initialize(
        model,
        corpus.text,
        "d",
        Recipe.model_validate({"cartridge_tokens": 17, "initialization": {"kind": "first_tokens"}}),
    ).header
    header = header.model_copy(
        update={"tokens": len(picked), "key_positions": tuple(picked), "next_position": 200}
    )
    return Cartridge(header, torch.stack(text.keys)[:, :, picked], torch.stack(text.values)[:, :, picked])


def _answer(model: Model, prefix: PrefixKV) -> torch.Tensor:
    positions = torch.arange(prefix.next_position, prefix.next_position + len(PROMPT))[None]
    return model.logits(model.forward(torch.tensor([PROMPT]), positions, prefix=prefix))


def _composed(model: Model, *cartridges: Cartridge, page_size: int = 1) -> PrefixKV:
    prefix = compose(cartridges, model.rope.inverse_frequencies, torch.float32, page_size=page_size)
    assert prefix is not None
    return prefix


def test_no_cartridges_compose_to_nothing(model: Model) -> None:
    assert compose([], model.rope.inverse_frequencies, torch.float32) is None
    assert lay_out([]).tokens == 0


def test_one_cartridge_at_its_own_end_stays_as_it_is(model: Model, short: Cartridge) -> None:
    alone = _composed(model, short)
    assert torch.equal(alone.keys[2], short.keys[2])
    assert alone.next_position == 24


def test_a_frozen_first_token_stands_once_and_the_prompt_behind_all_columns(
    model: Model, short: Cartridge, long: Cartridge
) -> None:
    prefix = _composed(model, short, long)
    assert prefix.tokens == prefix.next_position == 24 + 40 - 1
    free = dataclasses.replace(long, header=long.header.model_copy(update={"frozen_tokens": 0}))
    assert _composed(model, short, free).tokens == 24 + 40


def test_every_cartridge_ends_where_the_prompt_starts(short: Cartridge, long: Cartridge) -> None:
    layout = lay_out([short.header, long.header])
    ends = [
        header.next_position + segment.distance
        for header, segment in zip((short.header, long.header), layout.segments, strict=True)
    ]
    assert ends == [layout.tokens, layout.tokens]


def test_moving_a_cartridge_with_its_prompt_changes_no_logit(model: Model, far: Cartridge) -> None:
    trained = _answer(model, far.as_prefix(torch.float32))
    moved = _composed(model, far)
    assert moved.next_position == far.tokens
    assert (_answer(model, moved) - trained).abs().max() < 1e-4
    unmoved = PrefixKV(far.as_prefix(torch.float32).keys, moved.values, far.tokens)
    assert (_answer(model, unmoved) - trained).abs().max() > 1e-2


def test_the_published_place_of_a_cartridge_moves_nothing_when_served(model: Model, far: Cartridge) -> None:
    placed = at_own_end(far, model.rope.inverse_frequencies)
    assert lay_out([placed.header]).segments[0].distance == 0
    assert placed.header.key_positions == tuple(p - 200 + far.tokens for p in far.header.key_positions)
    assert torch.equal(_composed(model, placed).keys[0], _composed(model, far).keys[0])


def test_a_keys_way_there_and_back_leads_home(model: Model, far: Cartridge) -> None:
    frequencies = model.rope.inverse_frequencies
    there = move_keys(far.keys, -5000, frequencies)
    assert (there - far.keys).abs().max() > 0.1
    assert (move_keys(there, 5000, frequencies) - far.keys).abs().max() < 1e-5


@pytest.mark.parametrize(("page_size", "tokens"), [(1, 63), (16, 64), (64, 64), (128, 128)])
def test_prefixes_fill_whole_pages_with_columns_of_zeros(
    model: Model, short: Cartridge, long: Cartridge, page_size: int, tokens: int
) -> None:
    prefix = _composed(model, short, long, page_size=page_size)
    assert prefix.tokens == prefix.next_position == tokens
    assert not prefix.keys[0][:, 63:].any()
    assert not prefix.values[0][:, 63:].any()


def test_order_names_who_keeps_the_sink(model: Model, short: Cartridge, far: Cartridge) -> None:
    assert _composed(model, short, far).tokens == _composed(model, far, short).tokens
    first = _composed(model, short, far).keys[0][:, 0]
    other = _composed(model, far, short).keys[0][:, 0]
    assert not torch.allclose(first, other)
