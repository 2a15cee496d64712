"""Training a cartridge: the model frozen, only keys and values of the prefix move.

What Adam moves is the offset from the initial keys and values in units of each layer's own RMS, so one learning
rate fits all layers, keys and values alike.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row, conversation_row, pack, plan_batches, text_rows
from cartridge_core.checkpoint import (
    Checkpoint,
    CheckpointState,
    fingerprint_run,
    read_checkpoint,
    write_checkpoint,
)
from cartridge_core.conversations import Conversation
from cartridge_core.distractors import NO_DISTRACTORS, Company, Distractors
from cartridge_core.errors import NothingToLearnError, TrainingDivergedError
from cartridge_core.gradients import Gradients, OwnGradients
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import (
    ConversationKind,
    LossWeighting,
    Objective,
    Recipe,
    TrainedPart,
    TrainingSettings,
)


class TrainingProgress(BaseModel):
    """After one optimizer step: loss in nats a target token, seconds still to go at the present speed."""

    model_config = ConfigDict(frozen=True)

    step: int
    steps: int
    loss: float
    learning_rate: float
    tokens_per_second: float
    eta_seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """The trained cartridge (fp32), the loss of every step, real tokens trained on and seconds it took."""

    cartridge: Cartridge
    losses: tuple[float, ...]
    tokens: int
    seconds: float


class TrainingCancelled(Exception):  # noqa: N818 - no error: the caller asked for it
    """`should_stop` answered true between two steps; the checkpoint, if one was asked for, is written."""


class _TrainablePrefix:
    """Offsets of the positions that are not frozen, and the prefix that they make. What is not `trained` stays."""

    def __init__(self, initial: Cartridge, model: Model, trained: TrainedPart) -> None:
        self._initial = initial
        self._dtype = model.dtype
        frozen = initial.header.frozen_tokens
        tensors = [tensor.to(model.device) for tensor in (initial.keys, initial.values)]
        self._frozen = [tensor[:, :, :frozen] for tensor in tensors]
        self._start = [tensor[:, :, frozen:] for tensor in tensors]
        self._scale = [tensor.pow(2).mean(dim=(1, 2, 3), keepdim=True).sqrt() for tensor in self._start]
        still = {TrainedPart.KEYS: "values", TrainedPart.VALUES: "keys"}.get(trained)
        self._offsets = {
            name: torch.zeros_like(tensor, requires_grad=name != still)
            for name, tensor in zip(("keys", "values"), self._start, strict=True)
        }
        self.moving = {name: offset for name, offset in self._offsets.items() if offset.requires_grad}

    def _tensors(self) -> list[Tensor]:
        """Keys and values `[layers, kv_heads, p, head_dim]`, fp32, differentiable."""
        parts = zip(self._frozen, self._start, self._scale, self._offsets.values(), strict=True)
        return [torch.cat((frozen, start + scale * offset), dim=2) for frozen, start, scale, offset in parts]

    def prefix(self) -> PrefixKV:
        keys, values = (tensor.to(self._dtype).unbind(0) for tensor in self._tensors())
        return PrefixKV(keys, values, self._initial.header.next_position)

    @torch.no_grad()
    def cartridge(self) -> Cartridge:
        keys, values = self._tensors()
        return replace(self._initial, keys=keys.clone().cpu(), values=values.clone().cpu())


class _Run:
    """One training run: rows, optimizer, schedule, and where it stands."""

    def __init__(
        self, model: Model, initial: Cartridge, rows: list[Row], recipe: Recipe, distractors: Distractors,
        *, gradients: Gradients,
    ) -> None:  # fmt: skip
        self.gradients = gradients
        self.rows = rows
        self.recipe = recipe
        self.settings = recipe.training
        self.trainable = _TrainablePrefix(initial, model, self.settings.trained)
        self.moving = self.trainable.moving
        self.optimizer = torch.optim.Adam(self.moving.values(), lr=1.0, betas=(0.9, 0.95))
        self.fingerprint = fingerprint_run(recipe, rows, initial.keys, initial.values, distractors.digest)
        self.company = Company(model, distractors, initial.header.next_position, recipe.seed)
        self.step = 0
        self.tokens = 0
        self.seconds = 0.0
        self.losses: list[float] = []
        self._lengths = [row.length for row in rows]
        self._plan: tuple[int, list[list[int]]] = (-1, [])

    def advance(self) -> float:
        """One optimizer step; its mean loss. Raises `TrainingDivergedError`."""
        rate = learning_rate(self.settings, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for part in range(self.settings.accumulation):
            batch = pack([self.rows[i] for i in self._batch(self.step * self.settings.accumulation + part)])
            prefix = self.company.join(self.trainable.prefix(), self.step)
            share = 1 / self.settings.accumulation
            total += share * self.gradients.backward(prefix, batch, share)
            self.tokens += batch.real_tokens
        norm = torch.nn.utils.clip_grad_norm_(self.moving.values(), self.settings.gradient_clip)
        if not math.isfinite(total) or not bool(torch.isfinite(norm)):
            raise TrainingDivergedError(
                f"loss {total} and gradient norm {float(norm)} at step {self.step + 1}: lower training.learning_rate"
            )
        self.optimizer.step()
        self.step += 1
        self.losses.append(total)
        return total

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

    def save(self, path: Path) -> None:
        tensors = {}
        for name, offset in self.moving.items():
            moments = self.optimizer.state[offset]
            tensors[f"{name}.offset"] = offset.detach()
            tensors[f"{name}.mean"] = moments["exp_avg"]
            tensors[f"{name}.square"] = moments["exp_avg_sq"]
        state = CheckpointState(
            run_fingerprint=self.fingerprint,
            step=self.step,
            tokens=self.tokens,
            seconds=self.seconds,
            losses=tuple(self.losses),
        )
        write_checkpoint(path, Checkpoint(state, tensors))

    def resume(self, path: Path) -> None:
        checkpoint = read_checkpoint(path, self.fingerprint)
        state = checkpoint.state
        self.step, self.tokens, self.seconds, self.losses = (
            state.step,
            state.tokens,
            state.seconds,
            list(state.losses),
        )
        with torch.no_grad():
            for name, offset in self.moving.items():
                offset.copy_(checkpoint.tensors[f"{name}.offset"])
                self.optimizer.state[offset] = {
                    "step": torch.tensor(float(state.step)),
                    "exp_avg": checkpoint.tensors[f"{name}.mean"].clone().to(offset.device),
                    "exp_avg_sq": checkpoint.tensors[f"{name}.square"].clone().to(offset.device),
                }


def train(
    model: Model,
    initial: Cartridge,
    conversations: Sequence[Conversation],
    recipe: Recipe,
    *,
    corpus_text: str,
    distractors: Distractors = NO_DISTRACTORS,
    gradients: Gradients | None = None,
    checkpoint: Path | None = None,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    on_checkpoint: Callable[[Path], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainingResult:
    """Train `initial` on `conversations` (or, for the next-token objective, on `corpus_text`).

    `distractors` stand beside it in their share of the steps; `gradients` computes them, by default this thread alone.
    With `checkpoint`, an existing file there is continued exactly (same curve as an uninterrupted run), and one is
    written every `recipe.training.checkpoint_every` steps, after which `on_checkpoint` is called. Raises
    `TrainingCancelled`, `TrainingDivergedError` and `CheckpointError`.
    """
    rows = training_rows(model, conversations, corpus_text, recipe)
    run = _Run(model, initial, rows, recipe, distractors, gradients=gradients or OwnGradients(model))
    if checkpoint is not None and checkpoint.exists():
        run.resume(checkpoint)
    started, base_seconds, base_tokens = time.monotonic(), run.seconds, run.tokens
    while run.step < run.settings.steps:
        if should_stop is not None and should_stop():
            if checkpoint is not None and run.step > 0:
                run.save(checkpoint)
            raise TrainingCancelled(f"cancelled after step {run.step}")
        loss = run.advance()
        elapsed = time.monotonic() - started
        run.seconds = base_seconds + elapsed
        if on_progress is not None:
            on_progress(
                TrainingProgress(
                    step=run.step,
                    steps=run.settings.steps,
                    loss=loss,
                    learning_rate=learning_rate(run.settings, run.step - 1),
                    tokens_per_second=(run.tokens - base_tokens) / elapsed,
                    eta_seconds=run.seconds / run.step * (run.settings.steps - run.step),
                )
            )
        if checkpoint is not None and run.step % run.settings.checkpoint_every == 0:
            run.save(checkpoint)
            if on_checkpoint is not None:
                on_checkpoint(checkpoint)
    return TrainingResult(run.trainable.cartridge(), tuple(run.losses), run.tokens, run.seconds)


def learning_rate(settings: TrainingSettings, step: int) -> float:
    """Linear warm-up, then a cosine from the peak to `final_learning_rate_share` of it."""
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / settings.warmup_steps
    span = max(1, settings.steps - settings.warmup_steps)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, (step - settings.warmup_steps) / span)))
    share = settings.final_learning_rate_share
    return settings.learning_rate * (share + (1 - share) * cosine)


def training_rows(
    model: Model, conversations: Sequence[Conversation], corpus_text: str, recipe: Recipe
) -> list[Row]:
    """What the recipe's objective trains on, weighted as it says. Raises `NothingToLearnError`."""
    if recipe.training.objective is Objective.NEXT_TOKEN:
        return text_rows(model.chat.encode(corpus_text), recipe.training.max_row_tokens)
    rows = [conversation_row(conversation, recipe.training.max_row_tokens) for conversation in conversations]
    if not rows:
        raise NothingToLearnError(
            "no conversation to train on: ask for more recitations, or lower self_study.min_teacher_logprob"
        )
    if recipe.training.weighting is LossWeighting.UNIFORM:
        return rows
    return _weighted(rows, conversations, recipe.training)


def _weighted(
    rows: list[Row], conversations: Sequence[Conversation], settings: TrainingSettings
) -> list[Row]:
    """The rows with each target counting by its context gain, 1 on average over all rows about the corpus.

    What the model says without the corpus anyway needs no cartridge; what the corpus changes is what it is for. Rows
    about anything else have no gain by their nature and count 1 at every target.
    """
    weights = [
        None
        if conversation.kind is ConversationKind.GENERAL
        else conversation.context_gain[: len(row.targets.ids)].clamp(max=settings.weight_cap)
        + settings.weight_floor
        for row, conversation in zip(rows, conversations, strict=True)
    ]
    about_corpus = [weight for weight in weights if weight is not None]
    mean = torch.cat(about_corpus).mean() if about_corpus else torch.ones(())
    return [
        row if weight is None else replace(row, targets=row.targets.weighted(weight / mean))
        for row, weight in zip(rows, weights, strict=True)
    ]
