"""Rows whose answers are the corpus's own words, so that nothing has to be decoded.

A sentence is recited or completed, a gap is filled, the words left of a span are answered by the span, a name is
asked about. The teacher, with the chunk before it, is then asked for its distribution at every token of that answer.
Small models ask poor questions but read well.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cartridge_core.spans import FUNCTION_WORDS, Span, names_and_numbers, sentences, subject_of

_MIN_WORDS = 4
_MAX_WORDS = 48
_RECITED_WORDS = 3
# More words than this left of a span would be cut from the row, or be most of it.
_LEFT_WORDS = 24

_RECITE = (
    'Recite the sentence about {subject} that begins with "{begin}".',
    "{subject}: how does the sentence go that starts {begin} ...?",
    'Quote what the text says about {subject}, from "{begin}" on.',
)
_COMPLETE = (
    'Complete the sentence about {subject}: "{begin}"',
    "{subject}. How does this go on? {begin}",
    'Continue: "{begin}" (about {subject})',
)
# A chat model answers in sentences unless it is asked for less. Each names the subject: what a question leaves out, the
# teacher finds in its one paragraph and the cartridge, which holds all of them, cannot.
_LEFT = (
    "{subject}: {left} what? One or two words.",
    "{subject}. {left} what? No sentence, just the words.",
    "Q: {left} what? ({subject})\nA:",
    "About {subject}, finish with a word or two: {left} ____.",
)
_KEYWORDS = (
    "{subject}: {keywords}?",
    "{keywords} ({subject})? Only the words themselves.",
    "What does it say about {subject} under the heading {keywords}? In a word or two.",
    "For {subject}, look up: {keywords}. Be brief.",
)
_FILL = (
    'Fill in the blank about {subject}, in a word or two: "{gapped}"',
    '"{gapped}" Just the missing words. ({subject})',
)
# Where a clause begins: what stands before it says something else.
_CLAUSE = re.compile(r"[,;:]\s+|\b(?:and|but|or|while|who|which)\s+")
_CLAUSE_WORDS = 2
_MOST_KEYWORDS = 3
_ABOUT = ("What does the text say about {span}?", "What is known about {span}?", "Tell me about {span}.")


@dataclass(frozen=True)
class Fact:
    """A sentence of a chunk, what the chunk is about, and a span of the sentence (None: the sentence as a whole)."""

    chunk_index: int
    subject: str
    sentence: str
    span: Span | None

    @property
    def answer(self) -> str:
        """The span's words, or the whole sentence."""
        return self.sentence if self.span is None else self.sentence[self.span.begin : self.span.end]

    @property
    def by_form(self) -> bool:
        """Whether its form makes it a fact: a sentence, a name or a number, and no word that merely surprised."""
        return self.span is None or not self.answer[0].islower()


@dataclass(frozen=True)
class Recitation:
    """A question and the words of the corpus that answer it."""

    question: str
    answer: str


def facts_of(chunk_index: int, text: str, surprising: Iterable[Span] = ()) -> list[Fact]:
    """Everything in `text` that a recitation can be about: usable sentences, and names, numbers and `surprising`
    words in them."""
    subject = subject_of(text)
    spans = names_and_numbers(text)
    spans += [word for word in surprising if not any(_overlap(word, span) for span in spans)]
    facts = []
    for place in sentences(text):
        sentence = text[place.begin : place.end]
        if not _MIN_WORDS <= len(sentence.split()) <= _MAX_WORDS:
            continue
        facts.append(Fact(chunk_index, subject, sentence, None))
        facts += [
            Fact(chunk_index, subject, sentence, Span(span.begin - place.begin, span.end - place.begin))
            for span in spans
            if place.begin < span.begin and span.end <= place.end and text[span.begin : span.end] != subject
        ]
    return facts


def recite(fact: Fact, rng: random.Random) -> Recitation:
    """One wording of a recitation about `fact`."""
    if fact.span is None:
        return _recite_sentence(fact, rng)
    sentence, span = fact.sentence, fact.span
    answer = _as_reply(fact.answer)
    left = sentence[: span.begin].strip()
    form = rng.random()
    if form < 0.5:
        clause = left if form < 0.2 else _clause(left)
        question = rng.choice(_LEFT).format(
            subject=fact.subject, left=" ".join(clause.split()[-_LEFT_WORDS:])
        )
        return Recitation(question, answer)
    keywords = _keywords(left, fact.subject)
    if form < 0.75 and keywords:
        return Recitation(rng.choice(_KEYWORDS).format(subject=fact.subject, keywords=keywords), answer)
    if form < 0.9 or not fact.answer[0].isupper():
        gapped = f"{sentence[: span.begin]}____{sentence[span.end :]}"
        return Recitation(rng.choice(_FILL).format(subject=fact.subject, gapped=gapped), answer)
    return Recitation(rng.choice(_ABOUT).format(span=fact.answer), sentence)


def _clause(left: str) -> str:
    """The end of `left` that belongs to what comes next, as far as punctuation and conjunctions tell."""
    begins = [match.end() for match in _CLAUSE.finditer(left)]
    return next((left[at:] for at in reversed(begins) if len(left[at:].split()) >= _CLAUSE_WORDS), left)


def _keywords(left: str, subject: str) -> str:
    """What the words before a span are about, as the heading of a column would have it; may be empty."""
    passed_over = {*FUNCTION_WORDS, *(word.lower() for word in subject.split())}
    words = [word.strip(".,;:!?\"'()") for word in _clause(left).split()]
    return " ".join([word for word in words if word and word.lower() not in passed_over][-_MOST_KEYWORDS:])


def _recite_sentence(fact: Fact, rng: random.Random) -> Recitation:
    words = fact.sentence.split()
    if rng.random() < 0.4:
        begin = " ".join(words[: min(_RECITED_WORDS, len(words) - 1)])
        return Recitation(rng.choice(_RECITE).format(subject=fact.subject, begin=begin), fact.sentence)
    cut = rng.randint(max(1, len(words) // 4), max(2, 3 * len(words) // 4))
    question = rng.choice(_COMPLETE).format(subject=fact.subject, begin=" ".join(words[:cut]))
    return Recitation(question, " ".join(words[cut:]))


def _as_reply(words: str) -> str:
    """The words as somebody replies with them. Chat models find bare lower-case words most unlikely as a turn."""
    return f"{words[0].upper()}{words[1:]}{'' if words[-1] in '.!?' else '.'}"


def _overlap(one: Span, other: Span) -> bool:
    return one.begin < other.end and other.begin < one.end
