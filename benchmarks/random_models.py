"""Small random models of every supported architecture, saved as Hugging Face directories."""

import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedConfig, Qwen2Config, Qwen3Config

_SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "vocab_size": 49152,
}
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
_YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 128}
_LINEAR = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}


def configurations() -> dict[str, PreTrainedConfig]:
    """One configuration for each architecture, and for each kind of RoPE scaling and of output head."""
    return {
        "llama": LlamaConfig(**_SHAPE, tie_word_embeddings=True),
        "llama-untied-llama3": LlamaConfig(**_SHAPE, tie_word_embeddings=False, rope_parameters=_LLAMA3),
        "llama-linear": LlamaConfig(**_SHAPE, tie_word_embeddings=True, rope_parameters=_LINEAR),
        "qwen2": Qwen2Config(**_SHAPE, tie_word_embeddings=True),
        "qwen2-yarn": Qwen2Config(**_SHAPE, tie_word_embeddings=False, rope_parameters=_YARN),
        "qwen3": Qwen3Config(**_SHAPE, head_dim=32, tie_word_embeddings=True),
    }


def save_random_model(name: str, directory: Path, tokenizer_from: Path, seed: int = 0) -> Path:
    """Save the model `name` of `configurations` to `directory`, with the tokenizer of another model directory.

    Norms and biases are drawn at random too, so that an adapter that forgets one is found out.
    """
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(configurations()[name], dtype=torch.float32)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            spread = 0.2 if key.endswith("bias") or "norm" in key else 0.08
            center = 1.0 if "norm" in key else 0.0
            parameter.copy_(center + spread * torch.randn_like(parameter))
    model.save_pretrained(directory)
    for file in _TOKENIZER_FILES:
        if (tokenizer_from / file).is_file():
            shutil.copy(tokenizer_from / file, directory / file)
    return directory
