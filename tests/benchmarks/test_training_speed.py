"""The lines that are compared do the same work, and a reference that does not run is told with its reason."""

import sys
from pathlib import Path

import pytest
import torch

from benchmarks._training_speed_lines import Ours, Plain, wide
from benchmarks._training_speed_profile import seconds_of_products
from benchmarks._training_speed_reference import ReferenceLine, ReferenceUnavailableError
from benchmarks._training_speed_rows import made_rows
from benchmarks.random_models import save_random_model
from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import Recipe

PREFIX_TOKENS = 32


@pytest.fixture(scope="module")
def directory(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_random_model("llama", tmp_path_factory.mktemp("models") / "llama", smollm2_dir)


@pytest.fixture(scope="module")
def model(directory: Path) -> Model:
    return load_model(directory, dtype=torch.float32)


@pytest.fixture(scope="module")
def rows(model: Model) -> list[Row]:
    return made_rows(model, 3, seed=1)


@pytest.fixture(scope="module")
def initial(model: Model, rows: list[Row]) -> Cartridge:
    recipe = Recipe.model_validate(
        {"cartridge_tokens": PREFIX_TOKENS, "initialization": {"kind": "first_tokens"}}
    )
    text = model.chat.decode(torch.cat([row.tokens for row in rows]).tolist())
    return wide(initialize(model, text, "digest", recipe), torch.bfloat16)


def test_both_lines_have_the_same_gradient_and_the_same_loss(
    directory: Path, model: Model, rows: list[Row], initial: Cartridge
) -> None:
    ours, plain = Ours(model, initial), Plain(directory, initial, torch.float32)
    expected = plain.gradient(rows)
    assert float((ours.gradient(rows) - expected).norm() / expected.norm()) < 1e-5
    assert ours.step(rows) == pytest.approx(plain.step(rows), rel=1e-5)


def test_rows_are_like_those_of_self_study(rows: list[Row]) -> None:
    assert all(30 < row.length < 200 for row in rows)
    assert all(0 < len(row.targets.ids) < row.length and row.targets.ids.shape[1] == 20 for row in rows)


def test_a_steps_products_take_time(model: Model, rows: list[Row]) -> None:
    assert seconds_of_products(model, rows, PREFIX_TOKENS) > 0


def test_a_reference_that_does_not_run_says_why(directory: Path, initial: Cartridge, tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnavailableError, match="No module named 'cartridges'"):
        ReferenceLine(
            tmp_path, python=sys.executable, model=directory, dtype=torch.float32,
            start=torch.stack((initial.keys, initial.values)), rate=1e-3, scratch=tmp_path, threads=1,
        )  # fmt: skip
