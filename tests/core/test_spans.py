"""What recitations are about: sentences, subjects, and spans that carry a fact."""

import random

from cartridge_core.drawn_recitation import draw_recitation
from cartridge_core.models import Model
from cartridge_core.recitation import facts_of, recite
from cartridge_core.spans import (
    Span,
    common_words,
    names_and_numbers,
    sentences,
    subject_of,
    surprising_words,
)

TEXT = (
    "Ward 3 has 11 beds. It is led by Dr. Clara Reed, who plays the cello. It opened in 1953 near the river."
)


def _texts(text: str, spans: list[Span]) -> list[str]:
    return [text[span.begin : span.end] for span in spans]


def test_a_title_or_an_initial_ends_no_sentence() -> None:
    assert [s[:12] for s in _texts(TEXT, sentences(TEXT))] == ["Ward 3 has 1", "It is led by", "It opened in"]
    assert len(sentences("J. Reed came. He left!\nA line  \n\n next")) == 4


def test_the_subject_is_the_first_name_and_not_a_word_that_begins_a_sentence() -> None:
    assert subject_of("Yesterday it rained. The head of it all was Mara Quill.") == "Mara Quill"
    assert subject_of(TEXT) == "Ward 3"
    assert subject_of("nothing with a name in it at all") == "nothing with a name in it"


def test_names_and_numbers_are_found_whole() -> None:
    assert _texts(TEXT, names_and_numbers(TEXT)) == ["Ward 3", "11", "It", "Dr. Clara Reed", "It", "1953"]


def test_every_usable_sentence_and_span_is_a_fact_once() -> None:
    cello = Span(TEXT.index("cello"), TEXT.index("cello") + 5)
    facts = facts_of(7, TEXT, [cello, Span(TEXT.index("Clara"), TEXT.index("Clara") + 5)])
    assert [fact.answer for fact in facts if fact.span] == ["11", "Dr. Clara Reed", "cello", "1953"]
    assert [fact.answer for fact in facts if not fact.span] == _texts(TEXT, sentences(TEXT))
    assert {fact.chunk_index for fact in facts} == {7}
    assert facts_of(0, "one two") == []


def test_a_recitation_is_answered_by_the_corpuss_own_words_and_never_tells_its_answer() -> None:
    for fact in facts_of(0, TEXT):
        for seed in range(40):
            made = recite(fact, random.Random(seed))
            words = made.answer.rstrip(".")
            assert words.lower() in TEXT.lower()
            if fact.span is not None and made.answer != fact.sentence:
                assert fact.answer not in made.question.replace("Ward 3", "")


def test_a_wording_is_drawn_from_the_seed_alone() -> None:
    fact = facts_of(0, TEXT)[1]
    assert recite(fact, random.Random(5)) == recite(fact, random.Random(5))
    assert len({recite(fact, random.Random(seed)).question for seed in range(40)}) > 4


def test_a_word_is_surprising_where_its_tokens_cost_the_model_much(model: Model) -> None:
    """A random model expects nothing, so every longer word surprises it, and no short one is looked at."""
    words = _texts(TEXT, surprising_words(model, TEXT))
    assert {"beds", "plays", "cello", "opened", "near", "river"} <= set(words)
    assert not {"has", "the", "It", "Clara"} & set(words)
    assert surprising_words(model, "") == []
    assert not {"beds", "plays"} & set(_texts(TEXT, surprising_words(model, TEXT, {"beds", "plays"})))


def test_words_that_most_records_share_are_their_form() -> None:
    animals = ("cat", "goat", "raven", "ferret", "goose", "monkey", "parrot")
    records = [f"Ship {number} has a mascot, the {animal}." for number, animal in enumerate(animals)]
    assert common_words(records) == {"has", "mascot", "the"}
    # A value that two thirds of the records have may still tell them apart from the others.
    assert "positive" not in common_words([f"Blood type {kind}." for kind in ["positive", "negative"] * 4])
    assert common_words(records[:5]) == frozenset()


def test_drawn_recitations_ask_for_words_of_the_text_and_give_them_bare() -> None:
    text = "The mill of Lund has 12 wheels. It was built by Anna Berg in 1874 for the whole valley. Small."
    drawn = {draw_recitation(text, random.Random(seed)) for seed in range(200)}
    assert None not in drawn
    answers = {recitation.answer for recitation in drawn if recitation is not None}
    assert all(answer in text for answer in answers)
    assert {"Anna Berg", "1874"} <= answers
    assert draw_recitation("Too short.", random.Random(0)) is None


def test_a_date_is_one_span() -> None:
    text = "It was on 26 July, not 3rd March 1987; in 1990 Alice had 14 Junipers."
    found = _texts(text, names_and_numbers(text))
    assert found == ["It", "26 July", "3rd March 1987", "1990", "Alice", "14", "Junipers"]


def test_every_question_about_a_span_says_what_it_is_about() -> None:
    """The teacher sees one paragraph and needs no name; the cartridge holds them all."""
    about = [fact for fact in facts_of(0, TEXT) if fact.span is not None]
    questions = [recite(fact, random.Random(seed)) for fact in about for seed in range(60)]
    assert all("Ward 3" in made.question for made in questions if made.answer not in TEXT)


def test_the_name_that_a_chunk_is_about_is_no_answer() -> None:
    text = "Mara Quill came in May. Each day Mara Quill takes 5 grams."
    assert "Mara Quill" not in [fact.answer for fact in facts_of(0, text)]
