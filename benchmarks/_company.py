"""What stands beside a cartridge in a share of its training steps: nothing, or KV that has nothing to do with it."""

import argparse

from benchmarks._quality_study import Subject, Workshop
from cartridge_core.distractors import NO_DISTRACTORS, Distractors
from cartridge_core.initialization import initialize
from cartridge_core.recipe import ConversationKind, Recipe

KINDS = ("none", "text", "compacted")
_COUNT = 4


def add_company_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", choices=KINDS, default="none", help="what stands beside in training")
    parser.add_argument("--company-share", type=float, default=0.5, help="share of steps with company")


def company_of(
    options: argparse.Namespace, workshop: Workshop, subject: Subject, recipe: Recipe
) -> Distractors:
    """KV of general conversations, as it is (`text`) or compacted in closed form."""
    if options.company == "none":
        return NO_DISTRACTORS
    rows = [row for row in workshop.rows(subject, recipe) if row.kind is ConversationKind.GENERAL]
    kind = "first_tokens" if options.company == "text" else "attention_matching"
    made = recipe.model_copy(
        update={"initialization": recipe.initialization.model_copy(update={"kind": kind})}
    )
    cartridges = []
    for number in range(_COUNT):
        text = "\n\n".join(f"{row.question}\n{row.answer}" for row in rows[number::_COUNT])
        cartridges.append(initialize(workshop.model, text, f"company {number}", made))
    return Distractors(tuple(cartridges), options.company_share)
