"""Spans of a text worth asking about: names, numbers, and words that the model would not have expected."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from cartridge_core.models import Model

# A full stop after a title, an initial or a common abbreviation ends no sentence.
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bNo\.)(?<!\bvs\.)(?<!\be\.g\.)(?<!\bi\.e\.)"
    r"(?<!\b[A-Z]\.)[\"']?\s+|\n+"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
)
# Dates, capitalised words in a row, with numbers among them, and numbers with what clings to them.
_NAME_OR_NUMBER = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?:,? \d{{4}}\b)?|"
    r"\b(?:(?:Dr|Mr|Mrs|Ms|St)\. )?[A-Z][\w.'-]*\w(?: (?:[A-Z][\w.'-]*\w|\d[\w.,]*\w|\d))*|\b\d[\d,.:]*\w*\b"
)
_WORD = re.compile(r"\b[a-z][a-z'-]{2,}\b")
# Words that say nothing by themselves.
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the this that these those is are was were be been being has have had having do does did will would can could "
        "may might shall should must and or but nor so of in on at to from by with for as into about it its he she they "
        "his her their him them we our us you your who which what not no than then there",
    )
)
# A word in more than this share of the parts of a text, of which there are enough to tell, is its form and no fact of it.
_COMMON_SHARE = 2 / 3
_ENOUGH_PARTS = 6
# Nats that all tokens of a word together must cost the model for the word to carry a fact.
_SURPRISE = 6.0
_SUBJECT_WORDS = 6


@dataclass(frozen=True)
class Span:
    """Characters `begin .. end` of a text."""

    begin: int
    end: int


def sentences(text: str) -> list[Span]:
    """Sentences and lines of `text`, without the blanks around them."""
    found = []
    begin = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = len(text) if match is None else match.start()
        piece = text[begin:end]
        if piece.strip():
            first = begin + len(piece) - len(piece.lstrip())
            found.append(Span(first, first + len(piece.strip())))
        begin = end if match is None else match.end()
    return found


def names_and_numbers(text: str) -> list[Span]:
    """Dates, capitalised words in a row, and numbers."""
    return [Span(match.start(), match.end()) for match in _NAME_OR_NUMBER.finditer(text)]


def subject_of(text: str) -> str:
    """What `text` is about, as far as its form tells: its first name, else its first words.

    A single capitalised word that begins a sentence is no name for sure and is passed over.
    """
    starts = {span.begin for span in sentences(text)}
    for span in names_and_numbers(text):
        name = text[span.begin : span.end]
        if name[0].isupper() and (" " in name or span.begin not in starts):
            return name
    return " ".join(text.split()[:_SUBJECT_WORDS])


def common_words(texts: Sequence[str]) -> frozenset[str]:
    """Lower-case words that most of `texts` have: records say "was born in" of everybody. None of fewer than six texts."""
    if len(texts) < _ENOUGH_PARTS:
        return frozenset()
    found_in = Counter(word for text in texts for word in set(_WORD.findall(text)))
    return frozenset(word for word, count in found_in.items() if count > _COMMON_SHARE * len(texts))


@torch.no_grad()
def surprising_words(model: Model, text: str, common: Collection[str] = ()) -> list[Span]:
    """Lower-case words of `text`, none of them `common`, that the model, reading it from its beginning, found improbable."""
    ids, places = model.chat.encode_with_places(text)
    if len(ids) < 2:
        return []
    tokens = torch.tensor([ids], device=model.device)
    hidden = model.forward(tokens[:, :-1], torch.arange(len(ids) - 1, device=model.device)[None])
    logprobs = model.logits(hidden[0]).float().log_softmax(dim=-1)  # [n - 1, vocab]
    costs = -logprobs.gather(1, tokens[0, 1:, None])[:, 0]
    surprises = [0.0, *costs.tolist()]
    passed_over = FUNCTION_WORDS.union(common)
    return [
        Span(match.start(), match.end())
        for match in _WORD.finditer(text)
        if match.group() not in passed_over
        and _cost(match.start(), match.end(), places, surprises) >= _SURPRISE
    ]


def _cost(begin: int, end: int, places: Sequence[tuple[int, int]], surprises: Sequence[float]) -> float:
    """Nats of the tokens that overlap characters `begin .. end`."""
    return sum(
        surprise
        for (first, last), surprise in zip(places, surprises, strict=True)
        if first < end and begin < last
    )
