"""How fast a cartridge is trained: against a plain transformers line, and against the reference's published trainer.

One run, one model, the same rows, the same threads, one optimizer step of each line after another, in turns. Seconds of
a step are everything between its rows and the moved prefix; tokens are the rows' real ones. Ratios are medians of the
turns' own ratios, so that what else the machine does weighs on all lines alike.

All lines compute in the dtype that the product chooses on this machine, so that figures of one line over another are about
how a step is made. Where that is fp32 although the model is stored in bf16, the plain line and the reference are measured in
bf16 as well, as who runs them unchanged would have them (`..._as_stored`).

The plain line is measured twice: on the very batches that the product makes (rows of similar length together), and on
rows shuffled into batches of as many rows each, as a plain data loader does. Then synthesis against transformers'
`generate`, and small jobs at once against one after another (`_training_speed_many`).
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from benchmarks import _training_speed_many as many
from benchmarks._training_speed_lines import LEARNING_RATE, Ours, Plain, padded, wide
from benchmarks._training_speed_profile import print_profile, seconds_of_products
from benchmarks._training_speed_reference import CLONE, NEEDS, ReferenceLine, ReferenceUnavailableError
from benchmarks._training_speed_rows import made_rows
from benchmarks.harness import run
from cartridge_core.artifact import Cartridge
from cartridge_core.batching import Row, plan_batches
from cartridge_core.initialization import initialize
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import Recipe
from services.cli.models import get_packaged_model

_CHECKED_ROWS = 3
_AS_STORED = ", as stored"


class _Turns:
    """Tokens a second of each line, turn by turn."""

    def __init__(self) -> None:
        self._speeds: dict[str, list[float]] = {}

    def add(self, line: str, rows: Sequence[Row], seconds: float) -> None:
        speed = sum(row.length for row in rows) / seconds
        self._speeds.setdefault(line, []).append(speed)
        say(f"  {line}: {seconds:.2f} s, {speed:.0f} tokens/s")

    def speed(self, line: str) -> float | None:
        return median(self._speeds[line]) if line in self._speeds else None

    def over(self, line: str, other: str) -> float | None:
        """How many times the tokens a second of `other` `line` makes; None where `other` was not measured."""
        if other not in self._speeds:
            return None
        return median(
            mine / theirs for mine, theirs in zip(self._speeds[line], self._speeds[other], strict=True)
        )

    def under(self, speed: float, line: str) -> float | None:
        """How many times the tokens a second of `line` `speed` is; None where it was not measured."""
        theirs = self.speed(line)
        return None if theirs is None else speed / theirs


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Training steps of the product, of a plain transformers line and of the reference, in turns."""
    directory = get_packaged_model("smollm2-135m", Path(options.models))
    model = load_model(directory)
    say(f"stored as {model.stored_dtype}, computed in {model.dtype}")
    say(f"{options.rows} rows")
    rows = made_rows(model, options.rows, options.seed)
    recipe = Recipe.model_validate(
        {"cartridge_tokens": options.prefix_tokens, "initialization": {"kind": "first_tokens"}}
    )
    text = " ".join(model.chat.decode(row.tokens.tolist()) for row in rows)
    initial = wide(initialize(model, text, "training speed", recipe), torch.bfloat16)
    batches = [
        [rows[index] for index in batch]
        for batch in plan_batches([row.length for row in rows], options.batch_tokens, options.seed, 0)
    ]
    lengths = sorted(row.length for row in rows)
    say(f"rows of {lengths[0]} to {lengths[-1]} tokens, {len(batches)} batches")
    with tempfile.TemporaryDirectory(prefix="training-speed-") as scratch:
        references, why_not = _references(options, directory, initial, model, Path(scratch))
        try:
            difference = _gradients(directory, initial, rows[:_CHECKED_ROWS], references)
            plain = {
                f"transformers{note}": Plain(directory, initial, dtype)
                for note, dtype in _dtypes(model).items()
            }
            ours = Ours(model, initial)
            turns = _take_turns(options, ours, plain, references, batches)
        finally:
            for reference in references.values():
                reference.close()
    print_profile(lambda: ours.step(batches[0]))
    products = seconds_of_products(model, batches[0], options.prefix_tokens)
    alone = min(_seconds(lambda: ours.step(batches[0])) for _ in range(3))
    products_speed = sum(row.length for row in batches[0]) / products
    return {
        "prefix_tokens": options.prefix_tokens,
        "dtype": str(model.dtype).removeprefix("torch."),
        "stored_dtype": str(model.stored_dtype).removeprefix("torch."),
        "turns": options.turns,
        "tokens_per_second": turns.speed("ours"),
        "train_over_transformers": turns.over("ours", "transformers"),
        "train_over_transformers_shuffled": turns.over("ours", "transformers, shuffled"),
        "train_over_transformers_as_stored": turns.over("ours", f"transformers{_AS_STORED}"),
        "train_over_reference": turns.over("ours", "reference"),
        "train_over_reference_as_stored": turns.over("ours", f"reference{_AS_STORED}"),
        "reference_missing": why_not,
        "share_of_matmul_peak": products / alone,
        "products_alone_over_transformers": turns.under(products_speed, "transformers"),
        "products_alone_over_reference": turns.under(products_speed, "reference"),
        "gradient_difference": difference,
        **many.measure(model, options),
    }


def _take_turns(
    options: argparse.Namespace,
    ours: Ours,
    plain: Mapping[str, Plain],
    references: Mapping[str, ReferenceLine],
    batches: list[list[Row]],
) -> _Turns:
    rng = random.Random(options.seed)
    every_row = [row for batch in batches for row in batch]
    turns = _Turns()
    for turn in range(-1, options.turns):
        if turn == 0:
            turns = _Turns()  # the turn before the first one warms all lines up
        say("warm-up" if turn < 0 else f"turn {turn + 1} of {options.turns}")
        batch = batches[turn % len(batches)]
        shuffled = rng.sample(every_row, min(len(batch), len(every_row)))
        turns.add("ours", batch, _seconds(partial(ours.step, batch)))
        for name, line in plain.items():
            turns.add(name, batch, _seconds(partial(line.step, batch)))
        turns.add("transformers, shuffled", shuffled, _seconds(partial(plain["transformers"].step, shuffled)))
        for name, reference in references.items():
            turns.add(name, batch, reference.step(padded(batch))[1])
    return turns


def _gradients(
    directory: Path, initial: Cartridge, rows: Sequence[Row], references: Mapping[str, ReferenceLine]
) -> dict[str, float | None]:
    """Relative differences of gradients (norm of the difference over norm), on a few rows.

    fp32: ours to the plain line's. bf16: each line's to the plain line's fp32 gradient, that is, what rounding does to it.
    The frozen first position has none in the reference, and is left out.
    """
    found: dict[tuple[str, torch.dtype], Tensor] = {}
    for dtype in (torch.float32, torch.bfloat16):
        found["ours", dtype] = Ours(load_model(directory, dtype=dtype), initial).gradient(rows)
        found["transformers", dtype] = Plain(directory, initial, dtype).gradient(rows)
    exact = found["transformers", torch.float32]
    differences: dict[str, float | None] = {
        "fp32": _difference(found["ours", torch.float32], exact),
        "bf16_ours": _difference(found["ours", torch.bfloat16], exact),
        "bf16_transformers": _difference(found["transformers", torch.bfloat16], exact),
    }
    for name, reference in references.items():
        label = f"{'fp32' if reference.dtype == torch.float32 else 'bf16'}_{name.partition(',')[0]}"
        differences[label] = _difference(reference.gradient(padded(rows)), exact)
    for name, value in differences.items():
        say(f"gradient's relative difference, {name}: {'-' if value is None else f'{value:.1e}'}")
    return differences


def _difference(one: Tensor, other: Tensor) -> float:
    one, other = one[..., 1:, :], other[..., 1:, :]
    return float((one - other).norm() / other.norm())


def _dtypes(model: Model) -> dict[str, torch.dtype]:
    """What lines are measured in, by what stands behind their names."""
    return {"": model.dtype} | ({} if model.dtype == model.stored_dtype else {_AS_STORED: model.stored_dtype})


def _references(
    options: argparse.Namespace, directory: Path, initial: Cartridge, model: Model, scratch: Path
) -> tuple[dict[str, ReferenceLine], str | None]:
    """The reference's lines, or why there are none."""
    if options.reference is None:
        return {}, f"give --reference and --reference-python; {CLONE}; {NEEDS}"
    lines: dict[str, ReferenceLine] = {}
    for note, dtype in _dtypes(model).items():
        folder = scratch / str(dtype)
        folder.mkdir()
        try:
            lines[f"reference{note}"] = ReferenceLine(
                Path(options.reference), python=options.reference_python, model=directory, dtype=dtype,
                start=torch.stack((initial.keys, initial.values)), rate=LEARNING_RATE, scratch=folder,
                threads=options.threads,
            )  # fmt: skip
        except ReferenceUnavailableError as error:
            say(f"the reference does not run here: {error}")
            return lines, str(error)
    return lines, None


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def say(line: str) -> None:
    """Progress goes to stderr; stdout ends with the figures."""
    print(line, file=sys.stderr, flush=True)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=".cartridges/models", help="where the base model is or goes")
    parser.add_argument("--prefix-tokens", type=int, default=256)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--batch-tokens", type=int, default=1024)
    parser.add_argument("--turns", type=int, default=5)
    many.add_options(parser)
    parser.add_argument("--reference", help=f"a checkout of the reference trainer: {CLONE}")
    parser.add_argument(
        "--reference-python", default=sys.executable, help=f"Python with its packages: {NEEDS}"
    )


if __name__ == "__main__":
    run("training_speed", measure, _options)
