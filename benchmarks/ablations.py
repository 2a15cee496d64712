"""What each part of the recipe is worth: the recipe with one part changed, over several seeds.

Initialisation, the frozen sink (and what unfreezing does to unrelated questions), distillation against next-token
prediction, the loss's weighting, and p. Cartridges are shared with the quality benchmark, and kept like there.
"""

import argparse
import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import _quality_systems as systems
from benchmarks._quality_study import Subject, Workshop, say
from benchmarks._quality_unrelated import Unrelated
from benchmarks.harness import run
from benchmarks.quality import add_recipe_options, recipe_of, subject_of
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import Recipe
from services.cli.models import get_packaged_model

# Part of the recipe, then the variant's name and the fields that it changes.
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "recipe": {"as it is": {}},
    "initialization": {
        "random": {"initialization": {"kind": "random"}},
        "first_tokens": {"initialization": {"kind": "first_tokens"}},
        "sampled_chunks": {"initialization": {"kind": "sampled_chunks"}},
    },
    "sink": {"free": {"initialization": {"freeze_first_token": False}}},
    "objective": {"next_token": {"training": {"objective": "next_token"}}},
    "weighting": {"uniform": {"training": {"weighting": "uniform"}}},
    "chunk": {"joined paragraphs": {"self_study": {"one_paragraph": False}}},
}


def varied(recipe: Recipe, changes: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """`recipe` with the fields of `changes`; raises pydantic's ValidationError for a field it does not have."""
    fields = recipe.model_dump()
    for part, values in changes.items():
        fields[part] |= values
    return Recipe.model_validate(fields)


def score(apart: Unrelated, subject: Subject, recipe: Recipe) -> dict[str, float]:
    """Option probability, KV ratio and what unrelated questions lose, of one trained cartridge."""
    workshop = apart.workshop
    path = workshop.cached(
        f"ablation-{subject.name}", subject.corpus.digest, recipe.model_dump(),
        [question.model_dump() for question in subject.questions],
    )  # fmt: skip
    if not path.exists():
        model = workshop.model
        trained = workshop.trained(subject, recipe)
        system = systems.fixed("cartridge", trained.cartridge.as_prefix(model.dtype))
        scores = systems.score(model, system, subject.questions)
        figures = {
            "option_probability": sum(s.option_probability or 0.0 for s in scores) / len(scores),
            "training_tokens": float(trained.cost.tokens),
            "offtopic_accuracy_change": apart.effect(subject, recipe)["accuracy_change"],
        }
        path.write_text(json.dumps(figures))
    kept: dict[str, float] = json.loads(path.read_text())
    return kept


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """The recipe with one part changed at a time."""
    directory = options.model or get_packaged_model("smollm2-135m", Path(options.models))
    model: Model = load_model(Path(directory))
    workshop = Workshop(model, Path(options.work))
    apart = Unrelated(workshop)
    variants = [(part, name) for part in options.parts for name in VARIANTS[part]]
    sizes = options.tokens[1:]
    total = (len(variants) + len(sizes)) * len(options.seeds)
    say(f"{total} cartridges of {options.steps[-1]} steps, less what is kept")
    rows: dict[str, dict[str, Any]] = {}
    for part, name in variants:
        rows[f"{part}: {name}"] = _over_seeds(apart, options, options.tokens[0], VARIANTS[part][name])
    for tokens in sizes:
        rows[f"p: {tokens}"] = _over_seeds(apart, options, tokens, {})
    _show(rows)
    return {"corpus": options.corpora[0], "seeds": options.seeds, "rows": rows}


def _over_seeds(
    apart: Unrelated, options: argparse.Namespace, tokens: int, changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    found: dict[str, list[float]] = {}
    for seed in options.seeds:
        recipe = varied(recipe_of(options, tokens, options.steps[-1], seed), changes)
        subject = subject_of(options.corpora[0], seed, options)
        for key, value in score(apart, subject, recipe).items():
            found.setdefault(key, []).append(value)
    return {
        key: {"mean": statistics.fmean(values), "spread": statistics.pstdev(values), "seeds": values}
        for key, values in found.items()
    }


def _show(rows: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table("variant", "p(right option)", "spread over seeds", "off-topic accuracy", "tokens")
    for name, figures in rows.items():
        option, unrelated = figures["option_probability"], figures["offtopic_accuracy_change"]
        table.add_row(
            name, f"{option['mean']:.3f}", f"{option['spread']:.3f}", f"{unrelated['mean']:+.3f}",
            f"{figures['training_tokens']['mean']:,.0f}",
        )  # fmt: skip
    Console(stderr=True, width=110).print(table)


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=list(VARIANTS), help=f"of {', '.join(VARIANTS)}"
    )
    parser.set_defaults(corpora=["patients"])


if __name__ == "__main__":
    run("ablations", measure, _options)
