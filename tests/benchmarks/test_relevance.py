"""The relevance benchmark: every kind of prompt is about what it says, and all of them are tried."""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import relevance
from benchmarks._quality_generated import GENERATED
from benchmarks._quality_study import Subject
from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Choice
from tests.trainer.talkative_model import make_talkative_model

NAMES = {"patients": r"^(.+?) was admitted", "ships": r"^The (.+?) was launched"}
KINDS = {
    "about_patients", "about_ships", "near_patients", "near_ships", "follow_up_patients", "follow_up_ships",
    "from_patients_to_ships", "from_ships_to_patients", "both_patients_ships", "general_knowledge", "other_prompts",
    "fresh_prompts", "leave_patients", "leave_ships",
}  # fmt: skip


@pytest.fixture(scope="module")
def subjects() -> list[Subject]:
    return [
        Subject(name, made.text, made.questions, made.paragraphs)
        for name, made in ((name, GENERATED[name](3, 22)) for name in NAMES)
    ]


def _trial(subjects: list[Subject]) -> relevance.Trial:
    options = argparse.Namespace(questions=220, prompts=40, least=8.5, own=7.0)
    nothing: Any = None
    return relevance.Trial(nothing, subjects, [], options, seed=3)


def _who_is_named(subjects: list[Subject], prompt: Sequence[ChatMessage]) -> tuple[int, ...]:
    """The corpora whose names the last message has that has any."""
    for message in reversed(prompt):
        named = [
            index
            for index, subject in enumerate(subjects)
            if any(name in message.content for name in re.findall(NAMES[subject.name], subject.text, re.M))
        ]
        if named:
            return tuple(named)
    return ()


def test_who_sees_the_names_is_always_right(subjects: list[Subject], monkeypatch: pytest.MonkeyPatch) -> None:
    def named(
        _model: Any, _prefixes: Any, prompts: Sequence[Sequence[ChatMessage]], _bounds: Any
    ) -> list[Choice]:
        return [Choice(_who_is_named(subjects, prompt), ()) for prompt in prompts]

    monkeypatch.setattr(relevance, "choices", named)
    figures = _trial(subjects).figures()
    assert set(figures) == KINDS
    # Who goes by names alone stays with what was spoken of.
    left = {kind: figures.pop(kind) for kind in ("leave_patients", "leave_ships")}
    assert [each["any_other"] for each in left.values()] == [1.0, 1.0]
    assert {kind: (each["exact"], each["all_meant"], each["any_other"]) for kind, each in figures.items()} == dict.fromkeys(
        KINDS - set(left), (1.0, 1.0, 0.0)
    )  # fmt: skip
    assert figures["about_ships"]["prompts"] == 220


def test_who_takes_everything_is_right_about_two_alone(
    subjects: list[Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything(_model: Any, _prefixes: Any, prompts: Sequence[Any], _bounds: Any) -> list[Choice]:
        return [Choice((0, 1), ())] * len(prompts)

    monkeypatch.setattr(relevance, "choices", everything)
    figures = _trial(subjects).figures()
    assert [kind for kind, each in figures.items() if each["exact"]] == ["both_patients_ships"]
    assert figures["other_prompts"]["any_other"] == 1
    assert figures["follow_up_ships"]["all_meant"] == 1


def test_it_prints_every_kind_and_their_sum(smollm2_dir: Path, tmp_path: Path) -> None:
    talkative = make_talkative_model(smollm2_dir, tmp_path / "talkative")
    command = [
        sys.executable, "-m", "benchmarks.relevance", "--threads", "1", "--model", str(talkative), "--work",
        str(tmp_path), "--tokens", "16", "--steps", "2", "--rows", "12", "--questions", "3", "--prompts", "2",
        "--batch-tokens", "128", "--min-teacher-logprob", "-1000", "--entities", "2", "--generic", "2", "--general", "2",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures["by_seed"]["0"]) == KINDS
    sorts = (
        "about_one",
        "about_two",
        "follow_ups",
        "turned_to_another",
        "near_misses",
        "general_knowledge",
        "other_prompts",
    )
    assert all(0 <= figures[f"{sort}_exact"] <= 1 for sort in sorts)
