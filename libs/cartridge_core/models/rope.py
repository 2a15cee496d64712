"""Rotary position embeddings: the angles of a model's positions, with its scaling."""

import torch
from torch import Tensor
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from cartridge_core.models.config import ModelConfig


class RotaryEmbedding:
    """Angles of a model's positions; scaling parameters come from transformers' own functions."""

    def __init__(self, config: ModelConfig, device: torch.device) -> None:
        self.scaling = 1.0
        if config.rope_type == "default":
            theta = float(config.source.rope_parameters["rope_theta"])
            exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim
            inverse_frequencies = 1.0 / theta**exponents
        else:
            inverse_frequencies, self.scaling = ROPE_INIT_FUNCTIONS[config.rope_type](config.source)
        self.inverse_frequencies = inverse_frequencies.to(device)  # [head_dim / 2]

    def angles(self, positions: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Cosines and sines `[..., head_dim / 2]` of integer `positions` `[...]`, computed in fp32."""
        phases = positions[..., None].to(torch.float32) * self.inverse_frequencies
        return (phases.cos() * self.scaling).to(dtype), (phases.sin() * self.scaling).to(dtype)
