"""The composition benchmark measures every way of standing, and its ways stand where they say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks._composed_parts import parts_of
from benchmarks._quality_systems import relevant_ones
from benchmarks.composition import (
    end_aligned,
    in_layers,
    overlap_as_trained,
    rebased_behind,
    sink_kept,
    sink_null,
)
from cartridge_core.artifact import Cartridge
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, load_model
from cartridge_core.question_scoring import question_scores
from cartridge_core.recipe import EvaluationQuestion, Recipe
from tests.trainer.talkative_model import make_talkative_model

TEXTS = (
    "The bridge of Lund was built in 1874 by two brothers. " * 8,
    "The ferry sails at nine from pier four. " * 9,
)


@pytest.fixture(scope="module")
def talkative(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talkative_model(smollm2_dir, tmp_path_factory.mktemp("talkative"))


@pytest.fixture(scope="module")
def model(talkative: Path) -> Model:
    return load_model(talkative, dtype=torch.float32)


@pytest.fixture(scope="module")
def pair(model: Model) -> tuple[Cartridge, Cartridge]:
    recipe = Recipe(cartridge_tokens=20)
    first, second = (initialize(model, text, "d", recipe) for text in TEXTS)
    return first, second


def test_ways_differ_in_columns_and_in_where_the_prompt_starts(
    model: Model, pair: tuple[Cartridge, Cartridge]
) -> None:
    ends = [cartridge.header.next_position for cartridge in pair]
    stands = {
        way.__name__: (prefix.tokens, prefix.next_position)
        for way in (end_aligned, sink_kept, sink_null, overlap_as_trained, rebased_behind)
        for prefix in [way(pair, model)]
    }
    assert stands == {
        "end_aligned": (39, 39),
        "sink_kept": (40, 40),
        "sink_null": (40, 40),
        "overlap_as_trained": (39, max(ends)),
        "rebased_behind": (39, sum(ends)),
    }


def test_a_null_sink_is_a_column_of_zeros(model: Model, pair: tuple[Cartridge, Cartridge]) -> None:
    prefix = sink_null(pair, model)
    assert not bool(prefix.keys[0][:, 20].any())
    assert not bool(prefix.values[0][:, 20].any())
    assert torch.equal(prefix.values[1][:, 21:], sink_kept(pair, model).values[1][:, 21:])


def test_before_each_question_stand_those_that_it_is_about(
    model: Model, pair: tuple[Cartridge, Cartridge]
) -> None:
    questions = [EvaluationQuestion(question=text, answer="-") for text in ("One?", "Both?", "Neither?")]
    none = [[-30.0, -30.0]]
    first_word, second_word, neither_word = [[-1.0, -30.0]], [[-30.0, -1.0]], [[-29.0, -29.0]]
    read = [
        # The third one's are another cartridge's, which is not among these two.
        (none, [neither_word, second_word, neither_word]),
        (none, [first_word, second_word, neither_word]),
        (none, [neither_word, neither_word, first_word]),
    ]
    system = relevant_ones(model, pair, questions, read)
    second, both, neither = (system.prefix(system.context(question)) for question in questions)
    assert second is not None
    assert both is not None
    assert (second.tokens, both.tokens, neither) == (20, 39, None)
    assert torch.equal(second.values[0], pair[1].values[0].to(model.dtype))


def test_the_second_may_stand_in_some_layers_alone(model: Model, pair: tuple[Cartridge, Cartridge]) -> None:
    both, first = end_aligned(pair, model), pair[0].tokens
    layers = range(1)
    some = in_layers(both, first, layers)
    assert [keys.shape[1] for keys in some.keys] == [39] + [first] * (len(some.keys) - 1)
    question = EvaluationQuestion(question="How many?", answer="Two", distractors=("Three",))
    everywhere = in_layers(both, first, range(len(both.keys)))
    scores = [question_scores(model, prefix, [question])[0].surprise for prefix in (both, everywhere, some)]
    assert scores[0] == scores[1] != scores[2]


def test_it_prints_every_way(talkative: Path, tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "benchmarks.composition", "--threads", "1", "--model", str(talkative), "--work",
        str(tmp_path), "--tokens", "16", "--steps", "2", "--rows", "12", "--questions", "4", "--batch-tokens", "128",
        "--min-teacher-logprob", "-1000", "--entities", "2", "--parts", "4",
        "--beside", "2",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    figures = json.loads(done.stdout.splitlines()[-1])
    for way in (
        "sink_dropped", "sink_kept", "sink_null", "end_aligned", "overlap_as_trained", "rebased_behind",
    ):  # fmt: skip
        assert len(figures[way]["kept"]) == 2
        assert all(0 <= value <= 1 for value in figures[way]["option_probability"])
    assert figures["sink_dropped"] == figures["end_aligned"]
    assert set(figures["parts"]["composed"]) == {"2", "4"}
    assert figures["parts"]["beside_in_training"] == 2
    assert len(figures["first_beside_second_in_layers"]) == 3
    assert "6 cartridges of 2 steps" in done.stderr
    assert len(figures["parts"]["composed"]["4"]["option_probability"]) == len(figures["parts"]["alone"]) == 4


def test_parts_of_a_corpus_share_no_entity_and_answer_their_own_questions() -> None:
    parts = parts_of(0, 8, 5)
    assert len({part.name for part in parts}) == 8
    for part in parts:
        others = " ".join(other.text for other in parts if other is not part)
        assert len(part.questions) == 50
        for paragraph in part.text.split("\n\n"):
            assert paragraph not in others
        for number, question in enumerate(part.questions):
            assert question.answer.rstrip(".").lower() in part.text.split("\n\n")[number // 10].lower()
    with pytest.raises(ValueError, match="fewer parts"):
        parts_of(0, 8, 6)
