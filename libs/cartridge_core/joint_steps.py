"""Steps of several training runs as one: each run its own prefix and rows, all of them one forward and backward.

A small run's batch fills neither a GPU nor a CPU: reading the weights and starting kernels costs the same for ten
rows as for a hundred. Runs that train at the same time on one frozen model therefore hand their batches to one place,
where whatever has come together goes through the model at once. Rows of a batch do not see each other, so every run
gets the gradient it would have alone (up to the order of additions); optimizer, schedule and checkpoints stay the run's.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from cartridge_core.batching import Batch, join
from cartridge_core.computing_thread import ComputingThread, computing_little
from cartridge_core.distillation import sparse_cross_entropy
from cartridge_core.gradients import hand_back, leaves_of
from cartridge_core.models import JoinedPrefixes, Model, PrefixKV

# A run that is late (it stores a checkpoint, say) is waited for this share of what the last step took, or this long: an
# optimizer's step takes some milliseconds however small the model is.
_PATIENCE_SHARE = 0.25
_LEAST_PATIENCE_SECONDS = 0.03
# Batches go together while padding them to the longest row among them adds no more than this share. Attention alone
# computes on padding.
_PADDING_SHARE = 1.0


@dataclass(eq=False)
class _Asked:
    """One run's batch, and the answer to it. `prefix` has leaves that gather the gradient."""

    prefix: PrefixKV
    batch: Batch
    share: float
    loss: float = 0.0
    error: BaseException | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def padded_tokens(self) -> int:
        return self.batch.tokens.numel()


class JointSteps:
    """Where runs of one model meet: each trains in a thread of its own with the `Gradients` that `joined` gives it.

    `max_tokens`: padded tokens of one forward and backward; it bounds memory, whatever number of runs come together.
    `computing`: the thread in which others compute on the same device.
    """

    def __init__(self, model: Model, max_tokens: int, computing: ComputingThread | None = None) -> None:
        self._model = model
        self._thread = computing or ComputingThread()
        self._max_tokens = max_tokens
        self._change = threading.Condition()
        self._runs = 0
        self._asked: list[_Asked] = []
        self._computing = False
        self._last_seconds = 0.0

    @contextmanager
    def joined(self) -> Iterator["JointGradients"]:
        """The gradients of one run, which the others reckon with until the block ends.

        What the run computes besides, its optimizer's steps above all, takes one thread meanwhile.
        """
        with self._change:
            self._runs += 1
        try:
            with computing_little(self._thread.threads):
                yield JointGradients(self)
        finally:
            with self._change:
                self._runs -= 1
                self._change.notify_all()

    def answer(self, asked: _Asked) -> None:
        """Return when `asked` is answered: by whoever computes, or by computing in this thread.

        The first to ask waits a moment for the other runs, computes for all that have come, and is followed by
        one of those that came meanwhile.
        """
        with self._change:
            self._asked.append(asked)
            self._change.notify_all()
        while not asked.answered.is_set():
            batch = self._take(asked)
            if batch:
                try:
                    self._compute(batch)
                finally:
                    with self._change:
                        self._computing = False
                        self._change.notify_all()

    def _take(self, asked: _Asked) -> list[_Asked]:
        """What is to be computed now by this thread; nothing once another one has answered."""
        with self._change:
            self._change.wait_for(lambda: asked.answered.is_set() or not self._computing)
            if asked.answered.is_set():
                return []
            self._computing = True
            patience = max(self._last_seconds * _PATIENCE_SHARE, _LEAST_PATIENCE_SECONDS)
            self._change.wait_for(lambda: len(self._asked) >= self._runs, timeout=patience)
            taken, self._asked = self._asked, []
            return taken

    def _compute(self, taken: list[_Asked]) -> None:
        started = time.monotonic()
        try:
            for group in groups_of(taken, self._max_tokens):
                self._thread.run(partial(self._compute_group, group))
        except BaseException as error:
            # None may take what was not computed for a loss of nought.
            for asked in taken:
                asked.error = error
            raise
        finally:
            self._last_seconds = time.monotonic() - started
            for asked in taken:
                asked.answered.set()

    def _compute_group(self, group: list[_Asked]) -> None:
        """One forward and backward; where it fails, one for each, so that nobody fails for another's batch."""
        try:
            losses = backward_together(self._model, [(each.prefix, each.batch, each.share) for each in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to the run it belongs to
            if len(group) == 1:
                group[0].error = error
                return
            for each in group:
                _forget_gradient(each.prefix)
                self._compute_group([each])
        else:
            for each, loss in zip(group, losses, strict=True):
                each.loss = loss


class JointGradients:
    """The `Gradients` of one run among those that meet in `steps`."""

    def __init__(self, steps: JointSteps) -> None:
        self._steps = steps

    def backward(self, prefix: PrefixKV, batch: Batch, share: float) -> float:
        # Leaves of its own: what made the prefix is differentiated in the run's thread, and only what moves at all.
        asked = _Asked(leaves_of(prefix), batch, share)
        self._steps.answer(asked)
        if asked.error is not None:
            raise asked.error
        hand_back(prefix, [leaf.grad for leaf in (*asked.prefix.keys, *asked.prefix.values)])
        return asked.loss


def backward_together(model: Model, parts: Sequence[tuple[PrefixKV, Batch, float]]) -> list[float]:
    """The mean loss of each batch after its own prefix; each share of a gradient is added to its prefix's leaves."""
    if len(parts) == 1:
        ((prefix, batch, _),) = parts
        hidden = [batch.hidden(model, prefix)]
    else:
        hidden = _hidden_together(model, [(prefix, batch) for prefix, batch, _ in parts])
    losses = [
        sparse_cross_entropy(states, model.head, batch.targets)
        for states, (_, batch, _) in zip(hidden, parts, strict=True)
    ]
    shares = torch.tensor([share for _, _, share in parts], device=losses[0].device)
    (torch.stack(losses) * shares).sum().backward()
    return [loss.item() for loss in losses]


def groups_of(asked: Sequence[_Asked], max_tokens: int) -> list[list[_Asked]]:
    """Which batches go through the model together: of similar row lengths, at most `max_tokens` padded tokens.

    A batch that is larger by itself stands alone.
    """
    groups: list[list[_Asked]] = []
    for each in sorted(asked, key=lambda one: one.batch.tokens.shape[1]):
        longest = each.batch.tokens.shape[1]
        if groups:
            together = [*groups[-1], each]
            padded = longest * sum(len(one.batch.tokens) for one in together)
            apart = sum(one.padded_tokens for one in together)
            if padded <= max_tokens and padded <= (1 + _PADDING_SHARE) * apart:
                groups[-1].append(each)
                continue
        groups.append([each])
    return groups


def _hidden_together(model: Model, parts: Sequence[tuple[PrefixKV, Batch]]) -> list[Tensor]:
    """Hidden states `[n_i, hidden]` of each batch's target positions, all batches in one forward pass."""
    batches = [batch for _, batch in parts]
    prefixes = JoinedPrefixes(
        tuple(prefix for prefix, _ in parts), tuple(len(batch.tokens) for batch in batches)
    )
    states = join(batches).hidden(model, prefixes)
    return list(states.split([len(batch.rows) for batch in batches]))


def _forget_gradient(prefix: PrefixKV) -> None:
    for tensor in (*prefix.keys, *prefix.values):
        tensor.grad = None
