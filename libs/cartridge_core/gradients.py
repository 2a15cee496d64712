"""Who computes a training step's gradient: this process by itself, or together with others."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from cartridge_core.batching import Batch
from cartridge_core.distillation import sparse_cross_entropy
from cartridge_core.models import Model, PrefixKV


class Gradients(Protocol):
    """What a training run asks for the loss of a batch and for its gradient."""

    def backward(self, prefix: PrefixKV, batch: Batch, share: float) -> float:
        """The batch's mean loss (nats a target token) after `prefix`.

        `share` of its gradient is added to the `grad` of the tensors that `prefix` was made of.
        """


class OwnGradients:
    """Forward and backward in the caller's thread."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def backward(self, prefix: PrefixKV, batch: Batch, share: float) -> float:
        loss = sparse_cross_entropy(batch.hidden(self._model, prefix), self._model.head, batch.targets)
        (loss * share).backward()
        return loss.item()


def leaves_of(prefix: PrefixKV) -> PrefixKV:
    """The same numbers as leaves of their own, which gather a gradient where those of `prefix` have one."""

    def leaves(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        return tuple(tensor.detach().requires_grad_(tensor.requires_grad) for tensor in tensors)

    return PrefixKV(leaves(prefix.keys), leaves(prefix.values), prefix.next_position)


def hand_back(prefix: PrefixKV, gradients: Sequence[Tensor | None]) -> None:
    """Add gradients, of keys layer by layer and then of values, to the `grad` of what `prefix` was made of."""
    moving = [
        (made, gradient)
        for made, gradient in zip((*prefix.keys, *prefix.values), gradients, strict=True)
        if made.requires_grad and gradient is not None
    ]
    torch.autograd.backward([made for made, _ in moving], [gradient for _, gradient in moving])
