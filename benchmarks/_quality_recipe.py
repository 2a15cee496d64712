"""The product's recipe in the sizes that a benchmark asks for, and what it is tried on."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks._quality_datasets import read_dataset
from benchmarks._quality_documents import code_base, debian_history, language_reference
from benchmarks._quality_generated import GENERATED
from benchmarks._quality_study import Subject
from cartridge_core.recipe import Recipe

CORPORA = ("patients", "ships", "chat", "debian", "reference", "code")


def subject_of(name: str, seed: int, options: argparse.Namespace) -> Subject:
    """The corpus `name`; generated ones differ by seed. A file's name is read by `read_dataset`."""
    questions = options.questions
    if name in GENERATED:
        made = GENERATED[name](seed, options.entities)
        return Subject(name, made.text, made.questions[:questions], made.paragraphs)
    if name == "debian":
        text, asked = debian_history()
    elif name == "reference":
        text, asked = language_reference(), ()
    elif name == "code":
        text, asked = code_base(seed)
    else:
        text, asked = read_dataset(Path(name))
    return Subject(Path(name).stem, text, asked[:questions])


_USUAL = Recipe()


def recipe_of(options: argparse.Namespace, tokens: int, steps: int, seed: int) -> Recipe:
    """The default recipe in the sizes asked for; it ends by its steps alone, so that equal steps are compared.

    Raises pydantic's ValidationError where `options.set` names a field that a recipe does not have.
    """
    recipe = Recipe.model_validate(
        {
            "cartridge_tokens": tokens,
            "seed": seed,
            "self_study": {
                "conversations": options.conversations,
                "recitations": options.rows,
                "generic_answers": options.generic,
                "general_answers": options.general,
                "min_teacher_logprob": options.min_teacher_logprob,
            },
            "training": {
                "steps": steps,
                "warmup_steps": min(20, max(1, steps // 10)),
                "batch_tokens": options.batch_tokens,
                "max_row_tokens": options.row_tokens,
                "checkpoint_every": 10,
            },
            "evaluation": {"held_out_conversations": options.held_out},
        }
    )
    for part, field, value in options.set:
        recipe = varied(recipe, {part: {field: value}})
    return recipe


def varied(recipe: Recipe, changes: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """`recipe` with the fields of `changes`; raises pydantic's ValidationError for a field it does not have."""
    fields = recipe.model_dump()
    for part, values in changes.items():
        fields[part] |= values
    return Recipe.model_validate(fields)


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """What several benchmarks take: corpora, sizes, and how long to train."""
    parser.add_argument(
        "--corpora", type=lambda text: text.split(","), default=["patients", "ships"],
        help=f"of {', '.join(CORPORA)}, or files in LongHealth's, QuALITY's, QASPER's or MTOB's form",
    )  # fmt: skip
    parser.add_argument(
        "--entities", type=int, default=22, help="paragraphs of a generated corpus, at most 22"
    )
    parser.add_argument("--seeds", type=_numbers, default=[0, 1, 2])
    parser.add_argument("--tokens", type=_numbers, default=[150, 52], help="sizes p of the cartridges")
    parser.add_argument("--steps", type=_numbers, default=[1000], help="steps; the last is the recipe's")
    parser.add_argument("--rows", type=int, default=2048, help="recitations a corpus")
    parser.add_argument(
        "--min-teacher-logprob", type=float, default=_USUAL.self_study.min_teacher_logprob,
        help="recitations the teacher finds less likely are left out",
    )  # fmt: skip
    parser.add_argument("--conversations", type=int, default=0)
    for name, what in (
        ("generic", "ready-made requests about it"),
        ("general", "requests about anything else"),
    ):
        usual = getattr(_USUAL.self_study, f"{name}_answers")
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"answers to {what}")
    parser.add_argument("--held-out", type=int, default=48, help="conversations kept for evaluation")
    parser.add_argument("--questions", type=int, default=220, help="of each corpus")
    parser.add_argument("--batch-tokens", type=int, default=384)
    parser.add_argument("--row-tokens", type=int, default=96)
    parser.add_argument(
        "--set", type=_assignment, action="append", default=[], metavar="PART.FIELD=VALUE",
        help="any other setting of the recipe, such as training.learning_rate=0.01",
    )  # fmt: skip
    parser.add_argument("--model", help="a model directory; default: SmolLM2-135M-Instruct")
    parser.add_argument("--models", default=".cartridges/models", help="where the default model is or goes")
    parser.add_argument("--work", default=".cartridges/quality", help="where everything made is kept")


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _assignment(text: str) -> tuple[str, str, Any]:
    """`training.learning_rate=0.01` in its parts; the value as JSON, or as text where it is none."""
    name, separator, value = text.partition("=")
    part, dot, field = name.partition(".")
    if not separator or not dot or part not in Recipe.model_fields:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form PART.FIELD=VALUE")
    try:
        return part, field, json.loads(value)
    except ValueError:
        return part, field, value
