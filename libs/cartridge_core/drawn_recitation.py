"""Recitations drawn at random: a sentence is continued, a gap in it filled, or a name in it asked about.

Answers are the corpus's bare words. `cartridge_core.recitation` goes through all facts instead and words answers as
replies; which of the two serves a corpus better is open (`docs/quality.md`).
"""

import random

from cartridge_core.recitation import Recitation
from cartridge_core.spans import names_and_numbers, sentences

_MIN_WORDS = 5
_MAX_WORDS = 48

_CONTINUE = ('Continue this sentence from the text: "{begin}"', 'How does this go on? "{begin}"')
_FILL = (
    'Fill in the blank: "{gapped}"',
    'What is missing here? "{gapped}"',
    '"{gapped}" What belongs in the gap?',
)
_ABOUT = ("What does the text say about {span}?", "What is known about {span}?", "Tell me about {span}.")


def draw_recitation(text: str, rng: random.Random) -> Recitation | None:
    """One recitation about `text`, or None where it has no sentence of a usable length."""
    found = [text[place.begin : place.end] for place in sentences(text)]
    usable = [sentence for sentence in found if _MIN_WORDS <= len(sentence.split()) <= _MAX_WORDS]
    if not usable:
        return None
    sentence = rng.choice(usable)
    spans = [span for span in names_and_numbers(sentence) if span.begin > 0]
    form = rng.random()
    if not spans or form < 0.25:
        words = sentence.split()
        cut = rng.randint(max(2, len(words) // 4), max(3, 3 * len(words) // 4))
        begin, rest = " ".join(words[:cut]), " ".join(words[cut:])
        return Recitation(rng.choice(_CONTINUE).format(begin=begin), rest) if rest else None
    span = rng.choice(spans)
    words_of_span = sentence[span.begin : span.end]
    if form < 0.75:
        gapped = f"{sentence[: span.begin]}____{sentence[span.end :]}"
        return Recitation(rng.choice(_FILL).format(gapped=gapped), words_of_span)
    return Recitation(rng.choice(_ABOUT).format(span=words_of_span), sentence)
