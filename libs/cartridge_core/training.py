"""Training a cartridge: the model frozen, only keys and values of the prefix move, until it is time to stop."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cartridge_core.artifact import Cartridge
from cartridge_core.conversations import Conversation
from cartridge_core.distractors import NO_DISTRACTORS, Distractors
from cartridge_core.early_stopping import ValidationPoint
from cartridge_core.gradients import Gradients
from cartridge_core.models import Model
from cartridge_core.recipe import Recipe
from cartridge_core.training_run import TrainingEnd, TrainingRun


class TrainingProgress(BaseModel):
    """After one optimizer step: loss in nats a target token, seconds still to go at the present speed.

    `tokens` and `seconds` are those of the whole run so far. `validation_loss` was measured last at `validated_step`,
    and was the least at `best_step`. `end` says why this step was the last one.
    """

    model_config = ConfigDict(frozen=True)

    step: int
    steps: int
    loss: float
    learning_rate: float
    tokens_per_second: float
    eta_seconds: float
    tokens: int
    seconds: float
    validation_loss: float | None = None
    validated_step: int | None = None
    best_step: int | None = None
    end: TrainingEnd | None = None


@dataclass(frozen=True)
class TrainingResult:
    """The trained cartridge (fp32), the loss of every step, real tokens trained on and seconds it took.

    With validation conversations the cartridge is the one after `best_step` steps, else the last one.
    """

    cartridge: Cartridge
    losses: tuple[float, ...]
    validation: tuple[ValidationPoint, ...]
    best_step: int
    end: TrainingEnd
    tokens: int
    seconds: float


class TrainingCancelled(Exception):  # noqa: N818 - no error: the caller asked for it
    """`should_stop` answered true between two steps; the checkpoint, if one was asked for, is written."""


def train(
    model: Model,
    initial: Cartridge,
    conversations: Sequence[Conversation],
    recipe: Recipe,
    *,
    corpus_text: str,
    validation: Sequence[Conversation] = (),
    distractors: Distractors = NO_DISTRACTORS,
    gradients: Gradients | None = None,
    checkpoint: Path | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    on_checkpoint: Callable[[Path], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> TrainingResult:
    """Train `initial` on `conversations` (or, for the next-token objective, on `corpus_text`).

    The loss on `validation` conversations, which must be none of those trained on nor of those that quality is
    measured with, decides which step's cartridge is taken and whether training ends early. `distractors` stand beside
    it in their share of the steps. `gradients` computes those, by default this thread alone.

    With `checkpoint`, an existing file there is continued exactly (same curve and same end as an uninterrupted run;
    where a budget of seconds limits it, as far as `clock` does the same), and one is written every
    `recipe.training.checkpoint_every` steps, after which `on_checkpoint` is called. Raises `TrainingCancelled`,
    `TrainingDivergedError` and `CheckpointError`.
    """
    run = TrainingRun(
        model, initial, conversations, recipe,
        corpus_text=corpus_text, validation=validation, distractors=distractors, gradients=gradients, clock=clock,
    )  # fmt: skip
    try:
        return drive(
            run, run.advance,
            checkpoint=checkpoint, on_progress=on_progress, on_checkpoint=on_checkpoint, should_stop=should_stop,
        )  # fmt: skip
    finally:
        # What comes after training has other uses for the memory that its steps hand to each other.
        model.workspaces.clear()


def drive(
    run: TrainingRun,
    advance: Callable[[], float],
    *,
    checkpoint: Path | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    on_checkpoint: Callable[[Path], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainingResult:
    """Call `advance`, which makes one step of `run` and answers its loss, until the run has ended; as `train` does."""
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)
    base_seconds, base_tokens = run.seconds, run.tokens
    while run.ended is None:
        if should_stop is not None and should_stop():
            if checkpoint is not None and run.step > 0:
                run.save(checkpoint)
            raise TrainingCancelled(f"cancelled after step {run.step}")
        rate = run.learning_rate
        loss = advance()
        if on_progress is not None:
            on_progress(_progress(run, loss, rate, run.tokens - base_tokens, run.seconds - base_seconds))
        if checkpoint is not None and run.step % run.settings.checkpoint_every == 0:
            run.save(checkpoint)
            if on_checkpoint is not None:
                on_checkpoint(checkpoint)
    best = run.stopping.best
    return TrainingResult(
        cartridge=run.cartridge(),
        losses=tuple(run.losses),
        validation=tuple(run.stopping.points),
        best_step=run.step if best is None else best.step,
        end=run.ended,
        tokens=run.tokens,
        seconds=run.seconds,
    )


def _progress(run: TrainingRun, loss: float, rate: float, tokens: int, seconds: float) -> TrainingProgress:
    """`tokens` and `seconds` are those since the run was begun or resumed: its present speed."""
    points, best = run.stopping.points, run.stopping.best
    return TrainingProgress(
        step=run.step,
        steps=run.settings.steps,
        loss=loss,
        learning_rate=rate,
        tokens_per_second=tokens / seconds if seconds else 0.0,
        eta_seconds=0.0 if run.ended is not None else run.seconds / run.share * (1 - run.share),
        tokens=run.tokens,
        seconds=run.seconds,
        validation_loss=points[-1].loss if points else None,
        validated_step=points[-1].step if points else None,
        best_step=None if best is None else best.step,
        end=run.ended,
    )
