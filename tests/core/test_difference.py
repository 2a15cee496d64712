"""Two versions of a corpus are compared by their chunks, and only what has changed is made anew."""

import random
from collections import Counter
from dataclasses import replace

import pytest
import torch

from cartridge_core.chunking import Chunk, chunk_text
from cartridge_core.conversations import Conversation
from cartridge_core.difference import (
    ChunkDifference,
    compare_chunks,
    kept_conversations,
    outdated_conversations,
    retraining_recipe,
    scaled_study,
    uncovered,
    with_replay,
)
from cartridge_core.models import Model
from cartridge_core.recipe import ConversationKind, LossWeighting, Recipe
from cartridge_core.self_study import SelfStudy
from cartridge_core.training_rows import conversation_rows


def _chunks(*texts: str) -> list[Chunk]:
    return [Chunk(index, text, 10) for index, text in enumerate(texts)]


def _about(chunk_index: int | None, question: str = "q") -> Conversation:
    return Conversation(
        chunk_index, ConversationKind.QUESTION, question, "Otherwise.", torch.tensor([1]), torch.tensor([2]),
        torch.tensor([[2]]), torch.tensor([[-0.1]]), torch.ones(1),
    )  # fmt: skip


WARD, MILL, PIER = "Ward 4 has twelve beds.", "The mill grinds rye.", "The pier is forty metres long."


def test_what_has_become_of_each_chunk() -> None:
    difference = compare_chunks(
        _chunks(WARD, MILL, PIER), _chunks(WARD, "The mill grinds oats.", "A new inn.")
    )
    assert dict(difference.kept) == {0: 0}
    assert difference.written == (1, 2)
    # Likeness tells the mill that was changed; nothing like the pier is there.
    assert dict(difference.gone) == {1: 1, 2: None}
    assert difference.written_share == pytest.approx(2 / 3)


def test_chunks_are_found_wherever_they_stand_and_however_often() -> None:
    difference = compare_chunks(_chunks(WARD, MILL, MILL), _chunks(MILL, "An inn.", WARD))
    assert dict(difference.kept) == {0: 2, 1: 0, 2: 0}
    assert difference.written == (1,)
    assert dict(difference.gone) == {}


def test_equal_versions_have_nothing_to_write() -> None:
    difference = compare_chunks(_chunks(WARD, MILL), _chunks(WARD, MILL))
    assert (difference.written, difference.written_share) == ((), 0.0)
    assert scaled_study(Recipe().self_study, 0.0, general=False) is None


def test_conversations_follow_their_chunks_or_are_outdated() -> None:
    present = _chunks(WARD, "The mill grinds oats.", MILL[:3])
    difference = compare_chunks(_chunks(MILL, WARD, PIER), present)
    conversations = [_about(0, "mill"), _about(1, "ward"), _about(2, "pier"), _about(None, "general")]
    kept = kept_conversations(conversations, difference)
    assert [(one.question, one.chunk_index) for one in kept] == [("ward", 0), ("general", None)]
    outdated = outdated_conversations(conversations, difference, present)
    assert [one.question for one, _ in outdated] == ["mill", "pier"]


def test_what_still_stands_there_or_is_asked_anew_needs_no_correction() -> None:
    present = _chunks("The mill grinds oats and is painted green.", WARD)
    difference = compare_chunks(_chunks("The mill grinds rye and is painted green.", WARD), present)
    colour = replace(_about(0, "Which colour?"), answer="Green.")
    grain = replace(_about(0, "Which grain?"), answer="Rye.")
    assert outdated_conversations([colour, grain], difference, present) == [(grain, 0)]
    part_of_a_word = replace(_about(0, "What is it?"), answer="Mil.")
    assert outdated_conversations([part_of_a_word], difference, present) == [(part_of_a_word, 0)]
    assert uncovered([grain], [_about(0, "Which colour?")]) == [grain]
    assert uncovered([grain], [replace(grain, answer="Oats.")]) == []


def test_what_is_written_is_the_share_of_the_chunks_rounded_up(recipe: Recipe) -> None:
    settings = recipe.self_study.model_copy(
        update={"conversations": 10, "recitations": 3, "general_answers": 5}
    )
    scaled = scaled_study(settings, 0.25, general=False)
    assert scaled is not None
    assert (scaled.conversations, scaled.recitations, scaled.general_answers) == (3, 1, 0)
    with_general = scaled_study(settings, 0.25, general=True)
    assert with_general is not None
    assert with_general.general_answers == 5


def test_new_conversations_come_as_often_as_their_share_says() -> None:
    new, kept = [_about(0, f"new {n}") for n in range(3)], [_about(1, f"kept {n}") for n in range(20)]
    rows = Counter(one.question for one in with_replay(new, kept, 0.5, seed=1))
    assert sum(count for question, count in rows.items() if question.startswith("new")) == 20
    assert all(rows[one.question] in {6, 7} for one in new)
    assert all(rows[one.question] == 1 for one in kept)
    # More that is new than the share asks for is not cut down.
    assert len(with_replay(kept, new, 0.5, seed=1)) == 23
    assert with_replay([], kept, 0.5, seed=1) == kept


def test_retraining_takes_its_shares_of_the_recipes_steps_and_rate(recipe: Recipe) -> None:
    settings = recipe.retraining.model_copy(update={"steps_share": 0.25, "learning_rate_share": 0.5})
    limited = recipe.training.model_copy(update={"budget_tokens": 1000})
    update = {"retraining": settings, "training": limited}
    again = retraining_recipe(recipe.model_copy(update=update)).training
    assert (again.steps, again.warmup_steps) == (2, 1)
    assert (again.budget_tokens, again.budget_seconds) == (250, None)
    assert again.learning_rate == recipe.training.learning_rate / 2
    assert again.weighting is LossWeighting.CONTEXT_GAIN
    as_ever = settings.model_copy(update={"weigh_news": False})
    as_training = retraining_recipe(recipe.model_copy(update={"retraining": as_ever})).training
    assert as_training.weighting is recipe.training.weighting is LossWeighting.UNIFORM


def test_a_study_of_some_chunks_asks_about_those_alone(model: Model, recipe: Recipe) -> None:
    chunks = chunk_text(
        "\n\n".join(f"Ward {n} has {n + 20} beds and a nurse." for n in range(30)), model.chat, 8, 24
    )
    some = [chunks[1], chunks[4]]
    settings = recipe.self_study.model_copy(
        update={"conversations": 4, "recitations": 6, "min_teacher_logprob": -1e9}
    )
    made = SelfStudy(model, some, settings, recipe.seed).synthesize(10, "train")
    assert {one.chunk_index for one in made} <= {1, 4}
    assert any(one.kind is ConversationKind.RECITATION for one in made)


def test_what_is_kept_for_stopping_is_other_than_what_is_trained_on_and_measured_with(
    model: Model, recipe: Recipe
) -> None:
    chunks = chunk_text(
        "\n\n".join(f"Ward {n} has {n + 20} beds and a nurse." for n in range(30)), model.chat, 8, 24
    )
    study = SelfStudy(model, chunks, recipe.self_study, recipe.seed)
    seeds = {
        stream: {study._assign(stream, index).seed for index in range(20)}
        for stream in ("train", "held_out", "validation")
    }
    assert sum(map(len, seeds.values())) == len(set().union(*seeds.values())) == 60


def test_a_correction_is_the_old_answer_as_the_present_text_has_it_read(model: Model, recipe: Recipe) -> None:
    chunks = [Chunk(3, "Ward 4 has thirty beds.", 10)]
    study = SelfStudy(model, chunks, recipe.self_study, recipe.seed)
    outdated = [
        (replace(_about(3), question="How many beds?", answer="Twelve."), index) for index in (3, None)
    ]
    with_text, without = study.correct(outdated)
    assert (with_text.kind, with_text.answer, with_text.chunk_index) == (
        ConversationKind.CORRECTION,
        "Twelve.",
        3,
    )
    assert without.chunk_index is None
    assert with_text.top_logprobs.tolist()[0] != without.top_logprobs.tolist()[0]
    for each in (with_text, without):
        # Behind the first token that the teacher would not have said nothing is learned.
        agrees = (each.top_ids[:, 0] == each.answer_ids).tolist()
        assert all(agrees[:-1])
        assert not agrees[-1]
    # What nothing has come for counts whole, though no text has changed anything about it.
    weighted = recipe.training.model_copy(update={"weighting": LossWeighting.CONTEXT_GAIN})
    (row,) = conversation_rows([without], weighted)
    assert torch.allclose(row.targets.probabilities, without.top_logprobs.exp())


def test_many_chunks_are_compared_quickly() -> None:
    rng = random.Random(1)
    texts = [f"{rng.random()} {rng.random()}" for _ in range(20_000)]
    changed = [text if rng.random() < 0.9 else f"{rng.random()} new" for text in texts]
    difference = compare_chunks(_chunks(*texts), _chunks(*changed))
    assert isinstance(difference, ChunkDifference)
    assert len(difference.kept) + len(difference.gone) == 20_000
