"""The lines that are compared: this product's training step, and a plain one written with transformers.

Both start from the same prefix and are given the same rows. A step is all that has to be done for it: rows put
together, forward, backward, clipping, Adam.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, DynamicCache

from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row, pack
from cartridge_core.distillation import sparse_cross_entropy
from cartridge_core.gradients import OwnGradients
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import TrainedPart
from cartridge_core.trainable_prefix import TrainablePrefix

LEARNING_RATE = 1e-3
_CLIP = 1.0


class Line(Protocol):
    """One way of training the prefix."""

    def step(self, rows: Sequence[Row]) -> float:
        """Make one optimizer step on `rows`; its mean loss, nats a target token."""

    def gradient(self, rows: Sequence[Row]) -> Tensor:
        """Gradient of that loss where training starts, of keys and values `[2, layers, kv_heads, p, head_dim]` fp32."""


class Ours:
    """What `cartridge_core.training` does in a step."""

    def __init__(self, model: Model, initial: Cartridge) -> None:
        self._model = model
        self._initial = initial
        self._trainable = TrainablePrefix(initial, model, TrainedPart.BOTH)
        self._gradients = OwnGradients(model)
        self._moving = list(self._trainable.moving.values())
        self._optimizer = torch.optim.Adam(self._moving, lr=LEARNING_RATE, betas=(0.9, 0.95))

    def step(self, rows: Sequence[Row]) -> float:
        loss = self._gradients.backward(self._trainable.prefix(), pack(rows), 1.0)
        torch.nn.utils.clip_grad_norm_(self._moving, _CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return loss

    def gradient(self, rows: Sequence[Row]) -> Tensor:
        tensors = [tensor.clone().requires_grad_() for tensor in (self._initial.keys, self._initial.values)]
        keys, values = (tensor.to(self._model.dtype).unbind(0) for tensor in tensors)
        batch = pack(rows)
        hidden = batch.hidden(self._model, PrefixKV(keys, values, self._initial.header.next_position))
        loss = sparse_cross_entropy(hidden, self._model.head, batch.targets)
        return torch.stack(torch.autograd.grad(loss, tensors))


class Plain:
    """The model frozen, `past_key_values` trainable, log-softmax over the vocabulary at every position."""

    def __init__(self, directory: Path, initial: Cartridge, dtype: torch.dtype) -> None:
        self._model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype).requires_grad_(False)
        self._tensors = [tensor.clone().requires_grad_() for tensor in (initial.keys, initial.values)]
        self._start = [tensor.detach().clone() for tensor in self._tensors]
        self._optimizer = torch.optim.Adam(self._tensors, lr=LEARNING_RATE, betas=(0.9, 0.95))

    def step(self, rows: Sequence[Row]) -> float:
        loss = self._loss(rows, self._tensors)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._tensors, _CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def gradient(self, rows: Sequence[Row]) -> Tensor:
        tensors = [tensor.clone().requires_grad_() for tensor in self._start]
        return torch.stack(torch.autograd.grad(self._loss(rows, tensors), tensors))

    def _loss(self, rows: Sequence[Row], tensors: Sequence[Tensor]) -> Tensor:
        ids, targets, probabilities, asked = padded(rows)
        cache = DynamicCache(config=self._model.config)
        for layer, (keys, values) in enumerate(zip(*tensors, strict=True)):
            both = [tensor.to(self._model.dtype).expand(len(rows), -1, -1, -1) for tensor in (keys, values)]
            cache.update(*both, layer)
        logprobs = self._model(ids, past_key_values=cache).logits.float().log_softmax(dim=-1)
        each = -(probabilities * logprobs.gather(2, targets)).sum(dim=-1)
        return (each * asked).sum() / asked.sum()


def padded(rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Token ids `[rows, T]`; at each position target ids and probabilities `[rows, T, k]`; which are asked for."""
    longest = max(row.length for row in rows)
    k = rows[0].targets.ids.shape[1]
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    targets = torch.zeros(len(rows), longest, k, dtype=torch.long)
    probabilities = torch.zeros(len(rows), longest, k)
    asked = torch.zeros(len(rows), longest)
    for index, row in enumerate(rows):
        span = slice(row.length - len(row.targets.ids), row.length)
        ids[index, : row.length] = row.tokens
        targets[index, span] = row.targets.ids
        probabilities[index, span] = row.targets.probabilities
        asked[index, span] = 1.0
    return ids, targets, probabilities, asked


def wide(initial: Cartridge, dtype: torch.dtype) -> Cartridge:
    """The start as every line can hold it exactly: fp32 numbers that are numbers of `dtype`."""
    keys, values = (tensor.to(dtype).float() for tensor in (initial.keys, initial.values))
    return replace(initial, keys=keys, values=values)
