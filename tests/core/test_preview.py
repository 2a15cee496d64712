"""A preview reads a corpus window by window, keeps its own text's columns, and fits their values together."""

import pytest
import torch

from cartridge_core.artifact import check_tensors
from cartridge_core.attention_matching import reference_queries
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.models import Model, PrefixKV
from cartridge_core.preview import Preview, make_preview, own_columns, plan
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_core.rotation import move_keys

SMALL = PreviewRecipe(
    cartridge_tokens=40,
    window_tokens=128,
    overlap_tokens=16,
    reference_rows=24,
    measured_questions=8,
)


def _nothing() -> None:
    return


@pytest.fixture(scope="module")
def preview(model: Model, corpus: CorpusText) -> Preview:
    return make_preview(model, corpus.text, corpus.digest, SMALL)


def test_windows_hold_the_whole_text_once_and_end_at_paragraphs(model: Model, corpus: CorpusText) -> None:
    reading = plan(model, corpus.text, SMALL)
    assert len(reading.windows) > 2
    assert "".join(window.text for window in reading.windows) == corpus.text
    assert all(window.text.startswith("\n\nWard") for window in reading.windows[1:])
    assert reading.read_tokens == reading.corpus_tokens == len(model.chat.encode(corpus.text))


def test_a_window_shows_the_end_of_what_stands_before_it(model: Model, corpus: CorpusText) -> None:
    first, *others = plan(model, corpus.text, SMALL).windows
    assert first.before == ""
    for window in others:
        assert corpus.text.find(window.before + window.text) > 0
        assert len(model.chat.encode(window.before)) == pytest.approx(SMALL.overlap_tokens, abs=2)


def test_of_a_corpus_too_long_to_read_pieces_from_all_over_are_read(model: Model, corpus: CorpusText) -> None:
    whole = plan(model, corpus.text, SMALL)
    reading = plan(model, corpus.text, SMALL.model_copy(update={"read_tokens": 256}))
    assert len(reading.windows) == 2
    assert reading.read_tokens <= 256 < reading.corpus_tokens == whole.corpus_tokens
    first, last = (whole.windows.index(window) for window in reading.windows)
    assert first < len(whole.windows) / 2 <= last


@pytest.mark.parametrize("text", ["", " \n\n "])
def test_a_corpus_without_text_has_no_preview(model: Model, text: str) -> None:
    with pytest.raises(CorpusTooShortError, match="no text"):
        make_preview(model, text, "", SMALL)


def test_a_text_without_paragraphs_or_sentences_has_a_preview_that_nothing_measures(model: Model) -> None:
    made = make_preview(model, "word " * 300, "", SMALL)
    check_tensors(made.cartridge)
    assert made.quality is None


def test_a_small_corpus_gets_fewer_positions() -> None:
    recipe = PreviewRecipe()
    assert recipe.positions(600) == 100
    assert recipe.positions(1) == 2
    assert recipe.positions(10**6) == recipe.cartridge_tokens


def test_a_preview_stands_where_a_published_cartridge_does(preview: Preview) -> None:
    cartridge = preview.cartridge
    check_tensors(cartridge)
    assert cartridge.tokens == cartridge.header.next_position == 40
    assert cartridge.header.frozen_tokens == 1
    assert max(cartridge.header.key_positions) < 40


def test_the_sink_of_the_first_window_stands_before_all(
    preview: Preview, model: Model, corpus: CorpusText
) -> None:
    window = plan(model, corpus.text, SMALL).windows[0]
    prefix = model.prefill(model.chat.encode_context(window.text))
    distance = preview.cartridge.tokens - prefix.next_position
    sink = move_keys(torch.stack(prefix.keys)[:, :, 0], distance, model.rope.inverse_frequencies)
    assert torch.allclose(preview.cartridge.keys[:, :, 0], sink, atol=1e-5)


def test_a_windows_own_columns_are_those_of_its_text(model: Model, corpus: CorpusText) -> None:
    """Neither what frames it nor the text before it: ends of messages before a prompt would end the answer."""
    windows = plan(model, corpus.text, SMALL).windows
    window = windows[1]
    prefix = model.prefill(model.chat.encode_context(window.before + window.text))
    begin, end = own_columns(model, window, prefix.tokens)
    assert model.chat.encode_context(window.before + window.text)[begin:end] == model.chat.encode(window.text)


def test_fitted_values_stand_for_the_whole_window(model: Model, corpus: CorpusText) -> None:
    """Attending to what stays of a text gives what attending to all of it gave, nearer than the model's own values."""
    one = SMALL.model_copy(update={"window_tokens": 512, "ridge": 1e-3})
    kept = make_preview(model, corpus.text, corpus.digest, one).cartridge
    as_they_were = make_preview(model, corpus.text, "", one.model_copy(update={"ridge": 1e3})).cartridge
    assert torch.equal(as_they_were.keys, kept.keys)
    prefix = model.prefill(model.chat.encode_context(corpus.text))
    rows = [torch.tensor(model.chat.encode(f"How many beds has ward {ward}?")) for ward in range(1, 13)]
    errors = {"fitted": 0.0, "own": 0.0}
    for layer, queries in enumerate(reference_queries(model, prefix, rows, _nothing)):
        wanted = _attended(prefix, layer, queries)
        moved = move_keys(queries, kept.tokens - prefix.next_position, model.rope.inverse_frequencies)
        for name, cartridge in (("fitted", kept), ("own", as_they_were)):
            given = _attended(cartridge.as_prefix(torch.float32), layer, moved)
            errors[name] += float((given - wanted).square().mean())
    assert errors["fitted"] < 0.9 * errors["own"]


def _attended(prefix: PrefixKV, layer: int, queries: torch.Tensor) -> torch.Tensor:
    return (queries @ prefix.keys[layer].transpose(1, 2)).softmax(dim=-1) @ prefix.values[layer]


def test_a_preview_is_measured_on_questions_that_it_was_not_made_for(preview: Preview) -> None:
    quality = preview.quality
    assert quality is not None
    assert quality.questions == SMALL.measured_questions
    for scores in (quality.none, quality.in_view, quality.preview):
        assert 0 < scores.option_probability < 1
        assert scores.log_perplexity > 0
    for share in (quality.gap_closed, quality.gap_closed_options):
        assert share is None or 0 <= share <= 1


def test_the_same_recipe_makes_the_same_preview(preview: Preview, model: Model, corpus: CorpusText) -> None:
    again = make_preview(model, corpus.text, corpus.digest, SMALL)
    assert torch.equal(again.cartridge.keys, preview.cartridge.keys)
    assert torch.equal(again.cartridge.values, preview.cartridge.values)
    assert again.quality == preview.quality


def test_whoever_waits_hears_of_every_window_and_may_stop(model: Model, corpus: CorpusText) -> None:
    heard: list[tuple[int, int]] = []
    make_preview(model, corpus.text, "", SMALL, on_window=lambda done, all_: heard.append((done, all_)))
    windows = len(plan(model, corpus.text, SMALL).windows)
    assert sorted({done for done, _ in heard}) == list(range(windows + 1))

    def stop(done: int, windows: int) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        make_preview(model, corpus.text, "", SMALL, on_window=stop)
