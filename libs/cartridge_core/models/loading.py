"""Loading a Hugging Face directory of the Llama or Qwen family into the adapter."""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from cartridge_core.errors import UnsupportedModelError
from cartridge_core.models.computing_dtype import computing_dtype
from cartridge_core.models.config import read_config
from cartridge_core.models.identity import identify, weight_files
from cartridge_core.models.transformer import Model
from cartridge_core.models.weights import LayerWeights
from cartridge_core.prompts import load_chat_format


def load_model(path: str | Path, *, dtype: torch.dtype | None = None, device: str = "cpu") -> Model:
    """Load the model in directory `path` as frozen tensors of `dtype` on `device`.

    No `dtype`: the one that the model is stored in, or the one that `computing_dtype` prefers to it.
    Raises `ModelNotFoundError` and `UnsupportedModelError`.
    """
    directory = Path(path)
    config = read_config(directory)
    weights: dict[str, Tensor] = {}
    for file in weight_files(directory):
        with safe_open(file, framework="pt", device=device) as tensors:
            for name in tensors.keys():  # noqa: SIM118 - safe_open is no mapping
                weights[name] = tensors.get_tensor(name)

    def stored(name: str) -> Tensor:
        if name not in weights:
            raise UnsupportedModelError(f"the model in {directory} lacks the tensor {name}")
        return weights.pop(name)

    embedding = stored("model.embed_tokens.weight")
    stored_dtype = embedding.dtype
    wanted = dtype or computing_dtype(stored_dtype, embedding.device)
    embedding = embedding.to(wanted)

    def take(name: str) -> Tensor:
        return stored(name).to(wanted)

    head = embedding if config.tied_embeddings else take("lm_head.weight")
    layers = [_take_layer(take, weights, f"model.layers.{index}") for index in range(config.layers)]
    final_norm = take("model.norm.weight")
    left = [name for name in weights if name != "lm_head.weight" and not name.endswith("rotary_emb.inv_freq")]
    if left:
        raise UnsupportedModelError(
            f"the model in {directory} has tensors the adapter does not know: {left[:5]}"
        )
    return Model(
        config=config,
        identity=identify(directory, config.name),
        chat=load_chat_format(directory),
        embedding=embedding,
        layers=layers,
        final_norm=final_norm,
        head=head,
        stored_dtype=stored_dtype,
    )


def _take_layer(take: Callable[[str], Tensor], weights: dict[str, Tensor], name: str) -> LayerWeights:
    def joined(*parts: str) -> tuple[Tensor, Tensor | None]:
        matrix = torch.cat([take(f"{name}.{part}.weight") for part in parts])
        if f"{name}.{parts[0]}.bias" not in weights:
            return matrix, None
        return matrix, torch.cat([take(f"{name}.{part}.bias") for part in parts])

    def optional(part: str) -> Tensor | None:
        return take(f"{name}.{part}.weight") if f"{name}.{part}.weight" in weights else None

    query_key_value, query_key_value_bias = joined("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
    output, output_bias = joined("self_attn.o_proj")
    gate_up, gate_up_bias = joined("mlp.gate_proj", "mlp.up_proj")
    down, down_bias = joined("mlp.down_proj")
    return LayerWeights(
        input_norm=take(f"{name}.input_layernorm.weight"),
        query_key_value=query_key_value,
        query_key_value_bias=query_key_value_bias,
        query_norm=optional("self_attn.q_norm"),
        key_norm=optional("self_attn.k_norm"),
        output=output,
        output_bias=output_bias,
        mlp_norm=take(f"{name}.post_attention_layernorm.weight"),
        gate_up=gate_up,
        gate_up_bias=gate_up_bias,
        down=down,
        down_bias=down_bias,
    )
