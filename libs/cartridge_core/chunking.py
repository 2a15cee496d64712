"""Cutting a corpus into chunks that the teacher sees whole: paragraphs kept together while they fit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cartridge_core.prompts import ChatFormat

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Chunk:
    """A piece of the corpus: its place, its text and how many tokens it takes."""

    index: int
    text: str
    tokens: int


def chunk_text(
    text: str, chat: ChatFormat, min_tokens: int, max_tokens: int, *, one_paragraph: bool = False
) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens, in order, nothing left out.

    Paragraphs (blank lines between) are joined up to `max_tokens`; one that alone is longer is cut at sentences,
    and at words where a sentence is longer too. A chunk under `min_tokens` joins its neighbour where it fits; with
    `one_paragraph` nothing else is joined.
    """
    pieces: list[tuple[str, int]] = []
    for part, separator in _parts(text, chat, max_tokens):
        tokens = len(chat.encode(part))
        if pieces:
            joined = pieces[-1][0] + separator + part
            joined_tokens = len(chat.encode(joined))
            small = pieces[-1][1] < min_tokens or tokens < min_tokens
            together = separator == "\n\n" and not one_paragraph
            if joined_tokens <= max_tokens and (small or together):
                pieces[-1] = (joined, joined_tokens)
                continue
        pieces.append((part, tokens))
    return [Chunk(index, piece, tokens) for index, (piece, tokens) in enumerate(pieces)]


def _parts(text: str, chat: ChatFormat, max_tokens: int) -> Iterator[tuple[str, str]]:
    """Paragraphs, or parts of them that fit, each with what separates it from the part before."""
    for paragraph in re.split(r"\n\s*\n", text):
        if not paragraph.strip():
            continue
        separator = "\n\n"
        for part in _fit(paragraph.strip(), chat, max_tokens):
            yield part, separator
            separator = " "


def _fit(paragraph: str, chat: ChatFormat, max_tokens: int) -> Iterator[str]:
    if len(chat.encode(paragraph)) <= max_tokens:
        yield paragraph
        return
    units = [
        word
        for sentence in _SENTENCE_END.split(paragraph)
        for word in _words_if_long(sentence, chat, max_tokens)
    ]
    current = units[0]
    for unit in units[1:]:
        if len(chat.encode(f"{current} {unit}")) <= max_tokens:
            current = f"{current} {unit}"
        else:
            yield current
            current = unit
    yield current


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
