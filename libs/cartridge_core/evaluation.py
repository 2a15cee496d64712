"""How good a cartridge is: held-out conversations and questions, against no context and full in-context learning."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from cartridge_core.artifact import Cartridge
from cartridge_core.conversation_scoring import ConversationScores, score_conversations
from cartridge_core.conversations import Conversation
from cartridge_core.models import Model, PrefixKV
from cartridge_core.question_scoring import question_scores
from cartridge_core.recipe import EvaluationQuestion, TrainingSettings
from cartridge_core.unrelated import UnrelatedEffect, measure_unrelated

# Room that the window must leave after the corpus for the longest row.
_MIN_WINDOW_LEFT = 64


class QuestionScores(BaseModel):
    """Over questions with known answers: nats per answer token, and the right option among all of them."""

    model_config = ConfigDict(frozen=True)

    log_perplexity: float
    option_probability: float | None
    option_accuracy: float | None


class SystemReport(BaseModel):
    """One way to give the model the corpus: what it scores and the KV bytes that it holds."""

    model_config = ConfigDict(frozen=True)

    kv_tokens: int
    kv_bytes: int
    conversations: ConversationScores
    questions: QuestionScores | None


class QualityReport(BaseModel):
    """No context, in-context learning and the cartridge side by side.

    `gap_closed` is the share of the log-perplexity gap between no context and ICL that the cartridge closes on
    held-out conversations, cut to 0..1 (`gap_closed_uncut` is not); None where ICL is no better than no context.
    `unrelated` is None in reports written before it was measured.
    """

    model_config = ConfigDict(frozen=True)

    held_out_conversations: int
    questions: int
    icl_truncated: bool
    none: SystemReport
    icl: SystemReport
    cartridge: SystemReport
    gap_closed: float | None
    gap_closed_uncut: float | None
    gap_closed_questions: float | None
    gap_closed_options: float | None
    kv_ratio: float
    unrelated: UnrelatedEffect | None = None


class Baselines(BaseModel):
    """What a cartridge is compared with, known before it is trained: no context, and ICL.

    `icl_truncated`: the window holds only a beginning of the corpus.
    """

    model_config = ConfigDict(frozen=True)

    icl_truncated: bool
    none: SystemReport
    icl: SystemReport


@dataclass(frozen=True)
class _System:
    """What stands before a row, and whether rows are rendered to follow a context."""

    prefix: PrefixKV | None
    kv_tokens: int


def measure_baselines(
    model: Model,
    held_out: Sequence[Conversation],
    corpus_text: str,
    questions: Sequence[EvaluationQuestion] = (),
    *,
    training: TrainingSettings | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Baselines:
    """Score no context and ICL: the whole corpus, or as much as the window holds.

    Their loss is the one that `training` minimises; None: with all tokens counting alike. `on_progress` is told the name
    of each system before it is scored.
    """
    longest = max([len(c.prompt_ids) + len(c.answer_ids) for c in held_out] + [_MIN_WINDOW_LEFT])
    room = model.config.context_length - longest
    context = model.chat.encode_context(corpus_text)
    truncated = len(context) > room
    if truncated:
        context = model.chat.encode_context_within(corpus_text, room)
    tell = on_progress or _unheard
    tell("none")
    none = _score(model, _System(None, 0), held_out, questions, training)
    tell("icl")
    icl = _score(model, _System(model.prefill(context), len(context)), held_out, questions, training)
    return Baselines(icl_truncated=truncated, none=none, icl=icl)


def evaluate(
    model: Model,
    cartridge: Cartridge,
    held_out: Sequence[Conversation],
    corpus_text: str,
    questions: Sequence[EvaluationQuestion] = (),
    *,
    training: TrainingSettings | None = None,
    baselines: Baselines | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> QualityReport:
    """Score the cartridge beside no context and ICL, which are measured here unless they are given.

    `training` as for `measure_baselines`. `on_progress` is told the name of each system before it is scored, and
    "unrelated" before unrelated requests are.
    """
    if baselines is None:
        baselines = measure_baselines(
            model, held_out, corpus_text, questions, training=training, on_progress=on_progress
        )
    tell = on_progress or _unheard
    tell("cartridge")
    # As it is published: in the stored dtype, whatever it was trained in.
    prefix = cartridge.cast(model.stored_dtype).as_prefix(model.dtype)
    system = _System(prefix, cartridge.tokens)
    none, icl, ours = baselines.none, baselines.icl, _score(model, system, held_out, questions, training)
    tell("unrelated")
    unrelated = measure_unrelated(model, prefix)
    uncut = _share(
        none.conversations.log_perplexity, icl.conversations.log_perplexity, ours.conversations.log_perplexity
    )
    by_questions = by_options = None
    if none.questions and icl.questions and ours.questions:
        by_questions = _share(
            none.questions.log_perplexity, icl.questions.log_perplexity, ours.questions.log_perplexity
        )
        options = [s.questions.option_probability for s in (none, icl, ours) if s.questions is not None]
        if all(value is not None for value in options):
            by_options = _share(*(-value for value in options if value is not None))
    return QualityReport(
        held_out_conversations=len(held_out),
        questions=len(questions),
        icl_truncated=baselines.icl_truncated,
        none=none,
        icl=icl,
        cartridge=ours,
        gap_closed=_cut(uncut),
        gap_closed_uncut=uncut,
        gap_closed_questions=_cut(by_questions),
        gap_closed_options=_cut(by_options),
        kv_ratio=icl.kv_bytes / ours.kv_bytes,
        unrelated=unrelated,
    )


def _unheard(_: str) -> None:
    """Nobody asked to be told."""


def _score(
    model: Model,
    system: _System,
    held_out: Sequence[Conversation],
    questions: Sequence[EvaluationQuestion],
    training: TrainingSettings | None,
) -> SystemReport:
    return SystemReport(
        kv_tokens=system.kv_tokens,
        kv_bytes=system.kv_tokens * model.stored_kv_bytes_per_token,
        conversations=score_conversations(model, system.prefix, held_out, training),
        questions=score_questions(model, system.prefix, questions) if questions else None,
    )


def score_questions(
    model: Model, prefix: PrefixKV | None, questions: Sequence[EvaluationQuestion]
) -> QuestionScores:
    """Probability of the right answers, and of the right option where distractors are given, over all questions."""
    scores = question_scores(model, prefix, questions)
    with_options = [score for score in scores if score.option_probability is not None]
    return QuestionScores(
        log_perplexity=sum(score.surprise for score in scores) / sum(score.answer_tokens for score in scores),
        option_probability=_mean([score.option_probability for score in with_options]),
        option_accuracy=_mean([score.right for score in with_options]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _share(none: float, icl: float, ours: float) -> float | None:
    """How much of the way from `none` down to `icl` `ours` has come."""
    gap = none - icl
    return (none - ours) / gap if gap > 0 else None


def _cut(share: float | None) -> float | None:
    return None if share is None or math.isnan(share) else min(1.0, max(0.0, share))
