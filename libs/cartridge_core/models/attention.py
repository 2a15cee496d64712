"""Grouped-query attention of rows over a shared prefix and over their own tokens, as one softmax.

Matrix products alone touch keys and values: a prefix is neither copied per row nor repeated per query head.
The two leading dimensions `a, b` of every tensor are rows and KV heads: KV heads first where a prefix is
shared by all rows, rows first where each row reads its own cache. Either way they merge without a copy.
"""

import torch
from torch import Tensor


def causal_mask(tokens: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Additive mask `[tokens, tokens]`: zero where a query may look, minus infinity elsewhere."""
    return torch.full((tokens, tokens), float("-inf"), dtype=dtype, device=device).triu_(1)


def length_mask(lengths: Tensor, new_tokens: int, slots: int, dtype: torch.dtype) -> Tensor:
    """Additive mask `[rows, 1, 1, new_tokens, slots]` for rows that held `lengths` before the new tokens."""
    last = lengths[:, None] + torch.arange(new_tokens, device=lengths.device)  # [rows, new_tokens]
    hidden = torch.arange(slots, device=lengths.device) > last[..., None]
    mask = torch.zeros(hidden.shape, dtype=dtype, device=lengths.device)
    return mask.masked_fill_(hidden, float("-inf"))[:, None, None]


def attend(
    queries: Tensor,
    keys_transposed: Tensor,
    values: Tensor,
    mask: Tensor,
    prefix: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Attention output `[a, b, group, tokens, head_dim]`.

    `queries` `[a, b, group, tokens, head_dim]`, already scaled; `keys_transposed` `[a, b, head_dim, slots]`;
    `values` `[a, b, slots, head_dim]`; `mask` additive, broadcastable to `[a, b, group, tokens, slots]`; `prefix` keys and values
    `[a, p, head_dim]` with KV heads as `a`, visible to every query.
    """
    a, b, group, tokens, head_dim = queries.shape
    slots = values.shape[2]
    values = values.reshape(a * b, slots, head_dim)
    own = queries.reshape(a * b, group * tokens, head_dim) @ keys_transposed.reshape(a * b, head_dim, slots)
    own = own.view(a, b, group, tokens, slots) + mask
    if prefix is None:
        mixed = own.softmax(dim=-1).view(a * b, group * tokens, slots) @ values
        return mixed.view(queries.shape)
    prefix_keys, prefix_values = prefix
    length = prefix_keys.shape[1]
    shared = queries.reshape(a, b * group * tokens, head_dim) @ prefix_keys.transpose(1, 2)
    scores = torch.cat((shared.view(a, b, group, tokens, length), own), dim=-1)
    weights = scores.softmax(dim=-1)
    from_prefix = weights[..., :length].reshape(a, b * group * tokens, length) @ prefix_values
    from_own = weights[..., length:].reshape(a * b, group * tokens, slots) @ values
    return from_prefix.view(queries.shape) + from_own.view(queries.shape)
