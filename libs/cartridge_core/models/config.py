"""What the method needs to know of a base model, read from a Hugging Face `config.json`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import AutoConfig

from cartridge_core.errors import ModelNotFoundError, UnsupportedModelError

SUPPORTED_ARCHITECTURES = ("LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM")
# Scalings that depend on the length of the running sequence would move a cartridge's keys after training.
SUPPORTED_ROPE_TYPES = ("default", "linear", "llama3", "yarn")


@dataclass(frozen=True)
class ModelConfig:
    """Shape of a decoder of the Llama or Qwen family."""

    name: str
    architecture: str
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden_size: int
    intermediate_size: int
    vocab_size: int
    context_length: int
    norm_epsilon: float
    tied_embeddings: bool
    rope_type: str
    source: Any  # the transformers configuration, for RoPE scaling only

    @property
    def kv_values_per_token(self) -> int:
        """Numbers that one token puts into the KV cache, keys and values, all layers."""
        return 2 * self.layers * self.kv_heads * self.head_dim


def read_config(directory: Path) -> ModelConfig:
    """Read and check the configuration of the model in `directory`.

    Raises `ModelNotFoundError` when there is none, `UnsupportedModelError` for anything the adapter
    does not implement exactly.
    """
    if not (directory / "config.json").is_file():
        raise ModelNotFoundError(
            f"no Hugging Face model directory at {directory}: config.json is missing; "
            "run `cartridges model get smollm2-135m` or name another directory with --base-model"
        )
    source = AutoConfig.from_pretrained(directory)
    architecture = (source.architectures or ["unnamed"])[0]
    if architecture not in SUPPORTED_ARCHITECTURES:
        raise UnsupportedModelError(
            f"{architecture} is not supported; supported are {', '.join(SUPPORTED_ARCHITECTURES)}"
        )
    if any(kind != "full_attention" for kind in getattr(source, "layer_types", None) or []):
        raise UnsupportedModelError("models with sliding-window attention layers are not supported")
    if source.hidden_act != "silu":
        raise UnsupportedModelError(f"activation {source.hidden_act!r} is not supported, only 'silu'")
    rope = source.rope_parameters
    if rope["rope_type"] not in SUPPORTED_ROPE_TYPES:
        raise UnsupportedModelError(
            f"RoPE type {rope['rope_type']!r} is not supported; supported are {', '.join(SUPPORTED_ROPE_TYPES)}"
        )
    if rope.get("partial_rotary_factor", 1.0) != 1.0:
        raise UnsupportedModelError("partial rotary embeddings are not supported")
    return ModelConfig(
        name=directory.resolve().name,
        architecture=architecture,
        layers=source.num_hidden_layers,
        heads=source.num_attention_heads,
        kv_heads=source.num_key_value_heads,
        head_dim=getattr(source, "head_dim", None) or source.hidden_size // source.num_attention_heads,
        hidden_size=source.hidden_size,
        intermediate_size=source.intermediate_size,
        vocab_size=source.vocab_size,
        context_length=source.max_position_embeddings,
        norm_epsilon=source.rms_norm_eps,
        tied_embeddings=bool(source.tie_word_embeddings),
        rope_type=rope["rope_type"],
        source=source,
    )
