"""Several cartridges before one prompt."""

from collections.abc import Sequence

import torch

from cartridge_core.artifact import Cartridge
from cartridge_core.models.kv import PrefixKV


def compose(cartridges: Sequence[Cartridge], dtype: torch.dtype) -> PrefixKV | None:
    """The cartridges one after another as one prefix; None for none.

    Every cartridge keeps the positions it was trained at: they overlap, and the prompt starts where the longest
    one ends. A frozen first token is the model's attention sink, the same in all, so it stands once.
    """
    if not cartridges:
        return None
    if len(cartridges) == 1:
        return cartridges[0].as_prefix(dtype)
    starts = [0] + [1 if cartridge.header.frozen_tokens else 0 for cartridge in cartridges[1:]]
    pairs = list(zip(cartridges, starts, strict=True))
    keys = torch.cat([cartridge.keys[:, :, start:].to(dtype) for cartridge, start in pairs], dim=2)
    values = torch.cat([cartridge.values[:, :, start:].to(dtype) for cartridge, start in pairs], dim=2)
    return PrefixKV(keys.unbind(0), values.unbind(0), max(c.header.next_position for c in cartridges))
