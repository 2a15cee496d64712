"""What a cartridge does to everything that its corpus does not answer."""

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import TypeVar

from benchmarks import _quality_systems as systems
from benchmarks._quality_offtopic import QUESTIONS
from benchmarks._quality_study import Subject, Workshop, say
from cartridge_core import relevance
from cartridge_core.conversation_scoring import ConversationScore, conversation_scores
from cartridge_core.conversations import Conversation
from cartridge_core.drafts import draft_of_decoded
from cartridge_core.generation import GenerationRequest, SamplingParams, generate
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompt_scoring import choices
from cartridge_core.prompts import ChatMessage
from cartridge_core.question_scoring import QuestionScore
from cartridge_core.recipe import ConversationKind, EvaluationQuestion, Recipe

_TOP_K = 20
_ANSWER_TOKENS = 32
_ANSWERED_OF = 4  # every fourth question is also answered in full
_OF_GUARDED = ("accuracy", "accuracy_change", "own_answers_log_perplexity", "own_answers_kl")

Score = TypeVar("Score", QuestionScore, ConversationScore)


class Unrelated:
    """Scores of the model alone are made once, for all cartridges measured against them."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._model = workshop.model

    def effect(self, subject: Subject, recipe: Recipe) -> dict[str, float]:
        """What `recipe`'s cartridge does, made or kept: accuracy among options, nats a token of right answers, and
        the divergence from what the model says alone."""
        return self._kept(
            subject,
            lambda: self.workshop.trained(subject, recipe).cartridge.as_prefix(self._model.dtype),
            recipe.model_dump(),
        )

    def effect_of_icl(self, subject: Subject) -> dict[str, float]:
        """The same of the corpus itself in context: what changes without any training."""
        return self._kept(subject, lambda: systems.whole_corpus(self._model, subject.text).prefix(""), "icl")

    def _kept(
        self, subject: Subject, prefix: Callable[[], PrefixKV | None], made_from: object
    ) -> dict[str, float]:
        path = self.workshop.cached(
            f"unrelated-{subject.name}", subject.corpus.digest, made_from,
            [question.model_dump() for question in QUESTIONS], inspect.getsource(relevance), asdict(relevance.Bounds()),
        )  # fmt: skip
        if not path.exists():
            say(f"{subject.name}: {len(QUESTIONS)} unrelated questions")
            made = prefix()
            figures = self.measure(self._model, made)
            if made is not None and subject.questions:
                figures["let_through_own"] = self._let_through(made, subject.questions)[0]
            path.write_text(json.dumps(figures))
        kept: dict[str, float] = json.loads(path.read_text())
        return kept

    @cached_property
    def _alone(self) -> list[QuestionScore]:
        return systems.score(self._model, systems.no_context(), QUESTIONS)

    def measure(self, model: Model, prefix: PrefixKV | None) -> dict[str, float]:
        """The same of any changed model, with `prefix` before every question."""
        system = systems.no_context() if prefix is None else systems.fixed("cartridge", prefix)
        with_it = systems.score(model, system, QUESTIONS)
        answers = conversation_scores(model, prefix, self._answers)
        alone = conversation_scores(self._model, None, self._answers)
        figures = {"questions": float(len(QUESTIONS)), **self._figures(with_it, answers, alone)}
        if prefix is not None:
            figures["let_through"], about_it = self._let_through(prefix, QUESTIONS)
            # Where the prefix stands before those questions alone that seem to be about it.
            guarded = self._figures(
                _either(about_it, with_it, self._alone),
                _either(about_it[::_ANSWERED_OF], answers, alone),
                alone,
            )
            figures |= {f"guarded_{key}": guarded[key] for key in _OF_GUARDED}
        return figures

    def _figures(
        self,
        scores: Sequence[QuestionScore],
        answers: Sequence[ConversationScore],
        alone: Sequence[ConversationScore],
    ) -> dict[str, float]:
        tokens = sum(score.tokens for score in answers)
        return {
            "accuracy": _accuracy(scores),
            "accuracy_alone": _accuracy(self._alone),
            "accuracy_change": _accuracy(scores) - _accuracy(self._alone),
            "answer_log_perplexity": _surprise(scores),
            "answer_log_perplexity_alone": _surprise(self._alone),
            "own_answers_log_perplexity": sum(score.surprise for score in answers) / tokens,
            "own_answers_log_perplexity_alone": sum(score.surprise for score in alone) / tokens,
            "own_answers_kl": sum(score.kl for score in answers) / tokens,
        }

    def _let_through(
        self, prefix: PrefixKV, questions: Sequence[EvaluationQuestion]
    ) -> tuple[float, list[bool]]:
        """Share of `questions` that seem to be about what `prefix` knows, and which."""
        prompts = [[ChatMessage("user", question.question)] for question in questions]
        about_it = [bool(choice.indices) for choice in choices(self._model, [prefix], prompts)]
        return sum(about_it) / len(about_it), about_it

    @cached_property
    def _answers(self) -> list[Conversation]:
        asked = [question.question for question in QUESTIONS[::_ANSWERED_OF]]
        sampling = SamplingParams(_ANSWER_TOKENS, temperature=0, top_logprobs=_TOP_K)
        requests = [
            GenerationRequest(
                tuple(self._model.chat.encode_messages([ChatMessage("user", one)], with_cartridge=False)),
                sampling,
            )
            for one in asked
        ]
        rows = generate(self._model, requests, 32)
        return [
            draft_of_decoded(self._model, None, ConversationKind.GENERAL, one, row)
            for one, row in zip(asked, rows, strict=True)
        ]


def _either(first: Sequence[bool], ones: Sequence[Score], others: Sequence[Score]) -> list[Score]:
    return [one if take else other for take, one, other in zip(first, ones, others, strict=True)]


def _accuracy(scores: Sequence[QuestionScore]) -> float:
    return sum(bool(score.right) for score in scores) / len(scores)


def _surprise(scores: Sequence[QuestionScore]) -> float:
    return sum(score.surprise for score in scores) / sum(score.answer_tokens for score in scores)
