"""How much memory making a cartridge takes, and what of it grows with the corpus.

For each size a process of its own does what a trainer does with a corpus, on the CPU: loads the model, cuts the text
into chunks, reads the rows of self-study off it (`--rows` of them, whatever the size), initializes, trains a few steps.
Its peak is the kernel's own record of it (ru_maxrss), noted after each stage. Nothing is decoded: decoding's memory is
bounded by `self_study.batch_rows`, not by the corpus.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks._material import sentence
from benchmarks.harness import run
from cartridge_core.chunking import chunk_text
from cartridge_core.initialization import initialize
from cartridge_core.models import load_model
from cartridge_core.recipe import Recipe
from cartridge_core.self_study import SelfStudy
from cartridge_core.training import train
from services.cli.models import get_packaged_model

_SENTENCES_A_PARAGRAPH = 6
_SENTENCE_TOKENS = 19  # on average; sizes are what they are called to a few percent
_STAGES = ("model", "text", "chunks", "rows", "initialization", "training")


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Peak memory of the trainer's work for corpora of several sizes."""
    if options.size is not None:
        return _stages(options)
    get_packaged_model("smollm2-135m", Path(options.models))
    found = {}
    for size in options.sizes:
        print(f"corpus of {size:,} tokens", file=sys.stderr, flush=True)
        found[size] = _in_a_process(options, size)
        print(f"  {found[size]}", file=sys.stderr, flush=True)
    return {
        "rows": options.rows,
        "prefix_tokens": options.prefix_tokens,
        "peak_mb": {str(size): stages["training"] for size, stages in found.items()},
        "peak_mb_after_stage": {str(size): stages for size, stages in found.items()},
    }


def _in_a_process(options: argparse.Namespace, size: int) -> dict[str, int]:
    command = [
        sys.executable, "-m", "benchmarks.memory", "--size", str(size), "--rows", str(options.rows),
        "--prefix-tokens", str(options.prefix_tokens), "--steps", str(options.steps),
        "--threads", str(options.threads), "--seed", str(options.seed), "--models", options.models,
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - ourselves
    figures = json.loads(done.stdout.splitlines()[-1])
    return {stage: figures[stage] for stage in _STAGES}


def _stages(options: argparse.Namespace) -> dict[str, int]:
    """Peak in MB up to the end of each stage."""
    peaks: dict[str, int] = {}
    model = load_model(get_packaged_model("smollm2-135m", Path(options.models)), dtype=torch.bfloat16)
    peaks["model"] = _peak_mb()
    text = _text(options.size, options.seed)
    peaks["text"] = _peak_mb()
    recipe = _recipe(options)
    study = recipe.self_study
    chunks = chunk_text(text, model.chat, study.chunk_min_tokens, study.chunk_max_tokens)
    peaks["chunks"] = _peak_mb()
    conversations = SelfStudy(model, chunks, study, recipe.seed).synthesize(study.total, "train")
    peaks["rows"] = _peak_mb()
    initial = initialize(model, text, "memory", recipe)
    peaks["initialization"] = _peak_mb()
    train(model, initial, conversations, recipe, corpus_text=text)
    peaks["training"] = _peak_mb()
    return peaks


def _recipe(options: argparse.Namespace) -> Recipe:
    return Recipe.model_validate(
        {
            "cartridge_tokens": options.prefix_tokens,
            "seed": options.seed,
            "initialization": {"kind": "first_tokens"},
            "self_study": {
                "conversations": 0,
                "generic_answers": 0,
                "recitations": options.rows,
                "general_answers": 0,
            },
            "training": {"steps": options.steps},
        }
    )


def _text(tokens: int, seed: int) -> str:
    words = random.Random(f"memory/{seed}")
    sentences = [sentence(words) for _ in range(max(1, tokens // _SENTENCE_TOKENS))]
    return "\n\n".join(
        " ".join(sentences[begin : begin + _SENTENCES_A_PARAGRAPH])
        for begin in range(0, len(sentences), _SENTENCES_A_PARAGRAPH)
    )


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=".cartridges/models", help="where the base model is or goes")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rows", type=int, default=64, help="that self-study makes, whatever the size")
    parser.add_argument("--prefix-tokens", type=int, default=256)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument(
        "--size", type=int, help="do the work for one size in this process, and print its stages"
    )


if __name__ == "__main__":
    run("memory", measure, _options)
