"""Questions whose answers are the corpus's own words.

Beside the conversations that the model writes, self-study reads: a sentence is continued, a gap is filled, a name
is asked about, and the answer is text of the chunk. Nothing is decoded; the teacher, with the chunk before it, is
asked for its distribution at every token of that answer. Small models ask poor questions but read well.
"""

import random
import re
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"']?\s+|\n+")
# Names (capitalised words in a row) and numbers with what clings to them: what questions are usually about.
_SPAN = re.compile(r"\b[A-Z][\w.'-]*\w(?: (?:[A-Z][\w.'-]*\w|\d[\w.,]*\w|\d))*|\b\d[\d,.]*\w*\b")
_MIN_WORDS = 5
_MAX_WORDS = 48

_CONTINUE = ('Continue this sentence from the text: "{begin}"', 'How does this go on? "{begin}"')
_FILL = (
    'Fill in the blank: "{gapped}"',
    'What is missing here? "{gapped}"',
    '"{gapped}" What belongs in the gap?',
)
_ABOUT = ("What does the text say about {span}?", "What is known about {span}?", "Tell me about {span}.")


@dataclass(frozen=True)
class Recitation:
    """A question and the words of the corpus that answer it."""

    question: str
    answer: str


def draw_recitation(text: str, rng: random.Random) -> Recitation | None:
    """One recitation about `text`, or None where it has no sentence of a usable length."""
    sentences = [part.strip() for part in _SENTENCE_END.split(text)]
    usable = [part for part in sentences if _MIN_WORDS <= len(part.split()) <= _MAX_WORDS]
    if not usable:
        return None
    sentence = rng.choice(usable)
    spans = [match for match in _SPAN.finditer(sentence) if match.start() > 0]
    form = rng.random()
    if not spans or form < 0.25:
        words = sentence.split()
        cut = rng.randint(max(2, len(words) // 4), max(3, 3 * len(words) // 4))
        begin, rest = " ".join(words[:cut]), " ".join(words[cut:])
        return Recitation(rng.choice(_CONTINUE).format(begin=begin), rest) if rest else None
    span = rng.choice(spans)
    if form < 0.75:
        gapped = f"{sentence[: span.start()]}____{sentence[span.end() :]}"
        return Recitation(rng.choice(_FILL).format(gapped=gapped), span.group())
    return Recitation(rng.choice(_ABOUT).format(span=span.group()), sentence)
