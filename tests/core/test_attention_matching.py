"""Closed-form initialisation keeps what is attended to, and its values stand for what is left out."""

import pytest
import torch

from cartridge_core.artifact import check_tensors
from cartridge_core.attention_matching import compact, reference_queries
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.initialization import initialize, parts_to_read
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import Recipe


def _nothing() -> None:
    return


@pytest.fixture(scope="module")
def prefix(model: Model, corpus: CorpusText) -> PrefixKV:
    return model.prefill(model.chat.encode_context(corpus.text)[:200])


@pytest.fixture(scope="module")
def queries(model: Model, prefix: PrefixKV) -> list[torch.Tensor]:
    rows = [torch.tensor(model.chat.encode(f"How many beds has ward {number}?")) for number in range(9)]
    return reference_queries(model, prefix, rows, _nothing)


@pytest.fixture
def matching(recipe: Recipe) -> Recipe:
    return Recipe.model_validate(
        recipe.model_dump() | {"initialization": {"kind": "attention_matching", "reference_rows": 24}}
    )


def test_reference_queries_are_those_of_the_model_at_real_places(model: Model, prefix: PrefixKV) -> None:
    short, long = (torch.tensor(model.chat.encode(text)) for text in ("Ward 3?", "Who leads ward 4 today?"))
    together = reference_queries(model, prefix, [short, long], _nothing)
    alone = [reference_queries(model, prefix, [row], _nothing) for row in (short, long)]
    group = model.config.heads // model.config.kv_heads
    for layer, queries in enumerate(together):
        assert queries.shape[1] == (len(short) + len(long)) * group
        apart = torch.cat([queries[layer] for queries in alone], dim=1)
        assert torch.allclose(queries.sort(dim=1).values, apart.sort(dim=1).values, atol=1e-4)


def test_keeping_every_column_changes_nothing(prefix: PrefixKV, queries: list[torch.Tensor]) -> None:
    keys, values, columns = compact(prefix, queries, prefix.tokens, 1e-3, _nothing)
    assert torch.equal(keys, torch.stack(prefix.keys))
    assert torch.allclose(values, torch.stack(prefix.values), atol=1e-4)
    assert torch.equal(columns[0, 0], torch.arange(prefix.tokens))


def test_solved_values_give_the_attention_output_better_than_the_models_own(
    prefix: PrefixKV, queries: list[torch.Tensor]
) -> None:
    keys, values, columns = compact(prefix, queries, 24, 1e-3, _nothing)
    for layer, layer_queries in enumerate(queries):
        for head, some in enumerate(layer_queries):
            kept = columns[layer, head]
            whole = (some @ prefix.keys[layer][head].T).softmax(-1) @ prefix.values[layer][head]
            few = (some @ keys[layer, head].T).softmax(-1)
            solved = (few @ values[layer, head] - whole).norm()
            own = (few @ prefix.values[layer][head][kept] - whole).norm()
            assert solved < own
            assert kept[0] == 0
            assert bool((kept.diff() > 0).all())


def test_the_columns_that_receive_most_attention_are_kept(prefix: PrefixKV) -> None:
    wanted = [3, 50, 120]
    heads = []
    for keys in prefix.keys[0]:
        heads.append(torch.stack([keys[place] * 40 / keys[place].norm() for place in wanted]))
    pointed = [torch.stack(heads)] * len(prefix.keys)
    _, _, columns = compact(prefix, pointed, 8, 1e-3, _nothing)
    attention = (pointed[0][0] @ prefix.keys[0][0].T).softmax(-1).square().mean(0)
    best = attention[1:].topk(7).indices + 1
    assert set(columns[0, 0].tolist()) == {0, *best.tolist()}


def test_a_matched_cartridge_stands_at_the_corpuss_positions(
    model: Model, corpus: CorpusText, matching: Recipe
) -> None:
    text = corpus.text[:800]
    cartridge = initialize(model, text, "d", matching)
    check_tensors(cartridge)
    context = model.chat.encode_context(text)
    assert cartridge.header.next_position == len(context)
    assert cartridge.header.key_positions[0] == 0
    assert list(cartridge.header.key_positions) == sorted(cartridge.header.key_positions)
    assert cartridge.header.key_positions[-1] < len(context)
    sink = model.prefill(context[:1])
    assert torch.allclose(cartridge.keys[:, :, :1], torch.stack(sink.keys), atol=1e-5)
    again = initialize(model, text, "d", matching)
    assert torch.equal(cartridge.keys, again.keys)


def test_a_corpus_longer_than_the_window_is_compacted_in_parts_that_end_together(
    model: Model, corpus: CorpusText, matching: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cartridge_core.initialization._ROOM_BEHIND", 1 - 160 / model.config.context_length)
    cartridge = initialize(model, corpus.text, "d", matching)
    check_tensors(cartridge)
    assert cartridge.tokens == 32
    assert cartridge.header.next_position <= 160
    assert min(cartridge.header.key_positions) >= 0
    assert max(cartridge.header.key_positions) < cartridge.header.next_position


def test_a_text_shorter_than_the_cartridge_is_refused_with_the_numbers(
    model: Model, matching: Recipe
) -> None:
    with pytest.raises(CorpusTooShortError, match="32"):
        initialize(model, "Too short.", "d", matching)


def test_initialisation_can_be_stopped_between_its_parts(
    model: Model, corpus: CorpusText, matching: Recipe
) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        initialize(model, corpus.text[:600], "d", matching, between=stop)


def test_of_a_corpus_of_many_parts_some_from_all_over_are_read_and_enough_for_the_columns() -> None:
    assert parts_to_read([1000] * 3, 150) == [0, 1, 2]
    assert parts_to_read([1000] * 100, 150) == [0, 25, 50, 75]
    assert len(parts_to_read([1000] * 100, 2500)) == 8
    assert parts_to_read([1000] * 5, 4000) == [0, 1, 2, 3, 4]
