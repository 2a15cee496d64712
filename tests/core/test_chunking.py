"""Chunks keep paragraphs together, stay within their size and lose nothing."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartridge_core.chunking import chunk_text
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
