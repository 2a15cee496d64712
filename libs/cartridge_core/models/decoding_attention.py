"""Decoding's attention: rows over a prefix that some of them share and over their own cached tokens, as one softmax.

A prefix's keys and values are read once for all rows after it, however many these are. Softmaxes over disjoint sets of
keys merge exactly by their sums of exponentials, as in FlashAttention's split over keys (arXiv 2205.14135, section 3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SharedRows:
    """Keys and values `[kv_heads, p, head_dim]` of a prefix in one layer, and the indices `[r]` of the rows after it."""

    keys: Tensor
    values: Tensor
    rows: Tensor


def attend_shared(
    queries: Tensor, keys_transposed: Tensor, values: Tensor, mask: Tensor, shared: Sequence[SharedRows]
) -> Tensor:
    """Attention output `[rows, kv_heads, group, tokens, head_dim]`.

    `queries` in that shape, scaled; `keys_transposed` `[rows, kv_heads, head_dim, slots]` and `values` `[rows, kv_heads,
    slots, head_dim]` are the rows' own; `mask` is additive, broadcastable to `[rows, kv_heads, group, tokens, slots]`. No
    row stands after two prefixes.
    """
    rows, kv_heads, group, tokens, head_dim = queries.shape
    slots = values.shape[2]
    flat = queries.reshape(rows * kv_heads, group * tokens, head_dim)
    scores = flat @ keys_transposed.reshape(rows * kv_heads, head_dim, slots)
    scores = (scores.view(rows, kv_heads, group, tokens, slots) + mask).view(rows * kv_heads, -1, slots)
    own, own_size = _weighted(scores, values.reshape(rows * kv_heads, slots, head_dim))
    own, own_size = own.view(queries.shape), own_size.view(rows, kv_heads, group, tokens, 1)
    before = torch.zeros_like(own)
    before_size = torch.full_like(own_size, float("-inf"))
    for each in shared:
        # KV heads first: the prefix is read by one product a head.
        asked = queries[each.rows].transpose(0, 1)  # [kv_heads, r, group, tokens, head_dim]
        scores = asked.reshape(kv_heads, -1, head_dim) @ each.keys.transpose(1, 2)
        found, size = _weighted(scores, each.values)
        before[each.rows] = found.view(asked.shape).transpose(0, 1)
        before_size[each.rows] = size.view(*asked.shape[:-1], 1).transpose(0, 1)
    share = torch.sigmoid(before_size - own_size).to(own.dtype)
    return torch.lerp(own, before, share)


def _weighted(scores: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """The softmax-weighted `values`, and the log-sum-exp (fp32, last dimension 1) of `scores`, computed in fp32."""
    exact = scores.float()
    top = exact.amax(dim=-1, keepdim=True)
    weights = exact.sub(top).exp_()
    total = weights.sum(dim=-1, keepdim=True)
    return (weights.to(values.dtype) @ values).div_(total.to(values.dtype)), total.log_().add_(top)
