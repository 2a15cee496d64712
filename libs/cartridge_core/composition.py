"""Several cartridges before one prompt: which columns stand there, and where each cartridge is moved to.

Position breaks a composition before anything else does: a cartridge answers well only when the prompt starts as far
behind its keys as in training. So every cartridge is moved to end where the prompt starts; they overlap, and each
one sees the prompt exactly where it was trained to see it. The prompt starts at the number of columns before it,
which is where any engine puts it that counts positions by cached tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from cartridge_core.artifact import Cartridge, CartridgeHeader
from cartridge_core.models.kv import PrefixKV
from cartridge_core.rotation import move_keys


@dataclass(frozen=True)
class Segment:
    """Columns `start ..` of the request's cartridge number `index`, keys moved by `distance` positions."""

    index: int
    start: int
    tokens: int
    distance: int


@dataclass(frozen=True)
class Layout:
    """What stands before a prompt: segments in order, then `padding` columns of zeros.

    A zero key scores 0 against every query and a zero value adds nothing: the mildest column there is.
    """

    segments: tuple[Segment, ...]
    padding: int

    @property
    def tokens(self) -> int:
        """Columns in all, and the position of the prompt's first token."""
        return sum(segment.tokens for segment in self.segments) + self.padding


def lay_out(headers: Sequence[CartridgeHeader], *, page_size: int = 1) -> Layout:
    """How the cartridges of `headers` stand before a prompt, in whole pages.

    Order is significant: columns stand in it, and a frozen first token — the model's attention sink, the same in
    all — stands once, as the first cartridge has it.
    """
    starts = [1 if index and header.frozen_tokens else 0 for index, header in enumerate(headers)]
    counts = [header.tokens - start for header, start in zip(headers, starts, strict=True)]
    padding = -sum(counts) % page_size
    end = sum(counts) + padding
    segments = tuple(
        Segment(index, start, count, end - header.next_position)
        for index, (header, start, count) in enumerate(zip(headers, starts, counts, strict=True))
    )
    return Layout(segments, padding)


def compose(
    cartridges: Sequence[Cartridge], inverse_frequencies: Tensor, dtype: torch.dtype, *, page_size: int = 1
) -> PrefixKV | None:
    """The cartridges as one prefix, as `lay_out` places them; None for none.

    `inverse_frequencies` `[head_dim / 2]` are the model's (`model.rope.inverse_frequencies`).
    """
    if not cartridges:
        return None
    layout = lay_out([cartridge.header for cartridge in cartridges], page_size=page_size)
    keys, values = [], []
    for segment in layout.segments:
        cartridge = cartridges[segment.index]
        columns = slice(segment.start, segment.start + segment.tokens)
        keys.append(move_keys(cartridge.keys[:, :, columns], segment.distance, inverse_frequencies).to(dtype))
        values.append(cartridge.values[:, :, columns].to(dtype))
    padding = (0, 0, 0, layout.padding)
    joined_keys = F.pad(torch.cat(keys, dim=2), padding)
    joined_values = F.pad(torch.cat(values, dim=2), padding)
    return PrefixKV(joined_keys.unbind(0), joined_values.unbind(0), layout.tokens)


def at_own_end(cartridge: Cartridge, inverse_frequencies: Tensor) -> Cartridge:
    """The same cartridge moved to where it stands alone: the prompt starts right behind its columns.

    Published cartridges stand here, moved in fp32 before they are rounded, so that serving one moves nothing.
    """
    header = cartridge.header
    distance = header.tokens - header.next_position
    moved = header.model_copy(
        update={
            "key_positions": tuple(position + distance for position in header.key_positions),
            "next_position": header.tokens,
        }
    )
    return replace(cartridge, header=moved, keys=move_keys(cartridge.keys, distance, inverse_frequencies))
