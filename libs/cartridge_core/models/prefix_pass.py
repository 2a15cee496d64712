"""Rows through the frozen model after prefixes, and back: a forward pass with a backward pass written out by hand.

Nothing but the prefixes' keys and values has a gradient, so the backward pass carries the hidden states' alone and
ends at the lowest layer's attention. What autograd would do beyond that is left out: no products for padding, in the
topmost layer nothing above the keys and values but for target tokens, no fresh memory (`Workspace`), and no more kept
between the passes than a layer's inputs of products. Layers beyond `kept_bytes` keep their input alone, and are
computed again on the way back: same gradients for less memory.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cartridge_core.models.config import ModelConfig
from cartridge_core.models.kv import PrefixKV
from cartridge_core.models.prefix_attention import Heads, PrefixAttention
from cartridge_core.models.row_layout import RowLayout
from cartridge_core.models.weights import DecoderWeights, LayerWeights
from cartridge_core.models.workspace import Workspace, WorkspacePool

_SHARED: Hashable = "computed again"


@dataclass(frozen=True)
class PrefixGroup:
    """Consecutive `rows` of a batch that stand after one prefix, or after none."""

    rows: slice
    prefix: PrefixKV | None

    @property
    def tokens(self) -> int:
        return 0 if self.prefix is None else self.prefix.tokens

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Keys of all layers, then values."""
        return () if self.prefix is None else (*self.prefix.keys, *self.prefix.values)

    @property
    def requires_grad(self) -> bool:
        return any(tensor.requires_grad for tensor in self.tensors)

    def detached(self) -> "PrefixGroup":
        """The same numbers without their history."""
        if self.prefix is None:
            return self
        keys, values = (tuple(t.detach() for t in part) for part in (self.prefix.keys, self.prefix.values))
        return PrefixGroup(self.rows, PrefixKV(keys, values, self.prefix.next_position))

    def layer(self, index: int) -> tuple[Tensor, Tensor] | None:
        """The prefix's keys and values in one layer."""
        return None if self.prefix is None else (self.prefix.keys[index], self.prefix.values[index])


@dataclass(frozen=True)
class _Kept:
    """What one layer keeps for the backward pass besides its input; `slot` names the buffers."""

    slot: Hashable
    input_scale: Tensor  # [N, 1] fp32: what the norm multiplied with
    heads: tuple[Heads, ...]  # of each group
    raw_heads: Tensor | None  # [N, heads + kv_heads, head_dim] before the heads' own norm, Qwen3
    head_scale: Tensor | None
    middle: Tensor  # [M, hidden]: with attention, before the MLP
    middle_scale: Tensor
    gate_up: Tensor  # [M, 2 * intermediate]


class PrefixPass:
    """One batch's way through the decoder. `forward` once, then `backward` at most once."""

    def __init__(
        self, config: ModelConfig, weights: DecoderWeights, *, workspace: Workspace, layout: RowLayout,
        groups: Sequence[PrefixGroup], tokens: Tensor, angles: tuple[Tensor, Tensor], kept_bytes: int | None,
    ) -> None:  # fmt: skip
        """`tokens` `[N]` and `angles`, cosines and sines `[N, head_dim / 2]` fp32, of the real tokens.

        `kept_bytes` is how much the layers may keep for the backward pass, None if there will be none.
        """
        self._config = config
        self._weights = weights
        self._workspace = workspace
        self._layout = layout
        self._groups = groups
        self._tokens = tokens
        self._dtype = weights.embedding.dtype
        self._attention = [
            PrefixAttention(
                workspace, rows=group.rows.stop - group.rows.start, tokens=layout.longest,
                prefix_tokens=group.tokens, kv_heads=config.kv_heads,
                group=config.heads // config.kv_heads, dtype=self._dtype,
            )
            for group in groups
        ]  # fmt: skip
        self._cosines, self._sines = self._tables(*angles)
        self._sines_back = -self._sines
        self._differentiable = kept_bytes is not None
        kept = 0 if kept_bytes is None else max(0, kept_bytes) // self.bytes_per_layer
        self._first_kept = max(0, config.layers - kept)

    @property
    def bytes_per_layer(self) -> int:
        """What a layer keeps for the backward pass, its input included, unless it is computed again."""
        config, layout = self._config, self._layout
        heads = (config.heads + 2 * config.kv_heads) * config.head_dim
        normed_heads = heads if self._weights.layers[0].query_norm is not None else 0
        values = layout.tokens * (2 * config.hidden_size + 2 * config.intermediate_size + normed_heads)
        values += layout.rows * layout.longest * heads
        values += sum(attention.scores for attention in self._attention if attention.whole)
        return values * self._dtype.itemsize

    def forward(self) -> Tensor:
        """Hidden states `[n, hidden]` of the target tokens after the final norm."""
        hidden = self._input(0)
        torch.index_select(self._weights.embedding, 0, self._tokens, out=hidden)
        for index in range(self._config.layers):
            hidden = self._layer(index, hidden)
        scale = self._take("final scale", (len(hidden), 1), torch.float32)
        return self._norm(hidden, self._weights.final_norm, scale, "states").clone()

    def backward(self, gradient: Tensor) -> list[tuple[list[Tensor], list[Tensor]]]:
        """For each group the gradients of its prefix's keys and of its values, layer by layer, given that of the states."""
        layers, last = self._weights.layers, self._config.layers - 1
        found: list[tuple[list[Tensor], list[Tensor]]] = [([], []) for _ in self._groups]
        above = self._take("gradient", (len(gradient), self._config.hidden_size), torch.float32).zero_()
        scale = self._take("final scale", (len(gradient), 1), torch.float32)
        self._add_norm_gradient(above, gradient, self._input(last + 1), self._weights.final_norm, scale)
        for index in range(last, -1, -1):
            hidden = self._input(index)
            if index < self._first_kept:
                self._layer(index, hidden, up_to_gate=True)
            kept = self._kept(index)
            self._mlp_backward(layers[index], kept, above)
            mixed = self._product(self._cast(above), layers[index].output, "mixed gradient", spare_row=True)
            if index == last:
                above = self._spread(above)
            own = index > 0
            gradients = self._attention_backward(index, kept, mixed, own)
            for (keys, values), (of_keys, of_values) in zip(found, gradients, strict=True):
                keys.insert(0, of_keys)
                values.insert(0, of_values)
            if own:
                self._projection_backward(layers[index], kept, hidden, above)
        return found

    def _layer(self, index: int, hidden: Tensor, *, up_to_gate: bool = False) -> Tensor:
        """The next layer's input from this one's; with `up_to_gate` only what the backward pass needs is computed."""
        layer, kept, layout = self._weights.layers[index], self._kept(index), self._layout
        self._project(layer, kept, hidden)
        rows = self._attend(index, kept)
        if index == self._config.layers - 1:
            rows = self._select(rows, layout.places[layout.targets], "mixed tokens")
            hidden = self._select(hidden, layout.targets, "targets' input")
        elif layout.padded:
            rows = self._select(rows, layout.places, "mixed tokens")
        torch.addmm(hidden, rows, layer.output.t(), out=kept.middle)
        if layer.output_bias is not None:
            kept.middle.add_(layer.output_bias)
        normed = self._norm(kept.middle, layer.mlp_norm, kept.middle_scale, "normed")
        _linear(normed, layer.gate_up, layer.gate_up_bias, kept.gate_up)
        following = self._input(index + 1)
        if up_to_gate:
            return following
        gate, up = kept.gate_up.chunk(2, dim=-1)
        active = self._take("active", tuple(gate.shape))
        torch.ops.aten.silu.out(gate, out=active).mul_(up)
        torch.addmm(kept.middle, active, layer.down.t(), out=following)
        if layer.down_bias is not None:
            following.add_(layer.down_bias)
        return following

    def _project(self, layer: LayerWeights, kept: _Kept, hidden: Tensor) -> None:
        """Write the layer's queries, keys and values into `kept`, rotated to their positions."""
        config, layout = self._config, self._layout
        rotated_heads = config.heads + config.kv_heads
        width = rotated_heads + config.kv_heads
        normed = self._norm(hidden, layer.input_norm, kept.input_scale, "normed")
        mixed = self._take("query, key, value", (layout.tokens, width * config.head_dim))
        _linear(normed, layer.query_key_value, layer.query_key_value_bias, mixed)
        mixed = mixed.view(layout.tokens, width, config.head_dim)
        unrotated = mixed[:, :rotated_heads]
        if kept.raw_heads is not None and kept.head_scale is not None:
            kept.raw_heads.copy_(unrotated)
            unrotated = self._norm(
                kept.raw_heads, _head_norms(layer, config), kept.head_scale, "normed heads"
            )
        tokens = self._take("heads", (layout.tokens + 1, width, config.head_dim))
        real = tokens[: layout.tokens]
        _rotate(unrotated, self._cosines, self._sines, real[:, :rotated_heads])
        real[:, rotated_heads:].copy_(mixed[:, rotated_heads:])
        tokens[layout.tokens].zero_()
        places = self._select(tokens, layout.source, "head places") if layout.padded else real
        for group, heads in zip(self._groups, kept.heads, strict=True):
            queries, keys, values = self._by_rows(places, group)
            heads.queries.copy_(queries)
            heads.keys.copy_(keys)
            heads.values.copy_(values)

    def _attend(self, index: int, kept: _Kept) -> Tensor:
        """What attention gives each place, heads one after another: `[rows * T, heads * head_dim]`."""
        config, layout = self._config, self._layout
        places = self._take("mixed places", (layout.rows * layout.longest, config.heads, config.head_dim))
        for number, (group, heads) in enumerate(zip(self._groups, kept.heads, strict=True)):
            mixed = self._take("mixed heads", tuple(heads.queries.shape))
            name = ("weights", kept.slot, number)
            self._attention[number].forward(heads, group.layer(index), mixed, name)
            self._by_rows(places, group)[0].copy_(mixed)
        return places.flatten(1)

    def _mlp_backward(self, layer: LayerWeights, kept: _Kept, above: Tensor) -> None:
        """Make `above`, the gradient of the layer's output `[M, hidden]`, that of its `middle`."""
        gate, up = kept.gate_up.chunk(2, dim=-1)
        through = self._product(self._cast(above), layer.down, "active gradient")
        both = self._take("gate and up gradient", tuple(kept.gate_up.shape))
        of_gate, of_up = both.chunk(2, dim=-1)
        active = self._take("active", tuple(gate.shape))
        torch.ops.aten.silu.out(gate, out=active)
        torch.mul(through, active, out=of_up)
        through.mul_(up)
        torch.ops.aten.silu_backward.grad_input(through, gate, grad_input=of_gate)
        normed = self._product(both, layer.gate_up, "normed gradient")
        self._add_norm_gradient(above, normed, kept.middle, layer.mlp_norm, kept.middle_scale)

    def _attention_backward(
        self, index: int, kept: _Kept, mixed: Tensor, own: bool
    ) -> list[tuple[Tensor, Tensor]]:
        """Each group's gradients of the prefix; with `own`, those of the rows' own heads as "head places gradient".

        `mixed` is the gradient of what attention gave, `[M + 1, heads * head_dim]`, the last row nobody's.
        """
        config, layout = self._config, self._layout
        mixed[-1].zero_()
        if index == config.layers - 1:
            mixed = self._select(mixed, layout.target_source, "mixed places")
        elif layout.padded:
            mixed = self._select(mixed, layout.source, "mixed places")
        else:
            mixed = mixed[:-1]
        mixed = mixed.view(-1, config.heads, config.head_dim)
        places = self._head_places("head places gradient")
        found = []
        for number, (group, heads) in enumerate(zip(self._groups, kept.heads, strict=True)):
            prefix = group.layer(index)
            assert prefix is not None  # noqa: S101 - only prefixes are differentiated
            gradient = self._take("mixed heads", tuple(heads.queries.shape))
            gradient.copy_(self._by_rows(mixed, group)[0])
            asked = None
            if own:
                asked = Heads(
                    self._take("queries' gradient", tuple(heads.queries.shape)),
                    self._take("keys' gradient", tuple(heads.keys.shape)),
                    self._take("values' gradient", tuple(heads.values.shape)),
                )
            name = ("weights", kept.slot, number)
            found.append(self._attention[number].backward(gradient, heads, prefix, name, asked))
            if asked is not None:
                for target, part in zip(
                    self._by_rows(places, group), (asked.queries, asked.keys, asked.values), strict=True
                ):
                    target.copy_(part)
        return found

    def _projection_backward(self, layer: LayerWeights, kept: _Kept, hidden: Tensor, above: Tensor) -> None:
        """Add to `above` `[N, hidden]` what reaches the layer's input through queries, keys and values."""
        config, layout = self._config, self._layout
        rotated_heads = config.heads + config.kv_heads
        tokens = self._head_places("head places gradient")
        if layout.padded:
            tokens = self._select(tokens, layout.places, "heads' gradient")
        mixed = self._take("query, key, value", tuple(tokens.shape))
        unrotated = mixed[:, :rotated_heads]
        # The inverse rotation: the same angles the other way.
        _rotate(tokens[:, :rotated_heads], self._cosines, self._sines_back, unrotated)
        if kept.raw_heads is not None and kept.head_scale is not None:
            through = self._take("raw heads' gradient", tuple(unrotated.shape), torch.float32).zero_()
            self._add_norm_gradient(
                through, unrotated, kept.raw_heads, _head_norms(layer, config), kept.head_scale
            )
            unrotated.copy_(through)
        mixed[:, rotated_heads:].copy_(tokens[:, rotated_heads:])
        normed = self._product(mixed.flatten(1), layer.query_key_value, "normed gradient")
        self._add_norm_gradient(above, normed, hidden, layer.input_norm, kept.input_scale)

    def _norm(self, hidden: Tensor, weight: Tensor, scale: Tensor, name: Hashable) -> Tensor:
        """RMS norm over the last dimension, computed in fp32; what each vector was multiplied with goes to `scale`."""
        wide = self._take(("wide", hidden.dim()), tuple(hidden.shape), torch.float32)
        wide.copy_(hidden)
        torch.linalg.vector_norm(wide, dim=-1, keepdim=True, out=scale)
        scale.square_().div_(hidden.shape[-1]).add_(self._config.norm_epsilon).rsqrt_()
        wide.mul_(scale).mul_(weight.float())
        normed = self._take(name, tuple(hidden.shape))
        return normed.copy_(wide)

    def _add_norm_gradient(
        self, total: Tensor, gradient: Tensor, hidden: Tensor, weight: Tensor, scale: Tensor
    ) -> None:
        """Add to `total` (fp32) the gradient of the norm's input, given that of its output."""
        shape = tuple(hidden.shape)
        wide = self._take(("wide", hidden.dim()), shape, torch.float32).copy_(hidden).mul_(scale)
        through = self._take(("through", hidden.dim()), shape, torch.float32).copy_(gradient)
        through.mul_(weight.float())
        along = torch.linalg.vecdot(through, wide).unsqueeze(-1).div_(shape[-1])
        total.add_(through.addcmul_(wide, along, value=-1).mul_(scale))

    def _product(self, left: Tensor, right: Tensor, name: Hashable, *, spare_row: bool = False) -> Tensor:
        """`left @ right` in a buffer, with room for one more row below where there is to be a `spare_row`."""
        rows = len(left)
        product = self._take(name, (rows + spare_row, right.shape[1]))
        torch.mm(left, right, out=product[:rows])
        return product

    def _select(self, tensor: Tensor, index: Tensor, name: Hashable) -> Tensor:
        out = self._take(name, (len(index), *tensor.shape[1:]), tensor.dtype)
        return torch.index_select(tensor, 0, index, out=out)

    def _spread(self, above: Tensor) -> Tensor:
        """The targets' gradient among all tokens, of which the others have none yet."""
        whole = self._take("gradient of all", (self._layout.tokens, above.shape[1]), torch.float32)
        return whole.zero_().index_copy_(0, self._layout.targets, above)

    def _cast(self, above: Tensor) -> Tensor:
        """`above` in the model's dtype."""
        if self._dtype == above.dtype:
            return above
        return self._take("narrow", tuple(above.shape)).copy_(above)

    def _head_places(self, name: Hashable) -> Tensor:
        config, layout = self._config, self._layout
        return self._take(
            name, (layout.rows * layout.longest, config.heads + 2 * config.kv_heads, config.head_dim)
        )

    def _by_rows(self, places: Tensor, group: PrefixGroup) -> tuple[Tensor, Tensor, Tensor]:
        """Views of a group's queries, keys and values in `[rows * T, heads + 2 * kv_heads, head_dim]`, as `Heads`
        has them. Of a tensor that has queries only, the other two are empty."""
        config, layout = self._config, self._layout
        rows = places.view(layout.rows, layout.longest, places.shape[1], config.head_dim)[group.rows]
        kv_heads = config.kv_heads
        queries = rows[:, :, : config.heads].unflatten(2, (kv_heads, config.heads // kv_heads))
        keys = rows[:, :, config.heads : config.heads + kv_heads]
        values = rows[:, :, config.heads + kv_heads :]
        return queries.permute(2, 0, 1, 3, 4), keys.permute(2, 0, 1, 3), values.permute(2, 0, 1, 3)

    def _kept(self, index: int) -> _Kept:
        config, layout = self._config, self._layout
        slot = index if self._differentiable and index >= self._first_kept else _SHARED
        above = len(layout.targets) if index == config.layers - 1 else layout.tokens
        heads = []
        for number, group in enumerate(self._groups):
            own = (config.kv_heads, group.rows.stop - group.rows.start, layout.longest, config.head_dim)
            asked = (*own[:3], config.heads // config.kv_heads, config.head_dim)
            heads.append(
                Heads(
                    self._take(("queries", slot, number), asked),
                    self._take(("keys", slot, number), own),
                    self._take(("values", slot, number), own),
                )
            )
        raw, scale = None, None
        if self._weights.layers[index].query_norm is not None:
            rotated = (layout.tokens, config.heads + config.kv_heads, config.head_dim)
            raw = self._take(("raw heads", slot), rotated)
            scale = self._take(("head scale", slot), (*rotated[:2], 1), torch.float32)
        return _Kept(
            slot=slot,
            input_scale=self._take(("input scale", slot), (layout.tokens, 1), torch.float32),
            heads=tuple(heads),
            raw_heads=raw,
            head_scale=scale,
            middle=self._take(("middle", slot), (above, config.hidden_size)),
            middle_scale=self._take(("middle scale", slot), (above, 1), torch.float32),
            gate_up=self._take(("gate, up", slot), (above, 2 * config.intermediate_size)),
        )

    def _input(self, index: int) -> Tensor:
        """Buffer of what goes into layer `index`; one past the last is what comes out of that, of target tokens only."""
        layout = self._layout
        rows = layout.tokens if index < self._config.layers else len(layout.targets)
        slot = index if self._differentiable else index % 2
        return self._take(("input", slot), (rows, self._config.hidden_size))

    def _tables(self, cosines: Tensor, sines: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines `[N, heads + kv_heads, head_dim / 2]`, those of queries with the scale of their scores."""
        config = self._config
        scale = torch.ones(config.heads + config.kv_heads, 1, device=cosines.device)
        scale[: config.heads] = config.head_dim**-0.5
        return (cosines[:, None] * scale).to(self._dtype), (sines[:, None] * scale).to(self._dtype)

    def _take(self, name: Hashable, shape: tuple[int, ...], dtype: torch.dtype | None = None) -> Tensor:
        return self._workspace.take(name, shape, dtype or self._dtype)


def _linear(hidden: Tensor, weight: Tensor, bias: Tensor | None, out: Tensor) -> None:
    if bias is None:
        torch.mm(hidden, weight.t(), out=out)
    else:
        torch.addmm(bias, hidden, weight.t(), out=out)


def _rotate(vectors: Tensor, cosines: Tensor, sines: Tensor, out: Tensor) -> None:
    """Rotate `vectors` `[..., head_dim]`, halves paired, into `out`."""
    first, second = vectors.chunk(2, dim=-1)
    one, other = out.chunk(2, dim=-1)
    torch.mul(first, cosines, out=one).addcmul_(second, sines, value=-1)
    torch.mul(second, cosines, out=other).addcmul_(first, sines)


def _head_norms(layer: LayerWeights, config: ModelConfig) -> Tensor:
    """Weights `[heads + kv_heads, head_dim]` of the heads' own norms."""
    assert layer.query_norm is not None and layer.key_norm is not None  # noqa: S101, PT018 - the caller has looked
    return torch.cat((layer.query_norm.expand(config.heads, -1), layer.key_norm.expand(config.kv_heads, -1)))


class _TargetStates(torch.autograd.Function):
    """`PrefixPass` as a function of the prefixes' keys and values, one group after another, keys first."""

    @staticmethod
    def forward(
        ctx: Any, prefix_pass: PrefixPass, pool: WorkspacePool, workspace: Workspace, *tensors: Tensor
    ) -> Tensor:
        ctx.prefix_pass, ctx.pool, ctx.workspace = prefix_pass, pool, workspace
        return prefix_pass.forward()

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.prefix_pass is None:
            raise RuntimeError(
                "the gradient of these states was computed already: run the forward pass again"
            )
        gradients = ctx.prefix_pass.backward(outputs[0])
        ctx.pool.give_back(ctx.workspace)
        ctx.prefix_pass = ctx.workspace = None
        return (None, None, None, *(each for keys, values in gradients for each in (*keys, *values)))


def differentiable_states(
    prefix_pass: PrefixPass, pool: WorkspacePool, workspace: Workspace, groups: Sequence[PrefixGroup]
) -> Tensor:
    """`prefix_pass.forward()` with a gradient that reaches the prefixes of `groups`, which are those of the pass.

    `workspace`, the pass's own, goes back to `pool` once the gradient is computed.
    """
    tensors = [tensor for group in groups for tensor in group.tensors]
    states: Tensor = _TargetStates.apply(prefix_pass, pool, workspace, *tensors)  # type: ignore[no-untyped-call]
    return states
