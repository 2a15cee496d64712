"""A corpus's preview: its KV compacted in closed form, window by window, without training.

Attention matching (arXiv 2602.16284) on corpora of any length. Windows of the text are prefilled one at a time, each
with a little of the text before it; of each the columns stay that queries about its own text attend to most, with values
fitted by ridge least squares so that attending to the few gives what attending to the window gave. All that stays is
moved to end where the prompt starts, as composed cartridges are, and stands before a prompt together.

Windows are short: small models read a few hundred tokens far better than their whole context, and a window that the
model does not understand leaves nothing worth keeping. Fitting values once over everything that stays, with the queries of
all windows, was tried: with a strong ridge it is no better, with a weak one much worse, for what it finds to cancel other
windows out holds for its own queries alone.

How much that is worth differs between corpora, so it is measured: short questions with options, read off the corpus's
own words and kept from the fit, asked with nothing in view, with their window in view, and with the preview.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from cartridge_core.artifact import Cartridge, CartridgeHeader
from cartridge_core.attention_matching import reference_queries
from cartridge_core.chunking import chunk_text
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.initialization import shares
from cartridge_core.models import Model, PrefixKV
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_core.question_scoring import QuestionScore, question_scores
from cartridge_core.recipe import EvaluationQuestion
from cartridge_core.recitation import Fact, facts_of, recite
from cartridge_core.rotation import move_keys

_OPTIONS = 4
_CHUNK_MIN, _CHUNK_MAX = 32, 256
# The last window takes what is left where that is less than this share of a window.
_REST = 1 / 4
# A preview takes this part of the model's context at most, a window and the rows behind it twice as much.
_CONTEXT_SHARE = 4


@dataclass(frozen=True)
class Window:
    """A piece of the text and the end of what stands before it, which is in view while the piece is read."""

    before: str
    text: str


@dataclass(frozen=True)
class Reading:
    """The windows that are read, how many tokens their own texts have together, and how many the corpus has."""

    windows: tuple[Window, ...]
    read_tokens: int
    corpus_tokens: int


class SystemScores(BaseModel):
    """One way to give the model the corpus: nats an answer token, and the right option among all of them."""

    model_config = ConfigDict(frozen=True)

    log_perplexity: float
    option_probability: float
    option_accuracy: float


class PreviewQuality(BaseModel):
    """Nothing in view, the question's own window in view, and the preview, on the same held-out questions.

    The gaps closed say how much of the way from the first to the second the third comes, cut to 0..1: in
    log-perplexity, and in the right option's probability. None where the text in view is of no use itself.
    """

    model_config = ConfigDict(frozen=True)

    questions: int
    none: SystemScores
    in_view: SystemScores
    preview: SystemScores
    gap_closed: float | None
    gap_closed_options: float | None


@dataclass(frozen=True)
class Preview:
    """An untrained cartridge, what of the corpus was read for it, and what it is worth (None: nothing to ask about)."""

    cartridge: Cartridge
    read_tokens: int
    corpus_tokens: int
    quality: PreviewQuality | None


@dataclass(frozen=True)
class _View:
    """A window in view: the columns `begin .. end` of its prefix are its own text's; rows about it.

    What frames the text is kept of the first window alone: many ends of a message before a prompt end the answer.
    """

    prefix: PrefixKV
    begin: int
    end: int
    rows: Sequence[Tensor]
    is_first: bool


@dataclass(frozen=True)
class _Kept:
    """What one window leaves: `keys`, `values` `[layers, kv_heads, p_w, head_dim]`, fp32 on the CPU.

    Keys, and the columns' `places` `[p_w]`, stand where the prompt starts at position 0.
    """

    keys: Tensor
    values: Tensor
    places: tuple[int, ...]


@torch.no_grad()
def make_preview(
    model: Model,
    corpus_text: str,
    corpus_digest: str,
    recipe: PreviewRecipe,
    *,
    on_window: Callable[[int, int], None] = lambda done, windows: None,
) -> Preview:
    """A preview of at most `recipe.cartridge_tokens` positions, fp32, and what it is worth.

    `on_window` is told how many of how many windows are read, before each and in between; it may raise to stop.
    Raises `CorpusTooShortError` for a corpus without text.
    """
    reading = plan(model, corpus_text, recipe)
    lengths = [len(model.chat.encode(window.text)) for window in reading.windows]
    tokens = min(recipe.positions(reading.corpus_tokens), model.config.context_length // _CONTEXT_SHARE)
    facts = [_facts(model, window, f"{recipe.seed}/{index}") for index, window in enumerate(reading.windows)]
    questions = _questions(facts, recipe)
    kept, in_view = [], []
    for index, (window, count) in enumerate(zip(reading.windows, shares(lengths, tokens), strict=True)):

        def between(index: int = index) -> None:
            on_window(index, len(reading.windows))

        between()
        prefix = model.prefill(model.chat.encode_context(window.before + window.text))
        if questions[index]:
            in_view += question_scores(model, prefix, questions[index])
        asked = {question.question for question in questions[index]}
        rows = _rows(model, window, facts[index], asked, max(1, recipe.reference_rows // len(lengths)))
        view = _View(prefix, *own_columns(model, window, prefix.tokens), rows, index == 0)
        kept.append(_keep(model, view, count, recipe.ridge, between))
    on_window(len(lengths), len(lengths))
    cartridge = _join(model, kept, corpus_digest, recipe)
    all_questions = [question for some in questions for question in some]
    quality = _measure(
        model, cartridge.cast(model.stored_dtype).as_prefix(model.dtype), all_questions, in_view
    )
    return Preview(cartridge, reading.read_tokens, reading.corpus_tokens, quality)


def plan(model: Model, corpus_text: str, recipe: PreviewRecipe) -> Reading:
    """The windows to read: all of the corpus, or as much as the recipe allows, in pieces spread over it.

    They end at paragraphs where there are some, and leave room in the model's context for the rows behind them.
    Raises `CorpusTooShortError` for a corpus without text.
    """
    ids, places = model.chat.encode_with_places(corpus_text)
    if not corpus_text.strip() or not ids:
        raise CorpusTooShortError("the corpus holds no text to make a preview of")
    room = 2 * model.config.context_length // _CONTEXT_SHARE
    size = min(recipe.window_tokens, room)
    cuts = [*_cuts(corpus_text, places, size), len(ids)]
    spans = list(zip([0, *cuts[:-1]], cuts, strict=True))
    most = max(1, recipe.read_tokens // size)
    if len(spans) > most:
        spans = [spans[int((place + 0.5) * len(spans) / most)] for place in range(most)]
    windows = []
    for begin, end in spans:
        first = max(0, begin - min(recipe.overlap_tokens, room // 4))
        at, until = places[begin][0], places[end - 1][1]
        windows.append(Window(corpus_text[places[first][0] : at], corpus_text[at:until]))
    return Reading(tuple(windows), sum(end - begin for begin, end in spans), len(ids))


def _cuts(text: str, places: Sequence[tuple[int, int]], size: int) -> Iterator[int]:
    """The tokens before which a new window begins."""
    begin = 0
    while len(places) - begin > size * (1 + _REST):
        end = begin + size
        last, first = places[end - 1][1], places[begin + size // 2][0]
        paragraph = text.rfind("\n\n", first, last)
        cut = paragraph if paragraph >= 0 else text.rfind(". ", first, last) + 1
        if cut > first:
            end = next(index for index in range(end, begin, -1) if places[index - 1][1] <= cut)
        yield end
        begin = end


def _facts(model: Model, window: Window, seed: str) -> list[Fact]:
    """What can be asked about a window's own text, in an order drawn by `seed`."""
    chunks = chunk_text(window.text, model.chat, _CHUNK_MIN, _CHUNK_MAX, one_paragraph=True)
    facts = [fact for chunk in chunks for fact in facts_of(chunk.index, chunk.text)]
    random.Random(f"{seed}/facts").shuffle(facts)
    return facts


def _rows(model: Model, window: Window, facts: Sequence[Fact], asked: set[str], count: int) -> list[Tensor]:
    """Questions about a window with their answers, as token ids, none of them among those `asked` to measure."""
    rng = random.Random(f"{len(facts)}/rows")
    rows: list[Tensor] = []
    for fact in facts:
        said = recite(fact, rng)
        if said.question in asked:
            continue
        question, answer = model.chat.encode_turn(said.question, said.answer)
        rows.append(torch.tensor(question + answer))
        if len(rows) == count:
            break
    # A text without a sentence still has words: its own beginning is then the row.
    return rows or [torch.tensor(model.chat.encode(window.text)[:_CHUNK_MAX])]


def _questions(facts: Sequence[Sequence[Fact]], recipe: PreviewRecipe) -> list[list[EvaluationQuestion]]:
    """For each window the questions that measure it: a name or a number left out, among others of the corpus."""
    rng = random.Random(f"{recipe.seed}/questions")
    spans = [[fact for fact in some if fact.span is not None] for some in facts]
    answers: dict[bool, list[str]] = {True: [], False: []}
    for fact in (fact for some in spans for fact in some):
        answers[_is_number(fact)].append(fact.answer)
    choices = {kind: sorted(set(found)) for kind, found in answers.items()}
    made: list[list[EvaluationQuestion]] = [[] for _ in facts]
    left = recipe.measured_questions
    # In turn from every window, so that a few questions tell of all of the corpus.
    for turn in range(max(map(len, spans), default=0)):
        for index, some in enumerate(spans):
            if left == 0 or turn >= len(some):
                continue
            fact = some[turn]
            others = [other for other in choices[_is_number(fact)] if other != fact.answer]
            said = recite(fact, rng)
            if len(others) < _OPTIONS - 1 or said.answer.rstrip(".") != _as_said(fact):
                continue
            options = tuple(_reply(other) for other in rng.sample(others, _OPTIONS - 1))
            made[index].append(
                EvaluationQuestion(question=said.question, answer=said.answer, distractors=options)
            )
            left -= 1
    return made


def _is_number(fact: Fact) -> bool:
    return fact.answer[0].isdigit()


def _as_said(fact: Fact) -> str:
    return _reply(fact.answer).rstrip(".")


def _reply(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}{'' if words[-1] in '.!?' else '.'}"


def own_columns(model: Model, window: Window, tokens: int) -> tuple[int, int]:
    """Between which of a window's columns its own text stands, without what the context form puts around it."""
    one, other = model.chat.encode_context("a"), model.chat.encode_context("b")
    tail = next(index for index, (x, y) in enumerate(zip(one[::-1], other[::-1], strict=False)) if x != y)
    end = tokens - tail
    return max(1, end - len(model.chat.encode(window.text))), end


def _keep(model: Model, view: _View, count: int, ridge: float, between: Callable[[], None]) -> _Kept:
    """The `count` columns of a window's own text that the rows' queries attend to most, in mean squares.

    Their values stand for all columns of the window, as far as these queries tell.

    The first window also gives the sink, which stands once, before all.
    """
    prefix = view.prefix
    queries = reference_queries(model, prefix, view.rows, between)
    keys, values, columns = [], [], []
    for layer_keys, layer_values, layer_queries in zip(prefix.keys, prefix.values, queries, strict=True):
        between()
        all_keys, all_values = layer_keys.float(), layer_values.float()
        attention = (layer_queries @ all_keys.transpose(1, 2)).softmax(dim=-1)  # [kv_heads, m, n]
        received = attention.square().mean(dim=1)  # [kv_heads, n]
        if view.is_first:
            received[:, 0] = float("inf")
        else:
            received[:, : view.begin] = received[:, view.end :] = -1.0
        kept = received.topk(count, dim=-1).indices.sort(dim=-1).values
        at = kept[..., None].expand(-1, -1, all_keys.shape[-1])
        few_keys, few_values = all_keys.gather(1, at), all_values.gather(1, at)
        keys.append(few_keys)
        values.append(_fit(few_keys, few_values, layer_queries, attention @ all_values, ridge))
        columns.append(kept)
    back = -prefix.next_position
    median = torch.stack(columns).flatten(0, 1).median(dim=0).values
    return _Kept(
        move_keys(torch.stack(keys), back, model.rope.inverse_frequencies).cpu(),
        torch.stack(values).cpu(),
        tuple(int(place) + back for place in median),
    )


def _fit(keys: Tensor, values: Tensor, queries: Tensor, outputs: Tensor, ridge: float) -> Tensor:
    """Values `[kv_heads, p, head_dim]` with which attention gives `queries` their `outputs` `[kv_heads, m, head_dim]`."""
    weights = (queries @ keys.transpose(1, 2)).softmax(dim=-1)  # [kv_heads, m, p]
    # Solved for the difference to the columns' own values, so that columns hardly attended to keep theirs.
    gram = weights.transpose(1, 2) @ weights
    diagonal = gram.diagonal(dim1=-2, dim2=-1)
    diagonal += ridge * diagonal.mean(dim=-1, keepdim=True)
    missing = weights.transpose(1, 2) @ (outputs - weights @ values)
    change: Tensor = torch.linalg.solve(gram.double(), missing.double())
    return values + change.float()


def _measure(
    model: Model, prefix: PrefixKV, questions: Sequence[EvaluationQuestion], in_view: Sequence[QuestionScore]
) -> PreviewQuality | None:
    if not questions:
        return None
    none = _scores(question_scores(model, None, questions))
    text, preview = _scores(in_view), _scores(question_scores(model, prefix, questions))
    return PreviewQuality(
        questions=len(questions),
        none=none,
        in_view=text,
        preview=preview,
        gap_closed=_share(-none.log_perplexity, -text.log_perplexity, -preview.log_perplexity),
        gap_closed_options=_share(
            none.option_probability, text.option_probability, preview.option_probability
        ),
    )


def _scores(scores: Sequence[QuestionScore]) -> SystemScores:
    return SystemScores(
        log_perplexity=sum(s.surprise for s in scores) / sum(s.answer_tokens for s in scores),
        option_probability=sum(s.option_probability or 0.0 for s in scores) / len(scores),
        option_accuracy=sum(bool(s.right) for s in scores) / len(scores),
    )


def _share(none: float, text: float, preview: float) -> float | None:
    """How much of the way from `none` up to `text` `preview` has come."""
    return min(1.0, max(0.0, (preview - none) / (text - none))) if text > none else None


def _join(model: Model, kept: Sequence[_Kept], corpus_digest: str, recipe: PreviewRecipe) -> Cartridge:
    """All that stays as one cartridge, behind whose last column the prompt starts."""
    keys, values = (
        torch.cat([one.keys for one in kept], dim=2),
        torch.cat([one.values for one in kept], dim=2),
    )
    tokens, config = keys.shape[2], model.config
    header = CartridgeHeader(
        model=model.identity,
        tokens=tokens,
        layers=config.layers,
        kv_heads=config.kv_heads,
        head_dim=config.head_dim,
        dtype="float32",
        key_positions=tuple(place + tokens for one in kept for place in one.places),
        next_position=tokens,
        frozen_tokens=1,
        corpus_digest=corpus_digest,
        recipe=recipe.dump(),
    )
    return Cartridge(header, move_keys(keys, tokens, model.rope.inverse_frequencies.cpu()), values)
