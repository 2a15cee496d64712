"""Whether a prompt says by itself which cartridges it is about: `select: relevant`, as engines choose.

Cartridges of several corpora are trained, or taken from --work, and all of them are offered for every prompt: questions about one of
the corpora, about two at once, follow-ups that name nothing, conversations that turn to another corpus or to something else, and
prompts that are about none: general knowledge, requests of many kinds and lengths, and questions in a corpus's own forms about names
that it does not have.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks._other_prompts import FOLLOW_UPS, FRESH_PROMPTS, OTHER_PROMPTS, near_misses
from benchmarks._quality_generated import MANNER
from benchmarks._quality_offtopic import QUESTIONS
from benchmarks._quality_recipe import add_recipe_options, recipe_of, subject_of
from benchmarks._quality_study import Subject, Workshop, say
from benchmarks.harness import run
from cartridge_core.models import Model, PrefixKV, load_model
from cartridge_core.prompt_scoring import choices
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import EvaluationQuestion
from cartridge_core.relevance import Bounds, Choice
from services.cli.models import get_packaged_model

Prompt = list[ChatMessage]


class Trial:
    """Prompts of many kinds about some of `subjects`, whose cartridges are offered in their order."""

    def __init__(
        self, model: Model, subjects: Sequence[Subject], prefixes: Sequence[PrefixKV], options: argparse.Namespace, seed: int
    ) -> None:  # fmt: skip
        self._model = model
        self._subjects = subjects
        self._prefixes = prefixes
        self._options = options
        self._seed = seed
        self._rng = random.Random(f"{seed}/relevance")

    def figures(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        count = self._options.prompts
        for index, subject in enumerate(self._subjects):
            asked = self._some(subject, self._options.questions)
            found[f"about_{subject.name}"] = self._tried([_said(one.question) for one in asked], {index})
            missed = near_misses(subject.name, self._seed, count)
            if missed:
                found[f"near_{subject.name}"] = self._tried([_said(one) for one in missed], set())
            # What was just spoken of stays the subject where nothing is named, and gives way where something else is.
            talks = [_talk(one) for one in self._some(subject, count)]
            followed = [[*talk, *_said(self._rng.choice(FOLLOW_UPS))] for talk in talks]
            found[f"follow_up_{subject.name}"] = self._tried(followed, {index})
            left = [[*talk, *_said(prompt)] for talk, prompt in zip(talks, OTHER_PROMPTS, strict=False)]
            found[f"leave_{subject.name}"] = self._tried(left, set())
            other = (index + 1) % len(self._subjects)
            if other != index:
                turned = self._some(self._subjects[other], len(talks))
                changed = [[*talk, *_said(one.question)] for talk, one in zip(talks, turned, strict=False)]
                found[f"from_{subject.name}_to_{self._subjects[other].name}"] = self._tried(changed, {other})
        for name, (first, second) in self._pairs().items():
            both = [
                _said(f"{_bare(one)} {_bare(two)}")
                for one, two in zip(self._some(self._subjects[first], count), self._some(self._subjects[second], count), strict=False)
            ]  # fmt: skip
            found[name] = self._tried(both, {first, second})
        found["general_knowledge"] = self._tried([_said(one.question) for one in QUESTIONS], set())
        found["other_prompts"] = self._tried([_said(one) for one in OTHER_PROMPTS], set())
        found["fresh_prompts"] = self._tried([_said(one) for one in FRESH_PROMPTS], set())
        return found

    def _pairs(self) -> dict[str, tuple[int, int]]:
        names = [subject.name for subject in self._subjects]
        return {
            f"both_{names[first]}_{names[second]}": (first, second)
            for second in range(len(names))
            for first in range(second)
        }

    def _some(self, subject: Subject, count: int) -> list[EvaluationQuestion]:
        return self._rng.sample(subject.questions, min(count, len(subject.questions)))

    def _tried(self, prompts: Sequence[Prompt], meant: set[int]) -> dict[str, float]:
        """Shares of `prompts` for which exactly the cartridges `meant` were chosen, all of them, and any other one."""
        bounds = Bounds(self._options.least, self._options.own)
        chosen = [set(one.indices) for one in self._choices(prompts, bounds)]
        return {
            "prompts": len(prompts),
            "exact": _share([one == meant for one in chosen]),
            "all_meant": _share([one >= meant for one in chosen]),
            "any_other": _share([bool(one - meant) for one in chosen]),
        }

    def _choices(self, prompts: Sequence[Prompt], bounds: Bounds) -> list[Choice]:
        return choices(self._model, self._prefixes, prompts, bounds)


def _said(text: str) -> Prompt:
    return [ChatMessage("user", text)]


def _talk(question: EvaluationQuestion) -> Prompt:
    return [*_said(_bare(question)), ChatMessage("assistant", question.answer)]


def _bare(question: EvaluationQuestion) -> str:
    return question.question.removesuffix(MANNER).rstrip()


def _share(yes: Sequence[bool]) -> float:
    return sum(yes) / len(yes)


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """How often exactly those cartridges are chosen that a prompt is about, by kinds of prompt."""
    directory = options.model or get_packaged_model("smollm2-135m", Path(options.models))
    model = load_model(Path(directory))
    workshop = Workshop(model, Path(options.work))
    by_seed: dict[str, Any] = {}
    for seed in options.seeds:
        subjects = [subject_of(name, seed, options) for name in options.corpora]
        recipes = [recipe_of(options, options.tokens[0], options.steps[-1], seed)] * len(subjects)
        say(f"seed {seed}: {len(subjects)} cartridges of {options.steps[-1]} steps, less what is kept")
        made = [workshop.trained(subject, recipe) for subject, recipe in zip(subjects, recipes, strict=True)]
        prefixes = [each.cartridge.as_prefix(model.dtype) for each in made]
        by_seed[str(seed)] = Trial(model, subjects, prefixes, options, seed).figures()
    return {**_headline(list(by_seed.values())), "by_seed": by_seed}


def _headline(seeds: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Shares over all seeds and kinds of prompt of one sort."""
    sorts = {
        "about_one": "about_", "about_two": "both_", "follow_ups": "follow_up_", "turned_to_another": "from_",
        "turned_to_anything_else": "leave_",
        "near_misses": "near_", "general_knowledge": "general_knowledge", "other_prompts": "other_prompts", "fresh_prompts": "fresh_prompts",
    }  # fmt: skip
    found = {}
    for sort, beginning in sorts.items():
        some = [figures for seed in seeds for name, figures in seed.items() if name.startswith(beginning)]
        prompts = sum(each["prompts"] for each in some)
        if prompts:
            found[f"{sort}_exact"] = sum(each["exact"] * each["prompts"] for each in some) / prompts
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    usual = Bounds()
    parser.add_argument(
        "--prompts", type=int, default=40, help="of each kind but questions about one corpus, at least 1"
    )
    parser.add_argument("--least", type=float, default=usual.least, help="nats to gain at least")
    parser.add_argument("--own", type=float, default=usual.own, help="nats beyond all others")
    parser.set_defaults(seeds=[0], tokens=[150])


if __name__ == "__main__":
    run("relevance", measure, _options)
