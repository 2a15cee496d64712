"""Ways to give a model a corpus, for comparison with a cartridge: what stands before each question.

What a user would do instead of a cartridge: the whole text in context, the part of it that fits into the same KV
memory, a summary, or the chunks that a search finds for the question.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.chunking import Chunk
from cartridge_core.composition import compose
from cartridge_core.generation import GenerationRequest, SamplingParams, generate
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompt_scoring import score_behind_each
from cartridge_core.prompts import ChatMessage
from cartridge_core.question_scoring import QuestionScore, question_scores
from cartridge_core.recipe import EvaluationQuestion
from cartridge_core.relevance import PromptLogprobs, choose

# Room that the whole corpus must leave in the window for a question and its answer.
_ROOM = 256
_WORD = re.compile(r"\w+")
_K1, _B = 1.2, 0.75
_SUMMARIZE = "Write a summary of the text that keeps as many of its names, numbers and facts as possible."


@dataclass(frozen=True)
class System:
    """`context` names what stands before a question; questions with equal contexts share one prefix."""

    name: str
    kv_tokens: int
    context: Callable[[EvaluationQuestion], str]
    prefix: Callable[[str], PrefixKV | None]


def no_context() -> System:
    return System("none", 0, lambda question: "", lambda context: None)


def fixed(name: str, prefix: PrefixKV, tokens: int | None = None) -> System:
    """The same prefix before every question: a cartridge, or a text that does not depend on the question."""
    return System(name, tokens or prefix.tokens, lambda question: "", lambda context: prefix)


def whole_corpus(model: Model, text: str) -> System:
    """In-context learning with the corpus, or with as much of it as the window holds."""
    context = model.chat.encode_context_within(text, model.config.context_length - _ROOM)
    return fixed("icl", model.prefill(context))


def right_paragraph(model: Model, paragraphs: Mapping[str, str]) -> System:
    """The one paragraph that answers each question, as the teacher sees it; `paragraphs` by question."""
    tokens = max(len(model.chat.encode_context(paragraph)) for paragraph in paragraphs.values())
    return System(
        "paragraph",
        tokens,
        lambda question: paragraphs[question.question],
        lambda text: model.prefill(model.chat.encode_context(text)),
    )


def truncated(model: Model, text: str, tokens: int) -> System:
    """In-context learning with the beginning of the corpus, in as many tokens as the cartridge has."""
    return fixed("truncated", model.prefill(model.chat.encode_context_within(text, tokens)))


def summary(model: Model, text: str, tokens: int) -> System:
    """The model's own summary of the corpus, in as many tokens as the cartridge has."""
    context = model.prefill(
        model.chat.encode_context_within(text, model.config.context_length - _ROOM - tokens)
    )
    asked = model.chat.encode_messages([ChatMessage("user", _SUMMARIZE)], with_cartridge=True)
    request = GenerationRequest(tuple(asked), SamplingParams(tokens, temperature=0), context=context)
    (row,) = generate(model, [request], 1)
    return fixed("summary", model.prefill(model.chat.encode_context_within(row.text, tokens)))


def bm25(model: Model, chunks: Sequence[Chunk], tokens: int, name: str) -> System:
    """The chunks that share the question's rarest words most (Okapi BM25), as many as fit into `tokens`."""
    words = [Counter(_WORD.findall(chunk.text.lower())) for chunk in chunks]
    mean = sum(count.total() for count in words) / len(words)
    found_in = Counter(word for count in words for word in count)

    def score(asked: list[str], count: Counter[str]) -> float:
        total = 0.0
        for word in asked:
            rarity = math.log(1 + (len(words) - found_in[word] + 0.5) / (found_in[word] + 0.5))
            length = _K1 * (1 - _B + _B * count.total() / mean)
            total += rarity * count[word] * (_K1 + 1) / (count[word] + length)
        return total

    def context(question: EvaluationQuestion) -> str:
        asked = _WORD.findall(question.question.lower())
        return _best(chunks, [score(asked, count) for count in words])

    return _retrieved(model, name, tokens, context)


def embeddings(model: Model, chunks: Sequence[Chunk], tokens: int, name: str) -> System:
    """The chunks nearest to the question in the model's own mean hidden states, as many as fit into `tokens`."""
    places = torch.stack([_embed(model, chunk.text) for chunk in chunks])
    # What all chunks have in common tells none of them apart.
    center = places.mean(dim=0)
    places = torch.nn.functional.normalize(places - center, dim=-1)

    def context(question: EvaluationQuestion) -> str:
        return _best(chunks, (places @ (_embed(model, question.question) - center)).tolist())

    return _retrieved(model, name, tokens, context)


def readings(
    model: Model, cartridges: Sequence[Cartridge], questions: Sequence[EvaluationQuestion]
) -> list[tuple[PromptLogprobs, list[PromptLogprobs]]]:
    """Each question read behind nothing, and behind each of `cartridges` alone."""
    alone = [_composed(model, [cartridge]) for cartridge in cartridges]
    return [
        score_behind_each(model, alone, [ChatMessage("user", question.question)]) for question in questions
    ]


def relevant_ones(
    model: Model,
    cartridges: Sequence[Cartridge],
    questions: Sequence[EvaluationQuestion],
    read: Sequence[tuple[PromptLogprobs, Sequence[PromptLogprobs]]],
) -> System:
    """Before each question those of `cartridges` that it is about, composed; none if it is about none.

    `read` are the questions' readings behind `cartridges`, and maybe behind others that follow them.
    """
    chosen = {
        question.question: choose(alone, behind[: len(cartridges)]).indices
        for question, (alone, behind) in zip(questions, read, strict=True)
    }

    def prefix(context: str) -> PrefixKV | None:
        return _composed(model, [cartridges[int(index)] for index in context.split()]) if context else None

    return System(
        "relevant",
        sum(cartridge.tokens for cartridge in cartridges),
        lambda question: " ".join(map(str, chosen[question.question])),
        prefix,
    )


def score(model: Model, system: System, questions: Sequence[EvaluationQuestion]) -> list[QuestionScore]:
    """Each question's score, in order."""
    groups: dict[str, list[int]] = {}
    for index, question in enumerate(questions):
        groups.setdefault(system.context(question), []).append(index)
    scores: dict[int, QuestionScore] = {}
    for context, indices in groups.items():
        some = question_scores(model, system.prefix(context), [questions[index] for index in indices])
        scores.update(zip(indices, some, strict=True))
    return [scores[index] for index in range(len(questions))]


def mean_option_probability(model: Model, system: System, questions: Sequence[EvaluationQuestion]) -> float:
    """Mean probability of the right option; every question has options."""
    scores = score(model, system, questions)
    return sum(one.option_probability or 0.0 for one in scores) / len(scores)


def free_form(
    model: Model, system: System, questions: Sequence[EvaluationQuestion], max_tokens: int = 24
) -> list[bool]:
    """Whether the right answer's words stand in what the model answers by itself, decoded greedily."""
    requests = []
    for question in questions:
        prefix = system.prefix(system.context(question))
        asked = model.chat.encode_messages(
            [ChatMessage("user", question.question)], with_cartridge=prefix is not None
        )
        requests.append(
            GenerationRequest(tuple(asked), SamplingParams(max_tokens, temperature=0), context=prefix)
        )
    rows = generate(model, requests, 32)
    return [_plain(q.answer) in _plain(row.text) for q, row in zip(questions, rows, strict=True)]


def _composed(model: Model, cartridges: Sequence[Cartridge]) -> PrefixKV:
    prefix = compose(cartridges, model.rope.inverse_frequencies, model.dtype)
    assert prefix is not None
    return prefix


def _retrieved(model: Model, name: str, tokens: int, context: Callable[[EvaluationQuestion], str]) -> System:
    def prefix(text: str) -> PrefixKV:
        return model.prefill(model.chat.encode_context_within(text, tokens))

    return System(name, tokens, context, prefix)


def _best(chunks: Sequence[Chunk], scores: Sequence[float]) -> str:
    """Chunks, best first; the prefix later takes what fits."""
    order = sorted(range(len(chunks)), key=lambda index: -scores[index])
    return "\n\n".join(chunks[index].text for index in order[:8])


@torch.no_grad()
def _embed(model: Model, text: str) -> torch.Tensor:
    ids = model.chat.encode(text)
    hidden = model.forward(torch.tensor([ids]), torch.arange(len(ids))[None])
    return torch.nn.functional.normalize(hidden[0].float().mean(dim=0), dim=-1)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))
