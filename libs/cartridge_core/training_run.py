"""One training run as a state that is moved step by step: rows, optimizer, schedule, and where it stands.

`TrainingRun.advance` makes a whole step, until `ended` says why there is no further one. Its `gradients` compute the
step's gradient: in this thread, or together with other processes or other runs.
"""

import math
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row, group_by_length, pack, plan_batches
from cartridge_core.checkpoint import (
    Checkpoint,
    CheckpointState,
    fingerprint_run,
    read_checkpoint,
    write_checkpoint,
)
from cartridge_core.conversations import Conversation
from cartridge_core.distillation import sparse_cross_entropy
from cartridge_core.distractors import NO_DISTRACTORS, Company, Distractors
from cartridge_core.early_stopping import EarlyStopping, ValidationPoint
from cartridge_core.errors import TrainingDivergedError
from cartridge_core.gradients import Gradients, OwnGradients
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import Recipe
from cartridge_core.trainable_prefix import TrainablePrefix
from cartridge_core.training_rows import conversation_rows, training_rows
from cartridge_core.training_schedule import learning_rate, share_used


class TrainingEnd(StrEnum):
    """Why a training run ended: all steps made, no better loss for too long, or its tokens or seconds used up."""

    STEPS = "steps"
    EARLY_STOP = "early_stop"
    BUDGET = "budget"


class TrainingRun:
    """`step`, `tokens` (real ones trained on) and `seconds` count from the run's very beginning."""

    def __init__(
        self,
        model: Model,
        initial: Cartridge,
        conversations: Sequence[Conversation],
        recipe: Recipe,
        *,
        corpus_text: str,
        validation: Sequence[Conversation] = (),
        distractors: Distractors = NO_DISTRACTORS,
        gradients: Gradients | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The beginning of a run; `train` says what the parts are for. Raises `NothingToLearnError`."""
        self.model = model
        self.recipe = recipe
        self.settings = recipe.training
        self.rows = training_rows(model, conversations, corpus_text, recipe)
        self.validation_rows = conversation_rows(validation, self.settings)
        self.trainable = TrainablePrefix(initial, model, self.settings.trained)
        self.moving = self.trainable.moving
        self.company = Company(model, distractors, initial.header.next_position, recipe.seed)
        self.fingerprint = fingerprint_run(
            recipe, self.rows, self.validation_rows, initial, distractors.digest
        )
        self.step = 0
        self.tokens = 0
        self.seconds = 0.0
        self.losses: list[float] = []
        self.stopping = EarlyStopping(self.settings.patience or None)
        self._optimizer = torch.optim.Adam(self.moving.values(), lr=1.0, betas=(0.9, 0.95))
        self._gradients = gradients or OwnGradients(model)
        self._clock = clock
        self._best: dict[str, Tensor] | None = None
        self._warm_share = None if self.settings.warmup_steps else 0.0
        self._lengths = [row.length for row in self.rows]
        self._plan: tuple[int, list[list[int]]] = (-1, [])

    @property
    def share(self) -> float:
        """The share of the run's limits that is used up, 1 and more at its end."""
        return share_used(self.settings, self.step, self.tokens, self.seconds)

    @property
    def learning_rate(self) -> float:
        """The rate of the step that comes next."""
        return learning_rate(self.settings, self.step, self.share, self._warm_share)

    @property
    def ended(self) -> TrainingEnd | None:
        """Why there is no further step to make; None while there is."""
        if self.step >= self.settings.steps:
            return TrainingEnd.STEPS
        if self.share >= 1:
            return TrainingEnd.BUDGET
        return TrainingEnd.EARLY_STOP if self.stopping.exhausted else None

    def advance(self) -> float:
        """Make one optimizer step, and measure where that is due; the step's loss. Raises `TrainingDivergedError`."""
        started = self._clock()
        self.measure_beginning()
        loss, tokens = self.backward()
        self.apply(loss)
        self.count(loss, tokens, self._clock() - started)
        return loss

    def step_rows(self) -> list[list[Row]]:
        """The rows of the step that comes next, one list for each forward pass."""
        parts = self.settings.accumulation
        return [
            [self.rows[index] for index in self._batch(self.step * parts + part)] for part in range(parts)
        ]

    def prefix(self) -> PrefixKV:
        """What stands before the rows of the step that comes next; a gradient through it reaches `moving`."""
        return self.company.join(self.trainable.prefix(), self.step)

    def backward(self) -> tuple[float, int]:
        """Leave the gradient of the next step's mean loss at `moving`; that loss, and the step's real tokens."""
        total, tokens, share = 0.0, 0, 1 / self.settings.accumulation
        for rows in self.step_rows():
            batch = pack(rows)
            total += share * self._gradients.backward(self.prefix(), batch, share)
            tokens += batch.real_tokens
        return total, tokens

    def apply(self, loss: float) -> None:
        """Move by the gradient at `moving`, and clear it.

        Raises `TrainingDivergedError` where the step's loss or gradient are not finite.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate
        norm = torch.nn.utils.clip_grad_norm_(self.moving.values(), self.settings.gradient_clip)
        if not math.isfinite(loss) or not bool(torch.isfinite(norm)):
            raise TrainingDivergedError(
                f"loss {loss} and gradient norm {float(norm)} at step {self.step + 1}: lower training.learning_rate"
            )
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def count(self, loss: float, tokens: int, seconds: float) -> None:
        """Note that a step was made, and measure the validation loss where that is due: every so often, and at the end.

        `tokens` and `seconds` are those of this run's part of it. Raises `TrainingDivergedError`.
        """
        self.step += 1
        self.tokens += tokens
        self.seconds += seconds
        self.losses.append(loss)
        if self._warm_share is None and self.step >= self.settings.warmup_steps:
            self._warm_share = self.share
        if self.step % self.settings.validate_every == 0 or self.ended is not None:
            started = self._clock()
            self._measure()
            self.seconds += self._clock() - started

    def measure_beginning(self) -> None:
        """Measure the validation loss of the cartridge that training starts from, before the first step."""
        if self.step == 0 and not self.stopping.points:
            self._measure()

    def cartridge(self) -> Cartridge:
        """The cartridge with the best loss on the validation conversations, as it stands where there are none."""
        return self.trainable.cartridge(self._best)

    def save(self, path: Path) -> None:
        """Write all that decides the rest of the run to `path`."""
        tensors = {}
        for name, offset in self.moving.items():
            moments = self._optimizer.state[offset]
            tensors[f"{name}.offset"] = offset.detach()
            tensors[f"{name}.mean"] = moments["exp_avg"]
            tensors[f"{name}.square"] = moments["exp_avg_sq"]
            if self._best is not None:
                tensors[f"{name}.best"] = self._best[name]
        state = CheckpointState(
            run_fingerprint=self.fingerprint,
            step=self.step,
            tokens=self.tokens,
            seconds=self.seconds,
            losses=tuple(self.losses),
            warm_share=self._warm_share,
            validation=tuple(self.stopping.points),
        )
        write_checkpoint(path, Checkpoint(state, tensors))

    def resume(self, path: Path) -> None:
        """Go on exactly where `save` was called. Raises `CheckpointError`."""
        checkpoint = read_checkpoint(path, self.fingerprint)
        state, tensors = checkpoint.state, checkpoint.tensors
        self.step, self.tokens, self.seconds = state.step, state.tokens, state.seconds
        self.losses = list(state.losses)
        self._warm_share = state.warm_share
        self.stopping.replay(state.validation)
        with torch.no_grad():
            for name, offset in self.moving.items():
                offset.copy_(tensors[f"{name}.offset"])
                self._optimizer.state[offset] = {
                    "step": torch.tensor(float(state.step)),
                    "exp_avg": tensors[f"{name}.mean"].clone().to(offset.device),
                    "exp_avg_sq": tensors[f"{name}.square"].clone().to(offset.device),
                }
        if state.validation:
            self._best = {name: tensors[f"{name}.best"].clone() for name in self.moving}

    @torch.no_grad()
    def _measure(self) -> None:
        """Note the validation loss at the present step, and keep the offsets where it is the best."""
        if not self.validation_rows:
            return
        total, count = 0.0, 0
        prefix = self.trainable.prefix()
        lengths = [row.length for row in self.validation_rows]
        for indices in group_by_length(range(len(lengths)), lengths, self.settings.batch_tokens):
            batch = pack([self.validation_rows[index] for index in indices])
            loss = sparse_cross_entropy(batch.hidden(self.model, prefix), self.model.head, batch.targets)
            total += loss.item() * len(batch.rows)
            count += len(batch.rows)
        loss_now = total / count
        if not math.isfinite(loss_now):
            raise TrainingDivergedError(
                f"validation loss {loss_now} after step {self.step}: lower training.learning_rate"
            )
        if self.stopping.note(ValidationPoint(step=self.step, loss=loss_now)):
            self._best = self.trainable.moved()

    def _batch(self, number: int) -> list[int]:
        """Rows of the batch with this number, counted through all epochs."""
        epoch = 0
        while True:
            if self._plan[0] != epoch:
                settings = self.settings
                self._plan = (
                    epoch,
                    plan_batches(self._lengths, settings.batch_tokens, self.recipe.seed, epoch),
                )
            batches = self._plan[1]
            if number < len(batches):
                return batches[number]
            number -= len(batches)
            epoch += 1
