"""How good cartridges are: against no context, in-context learning, and what a user would do instead.

For each corpus, seed and number of tokens p: the probability of the right option among options of the same kind,
log-perplexity and divergence on held-out conversations, free-form answers, and unrelated questions. Whatever is made
on the way is kept under --work, so that an interrupted run goes on where it was.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks import _quality_systems as systems
from benchmarks._composed_parts import compose_parts
from benchmarks._quality_figure import Point, draw
from benchmarks._quality_generated import ENTITIES, GENERATED
from benchmarks._quality_recipe import add_recipe_options, recipe_of, subject_of
from benchmarks._quality_study import Cost, Subject, Workshop, say
from benchmarks._quality_summary import (
    Scored,
    headline,
    log_perplexity_by_position,
    options_by_position,
    points_of,
    show,
    summarize,
)
from benchmarks._quality_unrelated import Unrelated
from benchmarks.harness import run
from cartridge_core.conversation_scoring import ConversationScore, conversation_scores
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import EvaluationQuestion, Objective, Recipe
from services.cli.models import get_packaged_model


class Study:
    """One corpus with one seed: every system scored, each score kept on disk."""

    def __init__(self, workshop: Workshop, subject: Subject, options: argparse.Namespace, seed: int) -> None:
        self._workshop = workshop
        self._model = workshop.model
        self._subject = subject
        self._options = options
        self._seed = seed

    def scores(self) -> dict[str, Scored]:
        """Scores by system; those with a size are named `system@p`, shorter training `system@p/steps`."""
        options, subject, model = self._options, self._subject, self._model
        found: dict[str, Scored] = {}
        whole = recipe_of(options, options.tokens[0], options.steps[-1], self._seed)

        def add(name: str, make: Callable[[], systems.System], cost: Cost | None = None) -> None:
            found[name] = self._kept(name, whole, make, cost)

        add("none", systems.no_context)
        add("icl", lambda: systems.whole_corpus(model, subject.text))
        if subject.paragraphs:
            add("paragraph", lambda: systems.right_paragraph(model, self._paragraphs(whole)))
        for p in options.tokens:
            self._add_rivals(p, add)
            for steps in options.steps:
                self._add_trained(p, steps, add)
        return found

    def _paragraphs(self, recipe: Recipe) -> dict[str, str]:
        """What the teacher sees for every question and held-out conversation."""
        chunks = self._workshop.chunks(self._subject, recipe)
        held_out = self._workshop.rows(self._subject, recipe, "held_out")
        seen = {one.question: chunks[one.chunk_index].text for one in held_out if one.chunk_index is not None}
        return seen | dict(self._subject.paragraphs)

    def _add_rivals(self, p: int, add: Callable[..., None]) -> None:
        options, subject, model = self._options, self._subject, self._model
        recipe = recipe_of(options, p, options.steps[-1], self._seed)
        chunks = self._workshop.chunks(subject, recipe)
        if options.rivals:
            add(f"truncated@{p}", lambda: systems.truncated(model, subject.text, p))
            add(f"summary@{p}", lambda: systems.summary(model, subject.text, p))
        for times in (1, 4) if options.rivals else ():
            name = f"bm25x{times}@{p}"
            add(name, lambda name=name, times=times: systems.bm25(model, chunks, times * p, name))
            name = f"embeddingsx{times}@{p}"
            add(name, lambda name=name, times=times: systems.embeddings(model, chunks, times * p, name))
        add(
            f"closed_form@{p}",
            lambda: systems.fixed(
                "closed_form", self._workshop.initial(subject, recipe).as_prefix(model.dtype)
            ),
        )

    def _add_trained(self, p: int, steps: int, add: Callable[..., None]) -> None:
        recipe = recipe_of(self._options, p, steps, self._seed)
        variants = {"cartridge": recipe}
        if steps == self._options.steps[-1] and self._options.next_token:
            training = recipe.training.model_copy(update={"objective": Objective.NEXT_TOKEN})
            variants["next_token"] = recipe.model_copy(update={"training": training})
        for name, variant in variants.items():
            made = self._workshop.trained(self._subject, variant)
            suffix = "" if steps == self._options.steps[-1] else f"/{steps}"
            add(
                f"{name}@{p}{suffix}",
                lambda made=made: systems.fixed("cartridge", made.cartridge.as_prefix(self._model.dtype)),
                made.cost,
            )

    def _kept(
        self, name: str, recipe: Recipe, make: Callable[[], systems.System], cost: Cost | None
    ) -> Scored:
        options, subject = self._options, self._subject
        path = self._workshop.cached(
            f"scores-{subject.name}-{name.replace('/', '-')}", subject.corpus.digest,
            [question.model_dump() for question in subject.questions], recipe.model_dump(), name,
            options.free_form,
        )  # fmt: skip
        if not path.exists():
            say(f"{subject.name}, seed {self._seed}: scoring {name}")
            path.write_text(json.dumps(self._score(make(), recipe)))
        stored = json.loads(path.read_text())
        return Scored(cost=cost, **stored)

    def _score(self, system: systems.System, recipe: Recipe) -> dict[str, Any]:
        questions = self._subject.questions
        scores = systems.score(self._model, system, questions)
        per_question = [
            (s.option_probability or 0.0, float(bool(s.right)), -s.surprise / s.answer_tokens) for s in scores
        ]
        held_out = self._workshop.rows(self._subject, recipe, "held_out")
        chunks = len(self._workshop.chunks(self._subject, recipe))
        asked: list[ConversationScore] = []
        groups: dict[str, list[int]] = {}
        for index, conversation in enumerate(held_out):
            context = system.context(EvaluationQuestion(question=conversation.question, answer="-"))
            groups.setdefault(context, []).append(index)
        for context, indices in groups.items():
            some = [held_out[index] for index in indices]
            asked += conversation_scores(self._model, system.prefix(context), some)
        order = [index for indices in groups.values() for index in indices]
        asked = [score for _, score in sorted(zip(order, asked, strict=True), key=lambda pair: pair[0])]
        return {
            "kv_bytes": system.kv_tokens * self._model.stored_kv_bytes_per_token,
            "questions": per_question,
            "conversations": [
                (float(s.tokens), s.surprise, s.kl, (one.chunk_index or 0) / chunks)
                for s, one in zip(asked, held_out, strict=True)
            ],
            "free_form": systems.free_form(self._model, system, questions[: self._options.free_form]),
        }


def announce(model: Model, options: argparse.Namespace) -> None:
    """Say how long everything will take where nothing is kept yet, from the speed of a short probe."""
    row = torch.full((4, 96), 17)
    started = time.monotonic()
    with torch.no_grad():
        model.forward(row, torch.arange(96).expand_as(row))
    speed = row.numel() / (time.monotonic() - started)
    runs = len(options.corpora) * len(options.seeds)
    decoded = options.conversations + options.generic + options.general + options.held_out
    read = options.rows * 100 + decoded * 1200
    # A step goes through the model forwards and, for no weight's gradient, once backwards; an option is a row of some
    # 40 tokens.
    trained = 2 * options.batch_tokens * sum(options.steps) * len(options.tokens)
    if options.next_token:
        trained += 2 * options.batch_tokens * options.steps[-1] * len(options.tokens)
    systems_scored = 3 + (9 if options.rivals else 3) * len(options.tokens)
    scored = systems_scored * (options.questions * 4 * 40 + options.free_form * 600)
    minutes = runs * (read + trained + scored) / speed / 60
    say(f"{runs} corpora and seeds: about {minutes:.0f} minutes at {speed:.0f} tokens/s, less what is kept")


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Quality of cartridges and of what one would do without them, on every corpus asked for."""
    if options.quick:
        _make_quick(options)
    directory = options.model or get_packaged_model("smollm2-135m", Path(options.models))
    model = load_model(Path(directory))
    work = Path(options.work)
    if options.window is not None:
        model.config = replace(model.config, context_length=options.window)
        work /= f"window-{options.window}"
    workshop = Workshop(model, work)
    announce(model, options)
    results: dict[str, Any] = {}
    points: dict[str, list[Point]] = {}
    unrelated: list[dict[str, float]] = []
    unrelated_icl: list[dict[str, float]] = []
    apart = Unrelated(workshop)
    for name in options.corpora:
        by_seed = []
        for seed in options.seeds:
            subject = subject_of(name, seed, options)
            by_seed.append(Study(workshop, subject, options, seed).scores())
            if not options.unrelated:
                continue
            recipe = recipe_of(options, options.tokens[0], options.steps[-1], seed)
            unrelated.append(apart.effect(subject, recipe))
            unrelated_icl.append(apart.effect_of_icl(subject))
        results[name] = summarize(by_seed, options.seed)
        for system, figure in results[name].items():
            runs = [scores[system] for scores in by_seed]
            figure["log_perplexity_by_position"] = log_perplexity_by_position(runs)
            if name in GENERATED:
                figure["option_probability_by_position"] = options_by_position(runs)
        show(name, results[name])
        points[name] = points_of(results[name])
    drawn = draw(Path(options.figure), points)
    say(f"figure: {options.figure}" if drawn else "no figure: pip install -e '.[bench]' brings matplotlib")
    composed = _composed(workshop, options)
    return {
        **headline(results, unrelated, composed),
        "corpora": results,
        "off_topic": unrelated,
        "off_topic_icl": unrelated_icl,
        "composed": composed,
    }


def _composed(workshop: Workshop, options: argparse.Namespace) -> list[dict[str, Any]]:
    """What compositions of 2, 4 ... cartridges keep, for each seed."""
    if options.compose < 2:
        return []
    entities = min(options.entities, ENTITIES // -(-options.compose // 2))
    return [compose_parts(workshop, options, options.compose, entities, seed) for seed in options.seeds]


def _make_quick(options: argparse.Namespace) -> None:
    """Everything once and tiny: shows that it works, not how good anything is."""
    options.corpora, options.seeds, options.tokens, options.steps = ["patients"], [0], [16], [2]
    options.rows, options.conversations, options.held_out = 12, 0, 16
    options.generic, options.general = 2, 2
    options.questions, options.free_form, options.batch_tokens = 6, 2, 128
    options.compose, options.entities = 2, 2


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    parser.add_argument("--free-form", type=int, default=60, help="questions answered freely")
    parser.add_argument(
        "--no-rivals", dest="rivals", action="store_false", help="no truncation, summary or retrieval"
    )
    parser.add_argument("--no-next-token", dest="next_token", action="store_false")
    parser.add_argument(
        "--no-unrelated", dest="unrelated", action="store_false", help="no questions about anything else"
    )
    parser.add_argument(
        "--window",
        type=int,
        help="treat the model as one whose window is this many tokens: corpora beyond it",
    )
    parser.add_argument(
        "--compose",
        type=int,
        default=4,
        help="also compose 2, 4 ... of this many cartridges of parts; 0: none",
    )
    parser.add_argument("--quick", action="store_true", help="everything once and tiny")
    parser.add_argument("--figure", default=".cartridges/quality/figure.png")


if __name__ == "__main__":
    run("quality", measure, _options)
