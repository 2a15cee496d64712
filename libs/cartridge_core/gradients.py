"""Who computes a training step's gradient: this process by itself, or together with others."""

from typing import Protocol

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
