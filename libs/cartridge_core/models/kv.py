"""Keys and values: a prefix that stands before every row, and the growing cache of rows."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class PrefixKV:
    """Keys (after RoPE) and values of prefix positions, layer by layer, and where the next token stands.

    `keys[layer]` and `values[layer]`: `[kv_heads, p, head_dim]`. `next_position` is the RoPE position of the
    first token after the prefix; keys carry their own positions already.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    next_position: int

    @property
    def tokens(self) -> int:
        return self.keys[0].shape[1]

    def on(self, device: torch.device) -> "PrefixKV":
        """The same on `device`; itself where it is there already. Differentiable."""
        if self.keys[0].device == device:
            return self
        return PrefixKV(
            tuple(k.to(device) for k in self.keys),
            tuple(v.to(device) for v in self.values),
            self.next_position,
        )

    def to(self, dtype: torch.dtype) -> "PrefixKV":
        return PrefixKV(
            tuple(k.to(dtype) for k in self.keys), tuple(v.to(dtype) for v in self.values), self.next_position
        )


@dataclass(frozen=True)
class JoinedPrefixes:
    """Prefixes of several owners in one batch: `rows[i]` rows, following those before, stand after `prefixes[i]`."""

    prefixes: tuple[PrefixKV, ...]
    rows: tuple[int, ...]

    def on(self, device: torch.device) -> "JoinedPrefixes":
        """The same on `device`. Differentiable."""
        return JoinedPrefixes(tuple(prefix.on(device) for prefix in self.prefixes), self.rows)


class RowCache:
    """KV of a batch of rows, every row with its own length.

    A layer's values are `[rows, kv_heads, capacity, head_dim]`, its keys `[rows, kv_heads, head_dim, capacity]`:
    transposed, because a product with a slice of a transposed view would copy the whole cache at every step.
    Slots and positions are separate: a row may begin with a prefix whose keys stand anywhere.
    """

    def __init__(
        self, *, layers: int, kv_heads: int, head_dim: int, rows: int, capacity: int, dtype: torch.dtype,
        device: torch.device,
    ) -> None:  # fmt: skip
        self.keys = [
            torch.zeros((rows, kv_heads, head_dim, capacity), dtype=dtype, device=device)
            for _ in range(layers)
        ]
        self.values = [
            torch.zeros((rows, kv_heads, capacity, head_dim), dtype=dtype, device=device)
            for _ in range(layers)
        ]
        self.lengths = torch.zeros(rows, dtype=torch.long, device=device)

    @property
    def capacity(self) -> int:
        return self.keys[0].shape[3]

    def reserve(self, capacity: int) -> None:
        """Grow to at least `capacity` slots a row, by half at least so that growth stays rare."""
        if capacity <= self.capacity:
            return
        grow = max(capacity, 3 * self.capacity // 2) - self.capacity
        self.keys = [F.pad(buffer, (0, grow)) for buffer in self.keys]
        self.values = [F.pad(buffer, (0, 0, 0, grow)) for buffer in self.values]

    def begin_row(self, row: int, prefix: PrefixKV | None) -> None:
        """Empty `row`, then let it begin with a copy of `prefix`."""
        self.lengths[row] = 0
        if prefix is None:
            return
        self.reserve(prefix.tokens)
        for layer, (keys, values) in enumerate(zip(prefix.keys, prefix.values, strict=True)):
            self.keys[layer][row, :, :, : prefix.tokens] = keys.transpose(1, 2)
            self.values[layer][row, :, : prefix.tokens] = values
        self.lengths[row] = prefix.tokens

    def append(self, layer: int, rows: slice, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        """Write `keys`, `values` `[rows, kv_heads, T, head_dim]` of one layer at `slots` `[rows, T]`."""
        places = torch.arange(rows.start, rows.stop, device=slots.device)[:, None].expand_as(slots)
        self.keys[layer][places, :, :, slots] = keys.transpose(1, 2)
        self.values[layer][places, :, slots] = values.transpose(1, 2)

    def window(self, layer: int, rows: slice, slots: int) -> tuple[Tensor, Tensor]:
        """Views of the first `slots` slots of `rows`: keys transposed, `[rows, kv_heads, head_dim, slots]`, and
        values, `[rows, kv_heads, slots, head_dim]`."""
        return self.keys[layer][rows, ..., :slots], self.values[layer][rows, :, :slots]

    def move_row(self, source: int, target: int) -> None:
        """Copy row `source` over row `target`."""
        length = int(self.lengths[source])
        for keys, values in zip(self.keys, self.values, strict=True):
            keys[target, ..., :length] = keys[source, ..., :length]
            values[target, :, :length] = values[source, :, :length]
        self.lengths[target] = length

    def prefix_of(self, row: int, next_position: int) -> PrefixKV:
        """A copy of what `row` holds, as a prefix."""
        length = int(self.lengths[row])
        return PrefixKV(
            tuple(k[row, ..., :length].transpose(1, 2).contiguous() for k in self.keys),
            tuple(v[row, :, :length].clone() for v in self.values),
            next_position,
        )
