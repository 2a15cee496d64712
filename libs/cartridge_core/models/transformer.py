"""The decoder itself: Llama, Qwen2/2.5 and Qwen3 in one forward pass that takes a prefix.

Weights are plain frozen tensors; the only thing a gradient reaches is the prefix.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from cartridge_core.models.attention import attend, causal_mask, length_mask
from cartridge_core.models.config import ModelConfig
from cartridge_core.models.decoding_attention import SharedRows, attend_shared
from cartridge_core.models.identity import ModelIdentity
from cartridge_core.models.kv import JoinedPrefixes, PrefixKV, RowCache
from cartridge_core.models.prefix_pass import PrefixGroup, PrefixPass, differentiable_states
from cartridge_core.models.rope import RotaryEmbedding
from cartridge_core.models.row_layout import RowLayout
from cartridge_core.models.weights import DecoderWeights, LayerWeights
from cartridge_core.models.workspace import WorkspacePool
from cartridge_core.prompts import ChatFormat
from cartridge_core.rotation import rotate

# Long prompts go through the layers in pieces, so that attention scores stay a bounded size.
PREFILL_TOKENS = 512
# What a training step keeps between its passes where nobody says otherwise: some 2,000 tokens of a 135M model.
_KEPT_BYTES = 1 << 30


class Model:
    """A frozen base model: forward pass, logits, chat format and identity."""

    def __init__(
        self, *, config: ModelConfig, identity: ModelIdentity, chat: ChatFormat, embedding: Tensor,
        layers: list[LayerWeights], final_norm: Tensor, head: Tensor, stored_dtype: torch.dtype | None = None,
    ) -> None:  # fmt: skip
        self.config = config
        self.identity = identity
        self.chat = chat
        self.embedding = embedding  # [vocab, hidden]
        self.layers = layers
        self.final_norm = final_norm
        self.head = head  # [vocab, hidden]
        # What the weights are stored in, and cartridges with them, whatever it computes in here.
        self.stored_dtype = stored_dtype or embedding.dtype
        self.rope = RotaryEmbedding(config, embedding.device)
        self.workspaces = WorkspacePool(embedding.device)
        self.kept_bytes = _default_kept_bytes(embedding.device)
        self._weights = DecoderWeights(embedding, tuple(layers), final_norm)

    @property
    def dtype(self) -> torch.dtype:
        return self.embedding.dtype

    @property
    def device(self) -> torch.device:
        return self.embedding.device

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes one token takes in this process's KV cache."""
        return self.config.kv_values_per_token * self.dtype.itemsize

    @property
    def stored_kv_bytes_per_token(self) -> int:
        """Bytes one token takes in a cartridge, and in the KV cache of who serves the model as it is stored."""
        return self.config.kv_values_per_token * self.stored_dtype.itemsize

    def new_cache(self, rows: int, capacity: int) -> RowCache:
        return RowCache(
            layers=self.config.layers, kv_heads=self.config.kv_heads, head_dim=self.config.head_dim,
            rows=rows, capacity=capacity, dtype=self.dtype, device=self.device,
        )  # fmt: skip

    def forward(
        self, tokens: Tensor, positions: Tensor, *, prefix: PrefixKV | JoinedPrefixes | None = None,
        mask: Tensor | None = None,
        observe: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:  # fmt: skip
        """Hidden states `[rows, T, hidden]` after the final norm, for `tokens` and `positions` `[rows, T]`.

        Every token sees the tokens before it in its row and all of its row's prefix; an additive `mask` `[rows, T, T]`
        (query, key) says otherwise about the tokens of the row. All of it is taken to the model's device. Rows are padded on the
        right; what comes out at padded places is to be ignored. Gradients reach `prefix` alone. `observe` is shown each
        layer's index and scaled queries `[kv_heads, rows, group, T, head_dim]`.
        """
        angles = self._angles(positions.to(self.device))
        if mask is None:
            mask = causal_mask(tokens.shape[1], self.dtype, self.device)
        else:
            mask = mask[:, None].to(self.device)  # between rows and tokens stands the group of query heads
        prefix = None if prefix is None else prefix.on(self.device)
        hidden = F.embedding(tokens.to(self.device), self.embedding)
        for index, layer in enumerate(self.layers):
            # [rows, T, heads, head_dim] to [kv_heads, rows, ...]: the prefix is then read by one product a head
            queries, keys, values = (t.transpose(0, 1) for t in self._project(hidden, layer, angles))
            if observe is not None:
                observe(index, queries)
            mixed = _attend_after(
                prefix, index, queries=queries, keys_transposed=keys.transpose(2, 3), values=values, mask=mask
            )
            hidden = self._finish_layer(hidden, mixed.permute(1, 3, 0, 2, 4), layer)
        return self._norm(hidden, self.final_norm)

    def target_states(
        self, tokens: Tensor, layout: RowLayout, prefix: PrefixKV | JoinedPrefixes | None
    ) -> Tensor:
        """Hidden states `[n, hidden]` after the final norm of the target tokens of `layout`.

        What `forward` gives there for `tokens` `[rows, T]` behind their prefixes, with less work and memory, and a
        gradient that reaches the prefixes alone: of weights that want one as well, `forward` is to be used. Of what the
        backward pass needs at most `kept_bytes` are kept; the rest is computed again.
        """
        groups = self._groups(prefix, layout.rows)
        starts = torch.zeros(layout.rows, dtype=torch.long)
        for group in groups:
            starts[group.rows] = 0 if group.prefix is None else group.prefix.next_position
        positions = (starts[:, None] + torch.arange(layout.longest)).flatten().to(self.device)[layout.places]
        wanted = torch.is_grad_enabled() and any(group.requires_grad for group in groups)
        workspace = self.workspaces.lend()
        prefix_pass = PrefixPass(
            self.config, self._weights, workspace=workspace, layout=layout,
            groups=[group.detached() for group in groups],
            tokens=tokens.to(self.device).flatten()[layout.places],
            angles=self.rope.angles(positions, torch.float32),
            kept_bytes=self.kept_bytes if wanted else None,
        )  # fmt: skip
        if wanted:
            return differentiable_states(prefix_pass, self.workspaces, workspace, groups)
        with torch.no_grad():
            states = prefix_pass.forward()
        self.workspaces.give_back(workspace)
        return states

    def _groups(self, prefix: PrefixKV | JoinedPrefixes | None, rows: int) -> list[PrefixGroup]:
        if not isinstance(prefix, JoinedPrefixes):
            return [PrefixGroup(slice(0, rows), self._own(prefix))]
        groups, begin = [], 0
        for one, count in zip(prefix.prefixes, prefix.rows, strict=True):
            groups.append(PrefixGroup(slice(begin, begin + count), self._own(one)))
            begin += count
        return groups

    def _own(self, prefix: PrefixKV | None) -> PrefixKV | None:
        """The prefix on this model's device and in its dtype."""
        if prefix is None:
            return None
        prefix = prefix.on(self.device)
        return prefix if prefix.keys[0].dtype == self.dtype else prefix.to(self.dtype)

    @torch.no_grad()
    def forward_cached(
        self, tokens: Tensor, positions: Tensor, cache: RowCache, *, first_row: int = 0,
        new_lengths: Tensor | None = None, shared: Sequence[tuple[PrefixKV, Tensor]] = (),
    ) -> Tensor:  # fmt: skip
        """Hidden states `[rows, T, hidden]` of tokens that continue the rows `first_row ..` of `cache`.

        The tokens are appended to the cache; `new_lengths` `[rows]` says how many of the T are real (all by
        default), the rest is right padding that later tokens overwrite. `shared`: prefixes that are in no row's cache,
        with the indices `[r]` among these rows of those that stand after them.
        """
        rows, count = tokens.shape
        span = slice(first_row, first_row + rows)
        lengths = cache.lengths[span]
        used = int(lengths.max()) + count
        cache.reserve(used)
        slots = lengths[:, None] + torch.arange(count, device=self.device)  # [rows, T]
        mask = length_mask(lengths, count, used, self.dtype)
        angles = self._angles(positions)
        hidden = F.embedding(tokens, self.embedding)
        for index, layer in enumerate(self.layers):
            queries, keys, values = self._project(hidden, layer, angles)
            cache.append(index, span, slots, keys, values)
            window = cache.window(index, span, used)
            if shared:
                before = [SharedRows(each.keys[index], each.values[index], after) for each, after in shared]
                mixed = attend_shared(queries, *window, mask, before)
            else:
                mixed = attend(queries, *window, mask)
            hidden = self._finish_layer(hidden, mixed.permute(0, 3, 1, 2, 4), layer)
        cache.lengths[span] += count if new_lengths is None else new_lengths
        return self._norm(hidden, self.final_norm)

    def logits(self, hidden: Tensor) -> Tensor:
        """Next-token logits `[..., vocab]` of hidden states `[..., hidden]`."""
        return F.linear(hidden, self.head)

    def prefill(self, tokens: Sequence[int]) -> PrefixKV:
        """KV of `tokens` standing at positions 0 and on."""
        cache = self.new_cache(1, len(tokens))
        self.extend_row(cache, 0, tokens, start=0)
        return cache.prefix_of(0, next_position=len(tokens))

    def extend_row(
        self, cache: RowCache, row: int, tokens: Sequence[int], *, start: int, after: PrefixKV | None = None
    ) -> Tensor:
        """Append `tokens` at positions `start ..` to one row of `cache`; the last hidden state `[hidden]`.

        `after` is a prefix of the row's that is not in the cache.
        """
        shared = [] if after is None else [(after, torch.zeros(1, dtype=torch.long, device=self.device))]
        cache.reserve(int(cache.lengths[row]) + len(tokens))
        ids = torch.tensor([list(tokens)], device=self.device)
        places = torch.arange(start, start + len(tokens), device=self.device)[None]
        hidden = torch.empty(0)
        for begin in range(0, len(tokens), PREFILL_TOKENS):
            piece = slice(begin, begin + PREFILL_TOKENS)
            hidden = self.forward_cached(ids[:, piece], places[:, piece], cache, first_row=row, shared=shared)
        return hidden[0, -1]

    def _angles(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        cosines, sines = self.rope.angles(positions, self.dtype)
        return cosines[:, :, None], sines[:, :, None]  # [rows, T, 1, head_dim / 2]

    def _project(
        self, hidden: Tensor, layer: LayerWeights, angles: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Scaled queries `[rows, kv_heads, group, T, head_dim]`, keys and values `[rows, kv_heads, T, head_dim]`."""
        config = self.config
        rows, count, _ = hidden.shape
        normed = self._norm(hidden, layer.input_norm)
        mixed = F.linear(normed, layer.query_key_value, layer.query_key_value_bias)
        mixed = mixed.view(rows, count, config.heads + 2 * config.kv_heads, config.head_dim)
        rotated, values = torch.split(mixed, [config.heads + config.kv_heads, config.kv_heads], dim=2)
        if layer.query_norm is not None and layer.key_norm is not None:
            queries, keys = torch.split(rotated, [config.heads, config.kv_heads], dim=2)
            rotated = torch.cat(
                (self._norm(queries, layer.query_norm), self._norm(keys, layer.key_norm)), dim=2
            )
        rotated = rotate(rotated, *angles)
        queries, keys = torch.split(rotated, [config.heads, config.kv_heads], dim=2)
        group = config.heads // config.kv_heads
        queries = queries.view(rows, count, config.kv_heads, group, config.head_dim) * config.head_dim**-0.5
        return queries.permute(0, 2, 3, 1, 4), keys.transpose(1, 2), values.transpose(1, 2)

    def _finish_layer(self, hidden: Tensor, mixed: Tensor, layer: LayerWeights) -> Tensor:
        """Output projection and MLP with their residuals; `mixed` is `[rows, T, kv_heads, group, head_dim]`."""
        rows, count, _ = hidden.shape
        hidden = hidden + F.linear(mixed.reshape(rows, count, -1), layer.output, layer.output_bias)
        return hidden + self._mlp(hidden, layer)

    def _mlp(self, hidden: Tensor, layer: LayerWeights) -> Tensor:
        normed = self._norm(hidden, layer.mlp_norm)
        gate, up = F.linear(normed, layer.gate_up, layer.gate_up_bias).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, layer.down, layer.down_bias)

    def _norm(self, hidden: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(hidden, (weight.shape[0],), weight, self.config.norm_epsilon)


def _attend_after(
    prefix: PrefixKV | JoinedPrefixes | None, layer: int, *, queries: Tensor, keys_transposed: Tensor,
    values: Tensor, mask: Tensor,
) -> Tensor:  # fmt: skip
    """`attend` of rows with KV heads first, each after its own of the prefixes in `layer`."""
    if not isinstance(prefix, JoinedPrefixes):
        shared = None if prefix is None else (prefix.keys[layer], prefix.values[layer])
        return attend(queries, keys_transposed, values, mask, shared)
    parts = []
    begin = 0
    for one, rows in zip(prefix.prefixes, prefix.rows, strict=True):
        span = slice(begin, begin + rows)
        own = mask if mask.dim() == 2 else mask[span]
        shared = (one.keys[layer], one.values[layer])
        parts.append(attend(queries[:, span], keys_transposed[:, span], values[:, span], own, shared))
        begin += rows
    return torch.cat(parts, dim=1)


def _default_kept_bytes(device: torch.device) -> int:
    """On a GPU half of the memory that is free beside the weights; elsewhere what fits beside other processes."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] // 2
    return _KEPT_BYTES
