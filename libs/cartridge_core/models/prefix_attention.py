"""Attention of rows over one shared prefix and their own earlier tokens, and its gradient written out by hand.

Scores over the prefix and over the row stand side by side in one buffer, so one softmax serves both and nothing is
concatenated; the prefix, `[kv_heads, p, head_dim]`, is neither copied per row nor repeated per query head.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from cartridge_core.models.workspace import Workspace

# More scores than this (128 MiB in bf16) are formed row by row and, within a row, some queries at a time.
MAX_SCORES = 1 << 26


@dataclass(frozen=True)
class Heads:
    """What one layer's attention reads of some rows, or its gradients.

    Queries `[kv_heads, rows, T, group, head_dim]`, scaled already; keys and values `[kv_heads, rows, T, head_dim]`.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor


@dataclass(frozen=True)
class _Piece:
    """Queries that attend at once: all rows whole, or tokens `begin` to `end` of one `row`."""

    row: int | None
    begin: int
    end: int

    def queries(self, tensor: Tensor) -> Tensor:
        """The piece's part of queries, outputs or their gradients: `[kv_heads * rows, tokens * group, head_dim]`."""
        if self.row is None:
            return tensor.flatten(0, 1).flatten(1, 2)
        return tensor[:, self.row, self.begin : self.end].flatten(1, 2)

    def keys(self, tensor: Tensor) -> Tensor:
        """The own keys or values that the piece may look at: `[kv_heads * rows, end, head_dim]`."""
        return tensor.flatten(0, 1) if self.row is None else tensor[:, self.row, : self.end]


class PrefixAttention:
    """Attention of `rows` rows of `tokens` tokens each, padded on the right, over a prefix of `prefix_tokens`."""

    def __init__(
        self, workspace: Workspace, *, rows: int, tokens: int, prefix_tokens: int, kv_heads: int, group: int,
        dtype: torch.dtype,
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._rows = rows
        self._tokens = tokens
        self._p = prefix_tokens
        self._kv_heads = kv_heads
        self._group = group
        self._dtype = dtype

    @property
    def scores(self) -> int:
        """How many scores all queries have together."""
        return self._kv_heads * self._group * self._rows * self._tokens * (self._p + self._tokens)

    @property
    def whole(self) -> bool:
        """Whether all queries attend at once, so that the backward pass can use the weights of the forward pass."""
        return self.scores <= MAX_SCORES

    @cached_property
    def _pieces(self) -> list[_Piece]:
        if self.whole:
            return [_Piece(None, 0, self._tokens)]
        a_token = self._kv_heads * self._group * (self._p + self._tokens)
        at_once = max(1, MAX_SCORES // a_token)
        return [
            _Piece(row, begin, min(begin + at_once, self._tokens))
            for row in range(self._rows)
            for begin in range(0, self._tokens, at_once)
        ]

    @cached_property
    def _masks(self) -> dict[int, Tensor]:
        return {}

    def forward(
        self, heads: Heads, prefix: tuple[Tensor, Tensor] | None, mixed: Tensor, weights: Hashable
    ) -> None:
        """Write what every query gets into `mixed`, of the shape of the queries. `weights` names their buffer."""
        for piece in self._pieces:
            shares = self._shares(piece, heads, prefix, weights)
            out = piece.queries(mixed)
            own = piece.keys(heads.values)
            if prefix is None:
                torch.bmm(shares, own, out=out)
                continue
            over_prefix, over_own = self._split(shares, "shares")
            torch.bmm(over_prefix, prefix[1], out=self._by_head(out))
            torch.baddbmm(out, over_own, own, out=out)

    def backward(
        self, mixed: Tensor, heads: Heads, prefix: tuple[Tensor, Tensor], weights: Hashable, own: Heads | None
    ) -> tuple[Tensor, Tensor]:
        """Gradients of the prefix's keys and values, given the gradient of `mixed`.

        Those of queries, own keys and own values are written into `own`, where anybody asks for them. `weights` names
        the buffer that `forward` was given, which must be as it left it if attention is `whole`.
        """
        p = self._p
        found: tuple[Tensor, Tensor] | None = None
        if own is not None and not self.whole:
            own.keys.zero_()
            own.values.zero_()
        for piece in self._pieces:
            asked, got = piece.queries(heads.queries), piece.queries(mixed)
            if self.whole:
                shares = self._buffer(piece, weights)
            else:
                shares = self._shares(piece, heads, prefix, weights)
            errors = self._buffer(piece, "scores' gradient")
            torch.bmm(self._by_head(got), prefix[1].transpose(1, 2), out=self._by_head(errors)[..., :p])
            torch.bmm(got, piece.keys(heads.values).transpose(1, 2), out=errors[..., p:])
            over_prefix, over_own = self._split(shares, "shares")
            of_values = torch.bmm(over_prefix.transpose(1, 2), self._by_head(got))
            if own is not None:
                self._add_product(over_own.transpose(1, 2), got, piece.keys(own.values))
            torch.ops.aten._softmax_backward_data.out(errors, shares, -1, self._dtype, grad_input=errors)
            over_prefix, over_own = self._split(errors, "scores' gradients")
            of_keys = torch.bmm(over_prefix.transpose(1, 2), self._by_head(asked))
            if own is not None:
                self._add_product(over_own.transpose(1, 2), asked, piece.keys(own.keys))
                out = piece.queries(own.queries)
                torch.bmm(over_prefix, prefix[0], out=self._by_head(out))
                torch.baddbmm(out, over_own, piece.keys(heads.keys), out=out)
            if found is None:
                found = (of_keys, of_values) if self.whole else (of_keys.float(), of_values.float())
            else:
                found[0].add_(of_keys)
                found[1].add_(of_values)
        assert found is not None  # noqa: S101 - a batch has rows
        return found[0].to(self._dtype), found[1].to(self._dtype)

    def _shares(
        self, piece: _Piece, heads: Heads, prefix: tuple[Tensor, Tensor] | None, name: Hashable
    ) -> Tensor:
        """How each query of the piece weighs prefix and own keys: `[kv_heads * rows, tokens * group, p + end]`."""
        asked, own_keys = piece.queries(heads.queries), piece.keys(heads.keys).transpose(1, 2)
        scores = self._buffer(piece, name)
        if prefix is not None:
            torch.bmm(
                self._by_head(asked), prefix[0].transpose(1, 2), out=self._by_head(scores)[..., : self._p]
            )
        own = scores[..., self._p :]
        mask = self._mask(piece.end - piece.begin)
        if piece.begin == 0:
            torch.baddbmm(mask, asked, own_keys, out=own)
        else:
            torch.bmm(asked, own_keys, out=own)
            own[..., piece.begin :].add_(mask)
        return torch.softmax(scores, dim=-1, out=scores)

    def _buffer(self, piece: _Piece, name: Hashable) -> Tensor:
        rows = self._rows if piece.row is None else 1
        shape = (self._kv_heads * rows, (piece.end - piece.begin) * self._group, self._p + piece.end)
        return self._workspace.take(name, shape, self._dtype)

    def _mask(self, tokens: int) -> Tensor:
        """Zero where one of `tokens` queries may look at one of their own keys, minus infinity elsewhere:
        `[tokens * group, tokens]`."""
        found = self._masks.get(tokens)
        if found is None:
            square = torch.full(
                (tokens, tokens), float("-inf"), dtype=self._dtype, device=self._workspace.device
            )
            found = square.triu_(1).repeat_interleave(self._group, dim=0)
            self._masks[tokens] = found
        return found

    def _split(self, scores: Tensor, name: str) -> tuple[Tensor, Tensor]:
        """Copies of what is over the prefix, `[kv_heads, rows * tokens * group, p]`, and over the rows' own tokens.

        A product would copy a slice itself, each time into fresh memory.
        """
        over_prefix, over_own = self._by_head(scores)[..., : self._p], scores[..., self._p :]
        copies = [
            self._workspace.take((name, place), tuple(part.shape), self._dtype).copy_(part)
            for place, part in (("prefix", over_prefix), ("own", over_own))
        ]
        return copies[0], copies[1]

    def _by_head(self, tensor: Tensor) -> Tensor:
        """`[kv_heads * rows, m, n]` as `[kv_heads, rows * m, n]`: all that meets one head's prefix."""
        rows, n = tensor.shape[1:]
        if len(tensor) == self._kv_heads:
            return tensor
        return tensor.view(self._kv_heads, len(tensor) // self._kv_heads * rows, n)

    def _add_product(self, left: Tensor, right: Tensor, total: Tensor) -> None:
        if self.whole:
            torch.bmm(left, right, out=total)
        else:
            torch.baddbmm(total, left, right, out=total)
