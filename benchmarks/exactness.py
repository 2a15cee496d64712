"""Is a cartridge of the first p tokens, untrained, the same as prefilling those tokens?

For every supported architecture (small random models, fp32): logits of a prompt after the cartridge, written to a
file and read back, against transformers' own logits of the whole sequence.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from benchmarks.harness import run
from benchmarks.random_models import configurations, save_random_model
from cartridge_core.artifact import read_cartridge, write_cartridge
from cartridge_core.initialization import initialize
from cartridge_core.models import load_model
from cartridge_core.recipe import Recipe
from services.cli.models import get_packaged_model

CORPUS = "The cartridge stands where the text would stand. " * 40
QUESTION = "What stands where the text would stand?"


def max_logit_difference(directory: Path, scratch: Path, tokens: int = 64) -> float:
    """Largest absolute difference of any logit at the prompt's positions, model in `directory`, fp32."""
    model = load_model(directory, dtype=torch.float32)
    recipe = Recipe.model_validate({"cartridge_tokens": tokens, "initialization": {"kind": "first_tokens"}})
    path = scratch / "exactness.safetensors"
    digest = write_cartridge(path, initialize(model, CORPUS, "exactness", recipe))
    cartridge = read_cartridge(path, expected_digest=digest, identity=model.identity)
    context = model.chat.encode_context_within(CORPUS, tokens)
    prompt, _ = model.chat.encode_turn(QUESTION, "")
    reference = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    with torch.no_grad():
        expected = reference(torch.tensor([context + prompt])).logits[0, len(context) :]
        positions = torch.arange(tokens, tokens + len(prompt))[None]
        ours = model.logits(
            model.forward(torch.tensor([prompt]), positions, prefix=cartridge.as_prefix(torch.float32))
        )[0]
    return float((ours - expected).abs().max())


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Largest absolute logit difference for each architecture, and for the real small model."""
    real = get_packaged_model("smollm2-135m", Path(options.models))
    figures = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in configurations():
            directory = save_random_model(name, Path(scratch) / name, real, options.seed)
            figures[name] = max_logit_difference(directory, Path(scratch))
        figures["smollm2-135m"] = max_logit_difference(real, Path(scratch))
    return {"max_abs_logit_difference": figures}


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=".cartridges/models", help="where the base model is or goes")


if __name__ == "__main__":
    run("exactness", measure, _options)
