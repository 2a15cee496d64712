"""The decoder's weights as plain frozen tensors."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class LayerWeights:
    """One decoder layer; query, key and value rows stand in one matrix, gate and up rows in another."""

    input_norm: Tensor  # [hidden]
    query_key_value: Tensor  # [(heads + 2 * kv_heads) * head_dim, hidden]
    query_key_value_bias: Tensor | None
    query_norm: Tensor | None  # [head_dim], Qwen3
    key_norm: Tensor | None
    output: Tensor  # [hidden, heads * head_dim]
    output_bias: Tensor | None
    mlp_norm: Tensor  # [hidden]
    gate_up: Tensor  # [2 * intermediate, hidden]
    gate_up_bias: Tensor | None
    down: Tensor  # [hidden, intermediate]
    down_bias: Tensor | None


@dataclass(frozen=True)
class DecoderWeights:
    """All between token ids and the states that the output head reads."""

    embedding: Tensor  # [vocab, hidden]
    layers: tuple[LayerWeights, ...]
    final_norm: Tensor  # [hidden]
