"""Cutting a corpus into chunks that the teacher sees whole, at places that its content decides.

What is made of a chunk is used again when the corpus changes (see `difference`), so an edit must leave the other
chunks as they were. Filling chunks from the front would move every boundary behind the edit. Instead a text that is
too long is cut at that one of its boundaries whose own words have the least hash, and so is either part: a boundary's
rank depends on what stands at it, so an edit moves the boundaries around it and no others.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from cartridge_core.prompts import ChatFormat

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
# A cut leaves either part this share of a chunk where it can: chunks are then more than half full on average.
_LEAST_SHARE = 1 / 3


@dataclass(frozen=True)
class Chunk:
    """A piece of the corpus: its place, its text and how many tokens it takes."""

    index: int
    text: str
    tokens: int

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the text: by it a chunk is found again in another version of its corpus."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class _Unit:
    """What is never cut: a paragraph, or a sentence, word or piece of one that is too long; `level` 0, 1 or 2."""

    text: str
    separator: str
    level: int
    tokens: int

    @cached_property
    def rank(self) -> bytes:
        """Where the least one begins, a text that is too long is cut."""
        return hashlib.blake2b(self.text.encode(), digest_size=8).digest()


def chunk_text(
    text: str, chat: ChatFormat, min_tokens: int, max_tokens: int, *, one_paragraph: bool = False
) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens, in order, nothing left out.

    Paragraphs (blank lines between) stay together while they fit; one that alone is longer is cut at sentences, and
    at words where a sentence is longer too. A chunk under `min_tokens` joins its neighbour where it fits; with
    `one_paragraph` nothing else is joined.
    """
    units = list(_units(text, chat, max_tokens))
    groups = _small_ones_joined(units, min_tokens) if one_paragraph else [(0, len(units))]
    pieces = [
        piece for begin, end in groups for piece in _cut(units[begin:end], chat, min_tokens, max_tokens)
    ]
    return [Chunk(index, piece, tokens) for index, (piece, tokens) in enumerate(pieces)]


def fill_text(text: str, chat: ChatFormat, max_tokens: int) -> list[str]:
    """As few parts of at most `max_tokens` tokens as filling them from the front gives, nothing left out."""
    parts: list[str] = []
    for unit in _units(text, chat, max_tokens):
        if parts:
            joined = f"{parts[-1]}{unit.separator}{unit.text}"
            if len(chat.encode(joined)) <= max_tokens:
                parts[-1] = joined
                continue
        parts.append(unit.text)
    return parts


def _small_ones_joined(units: Sequence[_Unit], min_tokens: int) -> list[tuple[int, int]]:
    """Runs `begin, end` of units that hold one paragraph, and small ones with it."""
    begins = [index for index, unit in enumerate(units) if unit.level == 0]
    runs: list[tuple[int, int]] = []
    held = 0
    for begin, end in zip(begins, [*begins[1:], len(units)], strict=True):
        tokens = sum(unit.tokens for unit in units[begin:end])
        if runs and (held < min_tokens or tokens < min_tokens):
            runs[-1] = (runs[-1][0], end)
            held += tokens
        else:
            runs.append((begin, end))
            held = tokens
    return runs


def _cut(
    units: Sequence[_Unit], chat: ChatFormat, min_tokens: int, max_tokens: int
) -> Iterator[tuple[str, int]]:
    """Texts with their tokens, in order, cut until they fit."""
    sizes = [0, *accumulate(unit.tokens for unit in units)]
    waiting = [(0, len(units))] if units else []
    while waiting:
        begin, end = waiting.pop()
        if sizes[end] - sizes[begin] <= max_tokens or end - begin == 1:
            text = _joined(units[begin:end])
            tokens = len(chat.encode(text))
            if tokens <= max_tokens or end - begin == 1:
                yield text, tokens
                continue
        floors = (max(min_tokens, int(max_tokens * _LEAST_SHARE)), min_tokens, 0)
        place = next(place for floor in floors if (place := _place(units, sizes, begin, end, floor)))
        waiting += [(place, end), (begin, place)]


def _place(units: Sequence[_Unit], sizes: Sequence[int], begin: int, end: int, floor: int) -> int | None:
    """The unit between `begin` and `end` before which to cut, leaving both parts at least `floor` tokens.

    Where equal texts have equal ranks, the one nearest the middle.
    """
    places = [
        place
        for place in range(begin + 1, end)
        if sizes[place] - sizes[begin] >= floor and sizes[end] - sizes[place] >= floor
    ]
    return min(
        places,
        key=lambda place: (units[place].level, units[place].rank, abs(begin + end - 2 * place)),
        default=None,
    )


def _joined(units: Sequence[_Unit]) -> str:
    return units[0].text + "".join(f"{unit.separator}{unit.text}" for unit in units[1:])


def _units(text: str, chat: ChatFormat, max_tokens: int) -> Iterator[_Unit]:
    for paragraph in re.split(r"\n\s*\n", text):
        if not paragraph.strip():
            continue
        for number, (part, level) in enumerate(_parts(paragraph.strip(), chat, max_tokens)):
            tokens = len(chat.encode(part))
            yield _Unit(part, " ", level, tokens) if number else _Unit(part, "\n\n", 0, tokens)


def _parts(paragraph: str, chat: ChatFormat, max_tokens: int) -> Iterator[tuple[str, int]]:
    """A paragraph that fits, or its sentences, or words where a sentence is too long; with the level of each."""
    if len(chat.encode(paragraph)) <= max_tokens:
        yield paragraph, 0
        return
    for sentence in _SENTENCE_END.split(paragraph):
        level = 1
        for part in _words_if_long(sentence, chat, max_tokens):
            yield part, level
            level = 2


def _words_if_long(sentence: str, chat: ChatFormat, max_tokens: int) -> list[str]:
    """The sentence, or its words, or pieces of tokens where a single word is longer than a chunk."""
    if len(chat.encode(sentence)) <= max_tokens:
        return [sentence]
    pieces = []
    for word in sentence.split():
        ids = chat.encode(word)
        if len(ids) <= max_tokens:
            pieces.append(word)
        else:
            step = max(1, max_tokens // 2)  # decoding and encoding again may cost a token more
            pieces.extend(chat.decode(ids[start : start + step]) for start in range(0, len(ids), step))
    return pieces
