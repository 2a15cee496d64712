"""Where the tokens of a batch stand: one after another for all that is done token by token, in rows for attention."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class RowLayout:
    """Rows padded on the right to `longest` tokens, of which some are real and some of these are targets.

    A place is an index into the `rows * longest` tokens of the padded batch. `source[place]` is the index of its
    token among the real ones, `target_source[place]` among the targets; both are one past the end where there is none.
    """

    rows: int
    longest: int
    places: Tensor  # [N] int64, ascending: the real tokens
    targets: Tensor  # [n] int64: the targets' indices among the real tokens
    source: Tensor  # [rows * longest] int64
    target_source: Tensor  # [rows * longest] int64

    @property
    def tokens(self) -> int:
        return len(self.places)

    @property
    def padded(self) -> bool:
        return self.tokens < self.rows * self.longest

    @classmethod
    def of(
        cls, lengths: Tensor, longest: int, target_rows: Tensor, target_columns: Tensor, device: torch.device
    ) -> "RowLayout":
        """Layout of rows of `lengths` `[rows]` tokens; target i stands at row `target_rows[i]`, `target_columns[i]`."""
        rows = len(lengths)
        places = (torch.arange(longest) < lengths[:, None]).flatten().nonzero()[:, 0]
        source = _inverse(places, rows * longest)
        target_places = target_rows * longest + target_columns
        tensors = (places, source[target_places], source, _inverse(target_places, rows * longest))
        return cls(rows, longest, *(tensor.to(device) for tensor in tensors))


def _inverse(places: Tensor, size: int) -> Tensor:
    """Index into `places` of each of `size` places, `len(places)` for those that are not among them."""
    inverse = torch.full((size,), len(places))
    inverse[places] = torch.arange(len(places))
    return inverse
