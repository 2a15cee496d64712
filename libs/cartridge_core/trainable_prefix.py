"""The keys and values of a cartridge in training: what Adam moves, and the prefix and the cartridge it makes.

What moves is the offset from the initial keys and values in units of each layer's own RMS, so one learning rate fits
all layers, keys and values alike.
"""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from cartridge_core.artifact import Cartridge
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import TrainedPart


class TrainablePrefix:
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

    def _tensors(self, offsets: Mapping[str, Tensor]) -> list[Tensor]:
        """Keys and values `[layers, kv_heads, p, head_dim]`, fp32, differentiable."""
        parts = zip(self._frozen, self._start, self._scale, offsets.values(), strict=True)
        return [torch.cat((frozen, start + scale * offset), dim=2) for frozen, start, scale, offset in parts]

    def prefix(self) -> PrefixKV:
        """The prefix as it stands, in the model's dtype; a gradient through it reaches the offsets."""
        keys, values = (tensor.to(self._dtype).unbind(0) for tensor in self._tensors(self._offsets))
        return PrefixKV(keys, values, self._initial.header.next_position)

    def moved(self) -> dict[str, Tensor]:
        """A copy of the moving offsets on the CPU, to come back to with `cartridge`."""
        return {name: offset.detach().cpu().clone() for name, offset in self.moving.items()}

    @torch.no_grad()
    def cartridge(self, moved: Mapping[str, Tensor] | None = None) -> Cartridge:
        """The cartridge (fp32, CPU) as it stands, or as it stood when `moved` was taken."""
        offsets = {
            name: offset if moved is None or name not in moved else moved[name].to(offset.device)
            for name, offset in self._offsets.items()
        }
        keys, values = self._tensors(offsets)
        return replace(self._initial, keys=keys.clone().cpu(), values=values.clone().cpu())
