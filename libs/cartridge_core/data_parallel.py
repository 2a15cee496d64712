"""One cartridge trained by several processes, each with the model on a device of its own and a part of every batch.

Rank 0 leads: it alone has the run, with optimizer, schedule, checkpoints and the decision to stop. For each forward and
backward it sends prefix and batch to the others, all compute their rows, and the gradients' sum comes back. What goes
over the wire is a prefix and its gradient, some megabytes; a checkpoint knows nothing of how many processes there were.
"""

import torch
import torch.distributed as dist
from torch import Tensor

from cartridge_core.batching import Batch
from cartridge_core.distillation import SparseTargets
from cartridge_core.gradients import Gradients, OwnGradients, hand_back, leaves_of
from cartridge_core.models import Model, PrefixKV

_LEADER = 0
_END, _STEP = 0, 1
_HEADER_NUMBERS = 11


class FollowerFailedError(RuntimeError):
    """A process that trains together with this one could not compute its part. Another attempt may fare better."""


class LeadingGradients:
    """The `Gradients` of rank 0; the process group has been made, and everybody else is in `follow`."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._own = OwnGradients(model)

    def backward(self, prefix: PrefixKV, batch: Batch, share: float) -> float:
        """Raises `FollowerFailedError`."""
        leaves = leaves_of(prefix)
        _announce(leaves, batch, self._model.device)
        _send(leaves, batch, self._model.device)
        loss, gradient, failed = _reduce(self._model, leaves, _computed(self._own, leaves, batch))
        if failed:
            raise FollowerFailedError(
                f"{failed} of {dist.get_world_size()} processes could not compute their rows"
            )
        hand_back(prefix, [each * share for each in gradient.unbind(0)])
        return loss

    def end(self) -> None:
        """Let the others go."""
        dist.broadcast(torch.full((_HEADER_NUMBERS,), _END, device=self._model.device), _LEADER)


def follow(model: Model) -> None:
    """What every rank but 0 does until rank 0 ends it: compute its part of each batch."""
    own = OwnGradients(model)
    while True:
        header = torch.zeros(_HEADER_NUMBERS, dtype=torch.long, device=model.device)
        dist.broadcast(header, _LEADER)
        if int(header[0]) == _END:
            return
        prefix, batch = _receive(header.tolist(), model)
        computed = None
        try:
            computed = _computed(own, prefix, batch)
        finally:
            # Also where it failed: the leader waits for a word of everybody.
            _reduce(model, prefix, computed)


def part_of(batch: Batch, rank: int, world: int) -> Batch | None:
    """Every `world`th row of a batch, which is sorted by length, from row `rank` on; None where there are fewer rows."""
    lengths = batch.lengths[rank::world]
    if not len(lengths):
        return None
    mine = batch.rows % world == rank
    return Batch(
        tokens=batch.tokens[rank::world, : int(lengths.max())],
        lengths=lengths,
        rows=batch.rows[mine] // world,
        columns=batch.columns[mine],
        targets=SparseTargets(batch.targets.ids[mine], batch.targets.probabilities[mine]),
    )


def _computed(own: Gradients, prefix: PrefixKV, batch: Batch) -> float:
    """This rank's part of the batch's mean loss; its gradient is left at the leaves of `prefix`."""
    part = part_of(batch, dist.get_rank(), dist.get_world_size())
    if part is None:
        return 0.0
    share = len(part.rows) / len(batch.rows)
    return share * own.backward(prefix, part, share)


def _reduce(model: Model, prefix: PrefixKV, loss: float | None) -> tuple[float, Tensor, int]:
    """At rank 0 the sums of losses and of gradients `[2 * layers, kv_heads, p, head_dim]`, and how many ranks failed."""
    tensors = (*prefix.keys, *prefix.values)
    gradient = torch.stack(
        [torch.zeros_like(each) if each.grad is None else each.grad for each in tensors]
    ).float()
    told = torch.tensor([loss or 0.0, float(loss is None)], dtype=torch.float32, device=model.device)
    dist.reduce(told, _LEADER)
    dist.reduce(gradient, _LEADER)
    return float(told[0]), gradient, int(told[1])


def _announce(prefix: PrefixKV, batch: Batch, device: torch.device) -> None:
    """The shapes of what `_send` sends."""
    kv_heads, tokens, head_dim = prefix.keys[0].shape
    numbers = [
        _STEP, *batch.tokens.shape, *batch.targets.ids.shape, kv_heads, tokens, head_dim, prefix.next_position,
        int(prefix.keys[0].requires_grad), int(prefix.values[0].requires_grad),
    ]  # fmt: skip
    dist.broadcast(torch.tensor(numbers, device=device), _LEADER)


def _send(prefix: PrefixKV, batch: Batch, device: torch.device) -> None:
    for tensor in (
        batch.tokens,
        batch.lengths,
        batch.rows,
        batch.columns,
        batch.targets.ids,
        batch.targets.probabilities,
        torch.stack(prefix.keys).detach(),
        torch.stack(prefix.values).detach(),
    ):
        dist.broadcast(tensor.to(device).contiguous(), _LEADER)


def _receive(header: list[int], model: Model) -> tuple[PrefixKV, Batch]:
    _, rows, longest, count, k, kv_heads, p, head_dim, position, keys_move, values_move = header

    def received(*shape: int, dtype: torch.dtype = torch.long) -> Tensor:
        tensor = torch.empty(shape, dtype=dtype, device=model.device)
        dist.broadcast(tensor, _LEADER)
        return tensor

    # Rows are laid out on the CPU; what the model needs it takes to its device.
    tokens, lengths = received(rows, longest).cpu(), received(rows).cpu()
    of_rows, columns = received(count).cpu(), received(count).cpu()
    targets = SparseTargets(received(count, k), received(count, k, dtype=torch.float32))
    shape = (model.config.layers, kv_heads, p, head_dim)
    keys, values = received(*shape, dtype=model.dtype), received(*shape, dtype=model.dtype)
    prefix = PrefixKV(
        tuple(each.requires_grad_(bool(keys_move)) for each in keys.unbind(0)),
        tuple(each.requires_grad_(bool(values_move)) for each in values.unbind(0)),
        position,
    )
    return prefix, Batch(tokens, lengths, of_rows, columns, targets)
