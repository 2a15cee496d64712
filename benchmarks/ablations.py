"""What each part of the recipe is worth: the recipe with one part changed, over several seeds.

Initialisation, the frozen sink (and what unfreezing does to unrelated questions), distillation against next-token
prediction, the loss's weighting, the step size, the filter, how verbatim recitations are, keys or values alone, one
seed prompt against five, rows about anything else, a prefix against LoRA of equal bytes, and p. Cartridges are shared
with the quality benchmark, and kept like there. Unrelated questions take as long as half of such a training, so they
are asked for those parts alone that are about them, or that `--unrelated` names.
"""

import argparse
import json
import random
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import _quality_systems as systems
from benchmarks._lora import adapted
from benchmarks._quality_recipe import add_recipe_options, recipe_of, subject_of, varied
from benchmarks._quality_study import Subject, Workshop, say
from benchmarks._quality_summary import perplexity_change
from benchmarks._quality_unrelated import Unrelated
from benchmarks.harness import run
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import Recipe
from services.cli.models import get_packaged_model

# Words that say nothing, made of random letters: as good as random tokens, and any tokenizer has them.
_LETTERS = random.Random(0)
_RANDOM_WORDS = " ".join("".join(_LETTERS.choices(ascii_lowercase, k=5)) for _ in range(2000))
# The paper's own self-study, two agents that talk, is where the number of seed prompts matters.
_CONVERSATIONS_ONLY = {"conversations": 256, "recitations": 0, "generic_answers": 0}
# Part of the recipe, then the variant's name and the fields that it changes.
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "recipe": {"as it is": {}},
    "initialization": {
        "random vectors": {"initialization": {"kind": "random"}},
        "random tokens": {"initialization": {"kind": "text", "text": _RANDOM_WORDS}},
        "first_tokens": {"initialization": {"kind": "first_tokens"}},
        "sampled_chunks": {"initialization": {"kind": "sampled_chunks"}},
    },
    "sink": {"free": {"initialization": {"freeze_first_token": False}}},
    "objective": {"next_token": {"training": {"objective": "next_token"}}},
    "weighting": {"uniform": {"training": {"weighting": "uniform"}}},
    "learning rate": {
        "half": {"training": {"learning_rate": 0.01}},
        "twice": {"training": {"learning_rate": 0.04}},
    },
    "filter": {
        "strict": {"self_study": {"min_teacher_logprob": -4.0}},
        "none": {"self_study": {"min_teacher_logprob": -1000.0}},
    },
    "recitations": {
        "as the teacher expects": {"self_study": {"verbatim_share": 0.0}},
        "verbatim": {"self_study": {"verbatim_share": 1.0}},
    },
    "trained": {
        "keys": {"training": {"trained": "keys"}},
        "values": {"training": {"trained": "values"}},
    },
    "seed prompts": {
        "one": {"self_study": _CONVERSATIONS_ONLY | {"seed_prompt_kinds": ["question"]}},
        "five": {"self_study": _CONVERSATIONS_ONLY},
    },
    "unrelated rows": {"none": {"self_study": {"general_answers": 0}}},
    "chunk": {"joined paragraphs": {"self_study": {"one_paragraph": False}}},
}


@dataclass(frozen=True)
class Study:
    """Where figures come from: `unrelated` says whether unrelated questions are asked as well."""

    apart: Unrelated
    subject: Subject
    unrelated: bool

    def score(self, recipe: Recipe, *, lora: bool = False) -> dict[str, float]:
        """Option probability of one trained cartridge, or of LoRA in its place."""
        path = self.apart.workshop.cached(
            f"ablation-{'lora-' if lora else ''}{self.subject.name}", self.subject.corpus.digest, recipe.model_dump(),
            [question.model_dump() for question in self.subject.questions], self.unrelated,
        )  # fmt: skip
        if not path.exists():
            figures = self._lora_figures(recipe) if lora else self._figures(recipe)
            path.write_text(json.dumps(figures))
        kept: dict[str, float] = json.loads(path.read_text())
        return kept

    def _figures(self, recipe: Recipe) -> dict[str, float]:
        workshop = self.apart.workshop
        trained = workshop.trained(self.subject, recipe)
        system = systems.fixed("cartridge", trained.cartridge.as_prefix(workshop.model.dtype))
        return {
            "option_probability": self._option_probability(workshop.model, system),
            "training_tokens": float(trained.cost.tokens),
        } | (_changes(self.apart.effect(self.subject, recipe)) if self.unrelated else {})

    def _lora_figures(self, recipe: Recipe) -> dict[str, float]:
        workshop = self.apart.workshop
        changed, tokens = adapted(workshop.model, workshop.rows(self.subject, recipe), recipe)
        return {
            "option_probability": self._option_probability(changed, systems.no_context()),
            "training_tokens": float(tokens),
        } | (_changes(self.apart.measure(changed, None)) if self.unrelated else {})

    def _option_probability(self, model: Model, system: systems.System) -> float:
        return systems.mean_option_probability(model, system, self.subject.questions)


def _changes(effect: Mapping[str, float]) -> dict[str, float]:
    """What becomes of unrelated questions: right ones, and the perplexity of the model's own answers."""
    return {
        "offtopic_accuracy_change": effect["accuracy_change"],
        "offtopic_perplexity_change": perplexity_change(effect),
    }


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """The recipe with one part changed at a time."""
    directory = options.model or get_packaged_model("smollm2-135m", Path(options.models))
    model: Model = load_model(Path(directory))
    workshop = Workshop(model, Path(options.work))
    apart = Unrelated(workshop)
    over_seeds = partial(_over_seeds, apart, options)
    variants = [(part, name) for part in options.parts for name in VARIANTS[part]]
    sizes = options.tokens[1:]
    total = (len(variants) + len(sizes) + options.lora) * len(options.seeds)
    say(f"{total} of {options.steps[-1]} steps, less what is kept")
    rows: dict[str, dict[str, Any]] = {}
    for part, name in variants:
        unrelated = part in options.unrelated
        rows[f"{part}: {name}"] = over_seeds(options.tokens[0], VARIANTS[part][name], unrelated)
    if options.lora:
        rows["LoRA of equal bytes"] = over_seeds(
            options.tokens[0], {}, "lora" in options.unrelated, lora=True
        )
    for tokens in sizes:
        rows[f"p: {tokens}"] = over_seeds(tokens, {}, "p" in options.unrelated)
    _show(rows)
    return {"corpus": options.corpora[0], "seeds": options.seeds, "rows": rows}


def _over_seeds(
    apart: Unrelated,
    options: argparse.Namespace,
    tokens: int,
    changes: Mapping[str, Mapping[str, Any]],
    unrelated: bool,
    *,
    lora: bool = False,
) -> dict[str, Any]:
    found: dict[str, list[float]] = {}
    for seed in options.seeds:
        recipe = varied(recipe_of(options, tokens, options.steps[-1], seed), changes)
        subject = subject_of(options.corpora[0], seed, options)
        for key, value in Study(apart, subject, unrelated).score(recipe, lora=lora).items():
            found.setdefault(key, []).append(value)
    return {
        key: {"mean": statistics.fmean(values), "spread": statistics.pstdev(values), "seeds": values}
        for key, values in found.items()
    }


def _show(rows: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table(
        "variant", "p(right option)", "spread over seeds", "off-topic: accuracy", "perplexity", "tokens"
    )
    for name, figures in rows.items():
        option = figures["option_probability"]
        changes = [
            f"{figures[key]['mean']:+.3f}" if key in figures else ""
            for key in ("offtopic_accuracy_change", "offtopic_perplexity_change")
        ]
        table.add_row(
            name, f"{option['mean']:.3f}", f"{option['spread']:.3f}", *changes,
            f"{figures['training_tokens']['mean']:,.0f}",
        )  # fmt: skip
    Console(stderr=True, width=120).print(table)


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=list(VARIANTS), help=f"of {', '.join(VARIANTS)}"
    )
    parser.add_argument(
        "--unrelated", type=lambda text: text.split(","), default=["recipe", "sink", "unrelated rows", "lora"],
        help="parts for which unrelated questions are asked as well; lora and p are parts here",
    )  # fmt: skip
    parser.add_argument("--no-lora", dest="lora", action="store_false", help="no LoRA of equal bytes")
    parser.set_defaults(corpora=["patients"])


if __name__ == "__main__":
    run("ablations", measure, _options)
