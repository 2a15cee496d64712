"""Converts a GGUF file to an ordinary Hugging Face directory in bf16: `python -m services.cli.gguf_conversion GGUF DIR`."""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
from transformers.utils import logging


def convert(gguf: Path, target: Path) -> None:
    """Writes config, tokenizer and weights to `target`. Takes about ten seconds for 135M parameters."""
    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    # Packed GGUF weights cannot be saved again, so they are unpacked, in fp32 to round only once.
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.float32,
    ).to(torch.bfloat16)
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    # Else the temporary directory of the download would stay in the files.
    model.config.name_or_path = target.name
    tokenizer.name_or_path = target.name
    tokenizer.init_kwargs["name_or_path"] = target.name
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
