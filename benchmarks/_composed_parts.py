"""Corpora cut into parts with entities of their own: what a composition of their cartridges keeps of each."""

import argparse
from collections.abc import Sequence
from typing import Any

from benchmarks import _quality_systems as systems
from benchmarks._quality_generated import ENTITIES, GENERATED
from benchmarks._quality_recipe import recipe_of
from benchmarks._quality_study import Subject, Workshop, say
from cartridge_core.composition import compose
from cartridge_core.distractors import NO_DISTRACTORS, Distractors
from cartridge_core.models import Model, PrefixKV
from cartridge_core.recipe import EvaluationQuestion

_CUT = ("patients", "ships")
# Of the training steps, where other cartridges stand beside.
_SHARE_BESIDE = 0.5


def probability(model: Model, prefix: PrefixKV | None, questions: Sequence[EvaluationQuestion]) -> float:
    """Mean probability of the right option."""
    system = systems.no_context() if prefix is None else systems.fixed("composed", prefix)
    return systems.mean_option_probability(model, system, questions)


def parts_of(seed: int, count: int, entities: int) -> list[Subject]:
    """`count` corpora of `entities` paragraphs each, none of which another has. Raises ValueError for too many."""
    each = -(-count // len(_CUT))
    if each * entities > ENTITIES:
        raise ValueError(
            f"{count} parts of {entities} paragraphs are more than the {len(_CUT)} corpora of {ENTITIES} hold; "
            "ask for fewer parts or --entities"
        )
    cut: list[list[Subject]] = []
    for name in _CUT:
        whole = GENERATED[name](seed, ENTITIES)
        paragraphs = whole.text.split("\n\n")
        facts = len(whole.questions) // ENTITIES
        cut.append(
            [
                Subject(
                    f"{name}-{part}",
                    "\n\n".join(paragraphs[part * entities : (part + 1) * entities]),
                    whole.questions[part * entities * facts : (part + 1) * entities * facts],
                )
                for part in range(each)
            ]
        )
    return [subject for same_place in zip(*cut, strict=True) for subject in same_place][:count]


def compose_parts(
    workshop: Workshop, options: argparse.Namespace, count: int, entities: int, seed: int, *, beside: int = 0
) -> dict[str, Any]:
    """How much of each cartridge's gain over no context is kept by the first 2, 4 ... of `count` parts composed: by
    all of them together, and by those that each question is about.

    Cartridges of `beside` further parts stand beside those in training, and in no composition.
    """
    model = workshop.model
    recipe = recipe_of(options, options.tokens[0], options.steps[-1], seed)
    subjects = parts_of(seed, count + beside, entities)
    say(f"{len(subjects)} cartridges of {recipe.training.steps} steps, less what is kept")
    others = tuple(workshop.trained(subject, recipe).cartridge for subject in subjects[count:])
    company = Distractors(others, _SHARE_BESIDE) if others else NO_DISTRACTORS
    subjects = subjects[:count]
    cartridges = [workshop.trained(subject, recipe, company).cartridge for subject in subjects]
    none = [probability(model, None, subject.questions) for subject in subjects]
    alone = [
        probability(
            model, compose([cartridge], model.rope.inverse_frequencies, model.dtype), subject.questions
        )
        for cartridge, subject in zip(cartridges, subjects, strict=True)
    ]
    read = [systems.readings(model, cartridges, subject.questions) for subject in subjects]
    figures: dict[str, Any] = {"none": none, "alone": alone, "beside_in_training": beside, "composed": {}}
    together = 2
    while together <= len(subjects):
        say(f"composed: the first {together}")
        some = subjects[:together]
        prefix = compose(cartridges[:together], model.rope.inverse_frequencies, model.dtype)
        ours = [probability(model, prefix, subject.questions) for subject in some]
        picked = [
            systems.relevant_ones(model, cartridges[:together], subject.questions, rows)
            for subject, rows in zip(some, read, strict=False)
        ]
        selected = [
            systems.mean_option_probability(model, system, subject.questions)
            for system, subject in zip(picked, some, strict=True)
        ]
        text = "\n\n".join(subject.text for subject in some)
        whole = systems.whole_corpus(model, text)
        icl = [systems.mean_option_probability(model, whole, subject.questions) for subject in some]
        figures["composed"][str(together)] = {
            "option_probability": ours,
            "concatenated_icl": icl,
            "kept": sum(ours) / sum(alone[:together]),
            "relevant_ones": selected,
            "relevant_kept": sum(selected) / sum(alone[:together]),
            "gain_kept": (sum(ours) - sum(none[:together])) / (sum(alone[:together]) - sum(none[:together])),
        }
        together *= 2
    return figures
