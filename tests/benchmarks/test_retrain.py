"""The retraining benchmark changes the facts that it says, and goes on where it was cut off."""

import argparse
from pathlib import Path

import pytest

from benchmarks import retrain
from benchmarks._quality_generated import GENERATED
from benchmarks._retrain_versions import changed_version
from tests.trainer.talkative_model import make_talkative_model


@pytest.mark.parametrize("corpus", ["patients", "ships"])
@pytest.mark.parametrize("facts_a_paragraph", [1, 4])
def test_a_tenth_of_the_facts_change_and_their_questions_know_both_answers(
    corpus: str, facts_a_paragraph: int
) -> None:
    versions = changed_version(GENERATED[corpus](0, 20), 0.1, facts_a_paragraph)
    assert len(versions.changed) == 20
    before, after = (version.text.split("\n\n") for version in (versions.old, versions.new))
    touched = sum(one != other for one, other in zip(before, after, strict=True))
    assert touched == 20 // facts_a_paragraph
    for number, question in zip(versions.changed, versions.stale_questions(), strict=True):
        old, new = versions.old.questions[number], versions.new.questions[number]
        assert (question.answer, question.distractors) == (new.answer, (old.answer,))
        assert old.answer in new.distractors
        assert new.answer.removesuffix(".").lower() in after[number // 10].lower()
        assert sorted((old.answer, *old.distractors)) == sorted((new.answer, *new.distractors))
    unchanged = set(range(200)) - set(versions.changed)
    assert all(versions.old.questions[number] == versions.new.questions[number] for number in unchanged)


def test_it_measures_both_ways_and_does_nothing_twice(
    smollm2_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = argparse.ArgumentParser()
    retrain._options(parser)
    model = make_talkative_model(smollm2_dir, tmp_path / "talkative")
    sizes = "--entities 4 --tokens 32 --steps 4 --every 2 --rows 16 --generic 4 --general 2 --validation 3"
    options = parser.parse_args(
        [*sizes.split(), "--changed", "0.05", "--work", str(tmp_path / "work"), "--model", str(model)]
    )
    (document,) = retrain.measure(options)["documents"]
    assert (document["facts_changed"], document["chunks_written"]) == (2, 1)
    assert document["chunks_kept"] == 3
    assert set(document["stale_answers"]) == {"old", "fresh", "retrained", "retrained_where_reached"}
    assert document["last"]["fresh"]["step"] == 4
    assert document["last"]["retrained"]["step"] == 2
    assert document["synthesized_tokens"]["retrained"] < document["synthesized_tokens"]["fresh"]
    monkeypatch.setattr(retrain.TrainingRun, "advance", lambda _: pytest.fail("trained again"))
    assert retrain.measure(options)["documents"] == [document]
