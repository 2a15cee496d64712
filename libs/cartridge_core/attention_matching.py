"""A corpus's KV cache compacted in closed form, by matching the attention it gives (arXiv 2602.16284).

Layer by layer and KV head by KV head: reference queries, taken from rows about the corpus that stand behind it,
attend to the whole prefix. The keys that receive most of that attention are kept, with the first one, the sink. Their
values are then solved for by ridge least squares, so that attending to the few keys gives what attending to all gave.

Everything here is our own implementation of the idea; of the paper's variants it has key selection by attention
received and value fitting, without the per-key biases, which no serving engine's KV cache can hold.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from cartridge_core.batching import Row, group_by_length, pack
from cartridge_core.distillation import SparseTargets
from cartridge_core.models import Model, PrefixKV

# Queries of one KV head that are looked at: more change little and make the score matrix large.
_QUERIES = 4096
_BATCH_TOKENS = 1024
# Scores of a layer formed at once. On a CPU larger buffers are fresh memory each time, and took nearly three times as long
# on a prefix of 5,731 tokens.
_SCORES = 1 << 23


@torch.no_grad()
def reference_queries(
    model: Model, prefix: PrefixKV, rows: Sequence[Tensor], between: Callable[[], None]
) -> list[Tensor]:
    """Each layer's scaled queries `[kv_heads, m, head_dim]` fp32 of the token `rows`, standing behind `prefix`.

    `between` is called between forward passes and may raise to stop.
    """
    layers = model.config.layers
    found: list[list[Tensor]] = [[] for _ in range(layers)]
    lengths = [len(row) for row in rows]
    kept_share = min(1.0, _QUERIES / max(1, sum(lengths) * (model.config.heads // model.config.kv_heads)))
    generator = torch.Generator().manual_seed(len(rows))
    batch_tokens = min(_BATCH_TOKENS, _SCORES // (model.config.heads * prefix.tokens))
    for indices in group_by_length(range(len(rows)), lengths, batch_tokens):
        between()
        batch = pack([_row(rows[index]) for index in indices])
        kept = torch.rand(len(batch.rows), generator=generator) < kept_share
        at, column = batch.rows[kept], batch.columns[kept]

        def observe(layer: int, queries: Tensor, at: Tensor = at, column: Tensor = column) -> None:
            picked = queries[
                :, at, :, column
            ]  # [picked, kv_heads, group, head_dim]: index dimensions come first
            found[layer].append(picked.transpose(0, 1).flatten(1, 2).float())

        positions = prefix.next_position + torch.arange(batch.tokens.shape[1])
        model.forward(batch.tokens, positions.expand_as(batch.tokens), prefix=prefix, observe=observe)
    return [torch.cat(parts, dim=1) for parts in found]


@torch.no_grad()
def compact(
    prefix: PrefixKV, queries: Sequence[Tensor], tokens: int, ridge: float, between: Callable[[], None]
) -> tuple[Tensor, Tensor, Tensor]:
    """`tokens` of the columns of `prefix`, with values that stand for all of them.

    `queries` as from `reference_queries`; `ridge` relative to the mean square of a kept column's attention. Returns
    keys and values `[layers, kv_heads, tokens, head_dim]` fp32 and the columns kept, ascending,
    `[layers, kv_heads, tokens]`. Keys stay where they stood: the first token after them stands where it did.
    """
    keys: list[Tensor] = []
    values: list[Tensor] = []
    columns: list[Tensor] = []
    for layer_keys, layer_values, layer_queries in zip(prefix.keys, prefix.values, queries, strict=True):
        between()
        heads = [
            _compact_head(k.float(), v.float(), q, tokens, ridge)
            for k, v, q in zip(layer_keys, layer_values, layer_queries, strict=True)
        ]
        for target, parts in zip((keys, values, columns), zip(*heads, strict=True), strict=True):
            target.append(torch.stack(parts))
    return torch.stack(keys), torch.stack(values), torch.stack(columns)


def _compact_head(
    keys: Tensor, values: Tensor, queries: Tensor, tokens: int, ridge: float
) -> tuple[Tensor, Tensor, Tensor]:
    """One head: keys and values `[n, head_dim]`, queries `[m, head_dim]`."""
    attention = (queries @ keys.T).softmax(dim=-1)  # [m, n]
    received = attention.square().mean(dim=0)
    received[0] = float("inf")  # the sink stays
    kept = received.topk(tokens).indices.sort().values
    wanted = attention @ values  # [m, head_dim]
    few = (queries @ keys[kept].T).softmax(dim=-1)  # [m, tokens]
    # Solved for the difference to the kept columns' own values, so that columns hardly attended to keep theirs.
    gram = few.T @ few
    gram.diagonal().add_(ridge * gram.diagonal().mean())
    change = torch.linalg.solve(gram.double(), (few.T @ (wanted - few @ values[kept])).double())
    return keys[kept], values[kept] + change.float(), kept


def _row(tokens: Tensor) -> Row:
    """A row whose every token is a target position, so that packing tells all real places."""
    return Row(tokens.long(), SparseTargets.from_tokens(tokens))
