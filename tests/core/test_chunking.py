"""Chunks keep paragraphs together, stay within their size, lose nothing, and stay as they are when others change."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartridge_core.chunking import chunk_text, fill_text
from cartridge_core.models import Model

_WORDS = st.lists(
    st.sampled_from(["ward", "nurse", "1954", "beds.", "Opened", "antidisestablishmentarianism"]),
    min_size=1,
    max_size=60,
)
_TEXTS = st.lists(_WORDS.map(" ".join), min_size=1, max_size=12).map("\n\n".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXTS)
def test_chunks_are_within_size_and_complete(model: Model, text: str) -> None:
    chunks = chunk_text(text, model.chat, 8, 32)
    assert all(chunk.tokens == len(model.chat.encode(chunk.text)) <= 32 for chunk in chunks)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert " ".join(chunk.text for chunk in chunks).split() == text.split()


def test_paragraphs_that_fit_stay_whole(model: Model) -> None:
    paragraphs = [f"Paragraph number {n} has a few words and ends here." for n in range(9)]
    chunks = chunk_text("\n\n".join(paragraphs), model.chat, 8, 30)
    assert [part for chunk in chunks for part in chunk.text.split("\n\n")] == paragraphs


def test_a_text_of_blank_lines_has_no_chunk(model: Model) -> None:
    assert chunk_text(" \n\n \n", model.chat, 8, 32) == []


def test_a_word_longer_than_a_chunk_is_cut(model: Model) -> None:
    chunks = chunk_text("x9" * 200, model.chat, 8, 32)
    assert len(chunks) > 1
    assert "".join(chunk.text.replace(" ", "") for chunk in chunks) == "x9" * 200


def test_one_paragraph_stands_alone_unless_it_is_small(model: Model) -> None:
    paragraphs = [
        f"Paragraph {number} tells of ward {number} and of the twelve beds in it." for number in range(4)
    ]
    text = "\n\n".join([*paragraphs[:2], "Title", *paragraphs[2:]])
    alone = chunk_text(text, model.chat, 8, 256, one_paragraph=True)
    assert alone[0].text == paragraphs[0]
    assert len(alone) == 4
    assert len(chunk_text(text, model.chat, 8, 256)) == 1


def _paragraph(rng: random.Random) -> str:
    """A paragraph of one to six sentences."""
    words = ["ward", "nurse", "beds", "north", "seven", "opened", "garden", "stairs", "letter", "1954"]
    return " ".join(
        f"{' '.join(rng.choices(words, k=rng.randint(5, 12)))}." for _ in range(rng.randint(1, 6))
    )


@pytest.mark.parametrize("one_paragraph", [False, True])
@pytest.mark.parametrize("edit", ["changed", "inserted", "removed"])
def test_an_edit_leaves_the_chunks_elsewhere_as_they_were(
    model: Model, edit: str, one_paragraph: bool
) -> None:
    rng = random.Random(3)
    paragraphs = [_paragraph(rng) for _ in range(120)]

    def digests(edited: list[str]) -> set[str]:
        chunks = chunk_text("\n\n".join(edited), model.chat, 16, 96, one_paragraph=one_paragraph)
        return {chunk.digest for chunk in chunks}

    before = digests(paragraphs)
    assert len(before) > 30
    lost = []
    for place in range(0, 120, 8):
        edited = list(paragraphs)
        if edit == "changed":
            edited[place] = _paragraph(rng)
        elif edit == "inserted":
            edited.insert(place, _paragraph(rng))
        else:
            del edited[place]
        lost.append(len(before - digests(edited)))
    assert max(lost) <= 6
    assert sum(lost) / len(lost) <= 2


def test_a_text_without_paragraphs_is_cut_where_its_sentences_say(model: Model) -> None:
    rng = random.Random(4)
    sentences = [_paragraph(rng).split(". ")[0].rstrip(".") + "." for _ in range(200)]
    before = {chunk.digest for chunk in chunk_text(" ".join(sentences), model.chat, 16, 96)}
    sentences[50] = "An entirely new sentence stands here, of another length than the one before it."
    after = {chunk.digest for chunk in chunk_text(" ".join(sentences), model.chat, 16, 96)}
    assert len(before) > 20
    assert len(before - after) <= 3


def test_equal_paragraphs_are_cut_into_halves_and_not_one_by_one(model: Model) -> None:
    chunks = chunk_text("\n\n".join(["The same line again."] * 2000), model.chat, 16, 64)
    assert all(20 <= chunk.tokens <= 64 for chunk in chunks)


def test_chunks_are_more_than_half_full_on_average(model: Model) -> None:
    rng = random.Random(5)
    chunks = chunk_text("\n\n".join(_paragraph(rng) for _ in range(300)), model.chat, 48, 256)
    assert sum(chunk.tokens for chunk in chunks) / len(chunks) > 128


def test_filling_takes_as_few_parts_as_it_can(model: Model) -> None:
    paragraphs = [f"Paragraph number {n} has a few words and ends here." for n in range(30)]
    text = "\n\n".join(paragraphs)
    parts = fill_text(text, model.chat, 60)
    assert "\n\n".join(parts) == text
    assert all(len(model.chat.encode(part)) <= 60 for part in parts)
    needed = len(model.chat.encode(text)) / 60
    assert len(parts) <= needed * 1.4
