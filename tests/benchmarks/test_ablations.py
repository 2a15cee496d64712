"""Each ablation changes one part of the recipe, and the benchmark prints a row for each."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks._quality_recipe import add_recipe_options, recipe_of, varied
from benchmarks.ablations import VARIANTS
from cartridge_core.recipe import Recipe
from tests.trainer.talkative_model import make_talkative_model


def test_every_variant_is_a_recipe_and_changes_one_part_alone() -> None:
    recipe = Recipe()
    for part, variants in VARIANTS.items():
        for changes in variants.values():
            made = varied(recipe, changes)
            differing = {name for name in Recipe.model_fields if getattr(made, name) != getattr(recipe, name)}
            assert differing == set(changes), part
    with pytest.raises(ValidationError):
        varied(recipe, {"training": {"no_such_setting": 1}})


def test_any_setting_of_the_recipe_can_be_set() -> None:
    parser = argparse.ArgumentParser()
    add_recipe_options(parser)
    options = parser.parse_args(
        ["--set", "training.learning_rate=0.01", "--set", "initialization.kind=first_tokens"]
    )
    recipe = recipe_of(options, 16, 2, 0)
    assert (recipe.training.learning_rate, recipe.initialization.kind) == (0.01, "first_tokens")
    assert recipe.training.steps == 2
    with pytest.raises(ValidationError):
        recipe_of(parser.parse_args(["--set", "training.no_such_setting=1"]), 16, 2, 0)
    with pytest.raises(SystemExit):
        parser.parse_args(["--set", "learning_rate=1"])


def test_it_prints_a_row_for_each_variant_and_size(smollm2_dir: Path, tmp_path: Path) -> None:
    model = make_talkative_model(smollm2_dir, tmp_path / "model")
    command = [
        sys.executable, "-m", "benchmarks.ablations", "--threads", "1", "--model", str(model), "--work",
        str(tmp_path / "work"), "--tokens", "16,8", "--steps", "2", "--rows", "12", "--questions", "4",
        "--batch-tokens", "128", "--min-teacher-logprob", "-1000", "--seeds", "0,1", "--parts", "recipe,sink",
        "--entities", "3",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures["rows"]) == {"recipe: as it is", "sink: free", "LoRA of equal bytes", "p: 8"}
    for row in figures["rows"].values():
        assert len(row["option_probability"]["seeds"]) == 2
        assert 0 < row["option_probability"]["mean"] < 1
        assert row["training_tokens"]["mean"] > 0
    asked = {name for name, row in figures["rows"].items() if "offtopic_perplexity_change" in row}
    assert asked == {"recipe: as it is", "sink: free", "LoRA of equal bytes"}
