"""Training stops when it should: by its validation loss, its tokens or its seconds, the same after an interruption."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.conversations import Conversation
from cartridge_core.corpus import CorpusText
from cartridge_core.early_stopping import EarlyStopping, ValidationPoint
from cartridge_core.errors import TrainingDivergedError
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.recipe import ConversationKind, Recipe
from cartridge_core.training import TrainingCancelled, TrainingProgress, TrainingResult, train
from cartridge_core.training_run import TrainingEnd, TrainingRun
from cartridge_core.training_schedule import learning_rate


def _conversations(seed: int, number: int) -> list[Conversation]:
    generator = torch.Generator().manual_seed(seed)

    def ids(*shape: int) -> torch.Tensor:
        return torch.randint(10, 40000, shape, generator=generator, dtype=torch.int32)

    return [
        Conversation(
            0, ConversationKind.QUESTION, "q", "a", ids(5), ids(4), ids(4, 5),
            torch.randn(4, 5, generator=generator).log_softmax(-1) - 0.1, torch.ones(4),
        )
        for _ in range(number)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    return _conversations(11, 12)


@pytest.fixture(scope="module")
def validation() -> list[Conversation]:
    return _conversations(12, 4)


@pytest.fixture
def initial(model: Model, corpus: CorpusText, recipe: Recipe) -> Cartridge:
    return initialize(model, corpus.text, "d", recipe)


@pytest.fixture
def learn(
    model: Model, initial: Cartridge, conversations: list[Conversation], validation: list[Conversation]
) -> Callable[..., TrainingResult]:
    """`train` by a recipe, watched by the validation conversations."""

    def learn(recipe: Recipe, **kwargs: Any) -> TrainingResult:
        return train(
            model, initial, conversations, recipe, corpus_text="", **({"validation": validation} | kwargs)
        )

    return learn


def _with(recipe: Recipe, **changes: object) -> Recipe:
    return Recipe.model_validate(recipe.model_dump() | {"training": recipe.training.model_dump() | changes})


def _interrupted(make: Callable[..., TrainingResult], path: Path, after: int) -> TrainingResult:
    """The result of a run that is killed right after a checkpoint was written, and goes on from it."""
    seen: list[TrainingProgress] = []
    with pytest.raises(TrainingCancelled):
        make(
            checkpoint=path,
            on_progress=seen.append,
            should_stop=lambda: len(seen) == after,
        )
    return make(checkpoint=path)


def test_training_ends_without_a_new_best_loss_and_takes_the_best_cartridge(
    model: Model, learn: Callable[..., TrainingResult], validation: list[Conversation], recipe: Recipe
) -> None:
    """Random conversations teach nothing about other random ones: their loss soon gets worse."""
    patient = _with(recipe, steps=60, learning_rate=0.3, validate_every=2, patience=3)
    result = learn(patient)
    assert result.end is TrainingEnd.EARLY_STOP
    losses = {point.step: point.loss for point in result.validation}
    assert list(losses) == list(range(0, len(result.losses) + 1, 2))
    assert result.best_step == min(losses, key=lambda step: losses[step])
    assert len(result.losses) == result.best_step + 6 < 60
    measured = TrainingRun(
        model, result.cartridge, validation, patient, corpus_text="", validation=validation
    )
    measured.measure_beginning()
    assert measured.stopping.points[0].loss == pytest.approx(losses[result.best_step], rel=1e-5)


def test_an_interrupted_run_stops_where_the_whole_one_does_and_takes_the_same_cartridge(
    learn: Callable[..., TrainingResult], recipe: Recipe, tmp_path: Path
) -> None:
    patient = _with(recipe, steps=60, learning_rate=0.3, validate_every=2, patience=3)

    make = partial(learn, patient)

    whole = make()
    for after in (1, whole.best_step + 1, len(whole.losses) - 1):
        resumed = _interrupted(make, tmp_path / f"after-{after}", after)
        assert (resumed.losses, resumed.validation, resumed.best_step, resumed.end) == (
            whole.losses, whole.validation, whole.best_step, whole.end,
        )  # fmt: skip
        assert torch.equal(resumed.cartridge.keys, whole.cartridge.keys)
        assert torch.equal(resumed.cartridge.values, whole.cartridge.values)


def test_with_too_much_patience_all_steps_are_made_and_the_best_cartridge_is_still_taken(
    learn: Callable[..., TrainingResult], recipe: Recipe
) -> None:
    recipe = _with(recipe, steps=9, learning_rate=0.3, validate_every=4, patience=0)
    result = learn(recipe)
    assert result.end is TrainingEnd.STEPS
    assert [point.step for point in result.validation] == [0, 4, 8, 9]
    assert result.best_step < 9


def test_watching_a_run_does_not_change_its_curve(
    learn: Callable[..., TrainingResult], recipe: Recipe
) -> None:
    watched, alone = learn(recipe), learn(recipe, validation=())
    assert watched.losses == alone.losses
    assert alone.validation == ()
    assert alone.best_step == recipe.training.steps


def test_a_budget_of_tokens_ends_training_at_the_end_of_its_schedule(
    learn: Callable[..., TrainingResult], recipe: Recipe, tmp_path: Path
) -> None:
    limited = _with(recipe, steps=1000, budget_tokens=600)
    seen: list[TrainingProgress] = []

    make = partial(learn, limited, validation=())

    whole = make(on_progress=seen.append)
    assert whole.end is TrainingEnd.BUDGET
    assert 600 <= whole.tokens < 600 + limited.training.batch_tokens
    rates = [progress.learning_rate for progress in seen]
    assert max(rates) == pytest.approx(limited.training.learning_rate)
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] < 0.3 * limited.training.learning_rate
    assert [progress.tokens for progress in seen][-1] == whole.tokens
    assert seen[-1].eta_seconds == 0
    resumed = _interrupted(make, tmp_path / "checkpoint", 3)
    assert resumed.losses == whole.losses
    assert torch.equal(resumed.cartridge.keys, whole.cartridge.keys)


def test_a_budget_of_seconds_ends_training_and_fits_the_schedule_to_the_clock(
    learn: Callable[..., TrainingResult], recipe: Recipe, tmp_path: Path
) -> None:
    """A clock that ticks once a look: a step takes a second, and a measurement another one."""
    limited = _with(recipe, steps=1000, budget_seconds=12.0, validate_every=3, checkpoint_every=1)
    seen: list[TrainingProgress] = []

    def make(**kwargs: Any) -> TrainingResult:
        ticks = count()
        return learn(limited, clock=lambda: float(next(ticks)), **kwargs)

    whole = make(on_progress=seen.append)
    assert whole.end is TrainingEnd.BUDGET
    assert whole.seconds == 12
    assert len(whole.losses) == 9
    assert [point.step for point in whole.validation] == [0, 3, 6, 9]
    rates = [progress.learning_rate for progress in seen]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    resumed = _interrupted(make, tmp_path / "checkpoint", 4)
    assert resumed.losses == whole.losses
    assert (resumed.end, resumed.best_step) == (whole.end, whole.best_step)


def test_the_schedule_of_a_budget_ends_where_that_of_its_steps_does(recipe: Recipe) -> None:
    settings = recipe.training.model_copy(update={"steps": 100, "warmup_steps": 10})
    by_steps = [learning_rate(settings, step) for step in range(100)]
    by_share = [learning_rate(settings, step, step / 100, 0.1) for step in range(100)]
    assert by_share == pytest.approx(by_steps)
    # Half as many steps fit into the budget as the recipe has: the same curve in half the steps after the warm-up.
    assert learning_rate(settings, 50, 1.0, 0.2) == pytest.approx(
        settings.learning_rate * settings.final_learning_rate_share
    )


def test_a_validation_loss_that_is_not_finite_ends_the_run(
    learn: Callable[..., TrainingResult], validation: list[Conversation], recipe: Recipe
) -> None:
    broken = [replace(one, top_logprobs=one.top_logprobs * float("nan")) for one in validation]
    with pytest.raises(TrainingDivergedError, match="validation loss"):
        learn(recipe, validation=broken)


def test_patience_counts_from_the_best_loss() -> None:
    stopping = EarlyStopping(patience=2)
    exhausted = []
    for step, loss in enumerate([3.0, 2.0, 2.5, 1.9, 1.9, 2.4]):
        stopping.note(ValidationPoint(step=step, loss=loss))
        exhausted.append(stopping.exhausted)
    assert exhausted == [False, False, False, False, False, True]
    assert stopping.best == ValidationPoint(step=3, loss=1.9)
    again = EarlyStopping(patience=2)
    again.replay(stopping.points)
    assert (again.best, again.exhausted) == (stopping.best, True)
