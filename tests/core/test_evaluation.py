"""The report measures what it says: references that must come out exactly, and shares that cannot flatter."""

from dataclasses import replace

import pytest
import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.batching import conversation_row, pack
from cartridge_core.chunking import chunk_text
from cartridge_core.conversation_scoring import score_conversations
from cartridge_core.conversations import Conversation
from cartridge_core.corpus import CorpusText
from cartridge_core.distillation import sparse_cross_entropy
from cartridge_core.evaluation import (
    _cut,
    _share,
    evaluate,
    measure_baselines,
    score_questions,
)
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.question_scoring import question_scores
from cartridge_core.recipe import EvaluationQuestion, LossWeighting, Recipe
from cartridge_core.self_study import SelfStudy
from cartridge_core.training_rows import conversation_rows

QUESTIONS = (
    EvaluationQuestion(question="How many beds has ward 3?", answer="11", distractors=("14", "17", "20")),
    EvaluationQuestion(question="Who is head nurse of ward 2?", answer="Nurse B"),
)


@pytest.fixture(scope="module")
def held_out(model: Model, corpus: CorpusText) -> list[Conversation]:
    """Read with the whole corpus before it, so that ICL is the teacher itself."""
    # A random model is always surprised.
    rows = {"conversations": 0, "recitations": 12, "top_k": 64, "min_teacher_logprob": -1e9}
    settings = Recipe.model_validate({"self_study": rows}).self_study
    (whole,) = chunk_text(corpus.text, model.chat, 16, 4096)
    return SelfStudy(model, [replace(whole, text=corpus.text)], settings, 5).synthesize(12, "train")


@pytest.fixture(scope="module")
def whole_corpus_cartridge(model: Model, corpus: CorpusText) -> Cartridge:
    """A cartridge of the whole corpus, which is ICL under another name."""
    tokens = len(model.chat.encode_context(corpus.text))
    return initialize(
        model,
        corpus.text,
        corpus.digest,
        Recipe.model_validate({"cartridge_tokens": tokens, "initialization": {"kind": "first_tokens"}}),
    )


def test_a_cartridge_of_the_whole_corpus_scores_what_icl_scores(
    model: Model, corpus: CorpusText, held_out: list[Conversation], whole_corpus_cartridge: Cartridge
) -> None:
    report = evaluate(model, whole_corpus_cartridge, held_out, corpus.text, QUESTIONS)
    assert report.kv_ratio == 1.0
    assert not report.icl_truncated
    ours, icl = report.cartridge.conversations, report.icl.conversations
    assert ours.log_perplexity == pytest.approx(icl.log_perplexity, abs=1e-4)
    assert icl.kl_to_teacher == pytest.approx(0, abs=1e-4)
    assert icl.top1_agreement == 1.0
    assert report.none.conversations.kl_to_teacher > 0.001
    assert report.cartridge.questions == pytest.approx(report.icl.questions)
    assert report.unrelated is not None
    assert report.unrelated.requests > 0
    assert report.unrelated.kl > 0  # a random model is disturbed by whatever stands before
    assert report.icl.kv_bytes == whole_corpus_cartridge.size_bytes


def test_baselines_that_are_known_already_make_the_same_report(
    model: Model, corpus: CorpusText, held_out: list[Conversation], whole_corpus_cartridge: Cartridge
) -> None:
    told: list[str] = []
    baselines = measure_baselines(model, held_out, corpus.text, QUESTIONS, on_progress=told.append)
    report = evaluate(
        model, whole_corpus_cartridge, held_out, corpus.text, QUESTIONS,
        baselines=baselines, on_progress=told.append,
    )  # fmt: skip
    assert told == ["none", "icl", "cartridge", "unrelated"]
    assert report == evaluate(model, whole_corpus_cartridge, held_out, corpus.text, QUESTIONS)


def test_the_loss_of_held_out_conversations_is_the_one_that_training_minimises(
    model: Model, corpus: CorpusText, held_out: list[Conversation]
) -> None:
    context = model.prefill(model.chat.encode_context(corpus.text))
    batch = pack([conversation_row(conversation, 10**9) for conversation in held_out])
    loss = sparse_cross_entropy(batch.hidden(model, context), model.head, batch.targets)
    assert score_conversations(model, context, held_out).loss == pytest.approx(float(loss), rel=1e-4)


def test_where_training_counts_tokens_by_context_gain_the_loss_does_and_nothing_else(
    model: Model, corpus: CorpusText, held_out: list[Conversation], recipe: Recipe
) -> None:
    training = recipe.training.model_copy(update={"weighting": LossWeighting.CONTEXT_GAIN})
    # A random model's own gains hardly differ.
    told = [replace(each, context_gain=torch.arange(len(each.answer_ids)) % 3.0) for each in held_out]
    context = model.prefill(model.chat.encode_context(corpus.text))
    longest = training.model_copy(update={"max_row_tokens": 10**9})
    batch = pack(conversation_rows(told, longest))
    loss = sparse_cross_entropy(batch.hidden(model, context), model.head, batch.targets)
    alike = score_conversations(model, context, told)
    weighted = score_conversations(model, context, told, training)
    assert weighted.loss == pytest.approx(float(loss), rel=1e-4)
    assert weighted.loss != pytest.approx(alike.loss, rel=1e-3)
    assert weighted.model_copy(update={"loss": alike.loss}) == alike


def test_log_perplexity_is_the_mean_surprise_at_the_answers_tokens(
    model: Model, corpus: CorpusText, held_out: list[Conversation]
) -> None:
    context = model.chat.encode_context(corpus.text)
    total, count = 0.0, 0
    for conversation in held_out:
        answer = conversation.answer_ids.long()
        ids = torch.tensor([[*context, *conversation.prompt_ids.tolist(), *answer.tolist()]])
        logits = model.logits(model.forward(ids, torch.arange(ids.shape[1])[None]))[0, -len(answer) - 1 : -1]
        total -= float(logits.log_softmax(-1).gather(1, answer[:, None]).sum())
        count += len(answer)
    scores = score_conversations(model, model.prefill(context), held_out)
    assert scores.log_perplexity == pytest.approx(total / count, abs=1e-4)


def test_option_probabilities_are_shares_among_the_options(model: Model) -> None:
    question = QUESTIONS[0]
    turned = [
        question.model_copy(
            update={"answer": option, "distractors": tuple(o for o in options if o != option)}
        )
        for options in [(question.answer, *question.distractors)]
        for option in options
    ]
    shares = [score_questions(model, None, [one]).option_probability for one in turned]
    assert sum(share for share in shares if share is not None) == pytest.approx(1.0, abs=1e-6)
    assert score_questions(model, None, [QUESTIONS[1]]).option_probability is None


@pytest.mark.parametrize("with_prefix", [True, False])
def test_an_option_beside_others_is_as_likely_as_in_a_row_of_its_own(
    model: Model, corpus: CorpusText, with_prefix: bool
) -> None:
    prefix = model.prefill(model.chat.encode_context(corpus.text)[:40]) if with_prefix else None
    start = 40 if with_prefix else 0
    scores = question_scores(model, prefix, QUESTIONS)
    for question, score in zip(QUESTIONS, scores, strict=True):
        asked = model.chat.encode_messages(
            [ChatMessage("user", question.question)], with_cartridge=with_prefix
        )
        totals = []
        for option in (question.answer, *question.distractors):
            answer = [*model.chat.encode(option), model.chat.end_of_turn]
            ids = torch.tensor([[*asked, *answer]])
            places = torch.arange(start, start + ids.shape[1])[None]
            logprobs = model.logits(model.forward(ids, places, prefix=prefix))[0].log_softmax(-1)
            at = torch.arange(len(asked) - 1, len(asked) + len(answer) - 1)
            totals.append(float(logprobs[at, torch.tensor(answer)].sum()))
        assert score.surprise == pytest.approx(-totals[0], abs=1e-3)
        if question.distractors:
            expected = torch.tensor(totals).softmax(0)
            assert score.option_probability == pytest.approx(float(expected[0]), abs=1e-4)


def test_a_corpus_longer_than_the_window_is_cut_for_icl_and_says_so(
    model: Model, corpus: CorpusText, held_out: list[Conversation]
) -> None:
    longer = "\n\n".join([corpus.text] * 3)
    small = initialize(
        model,
        longer,
        "d",
        Recipe.model_validate({"cartridge_tokens": 24, "initialization": {"kind": "first_tokens"}}),
    )
    report = evaluate(model, small, held_out[:2], longer)
    assert report.icl_truncated
    assert report.icl.kv_tokens < model.config.context_length
    assert report.none.questions is None
    assert report.gap_closed_options is None


@pytest.mark.parametrize(
    ("none", "icl", "ours", "share"),
    [
        (2.0, 1.0, 1.5, 0.5),
        (2.0, 1.0, 2.5, -0.5),
        (2.0, 1.0, 0.5, 1.5),
        (1.0, 1.0, 0.5, None),
        (1.0, 2.0, 0.5, None),
    ],
)
def test_the_share_of_the_gap(none: float, icl: float, ours: float, share: float | None) -> None:
    assert _share(none, icl, ours) == share
    assert _cut(share) == (None if share is None else min(1.0, max(0.0, share)))
