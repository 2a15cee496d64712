"""How good cartridges are: against no context, in-context learning, and what a user would do instead.

For each corpus, seed and number of tokens p: the probability of the right option among options of the same kind,
log-perplexity and divergence on held-out conversations, free-form answers, and unrelated questions. Whatever is made
on the way is kept under --work, so that an interrupted run goes on where it was.
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import _quality_systems as systems
from benchmarks._quality_datasets import read_dataset
from benchmarks._quality_documents import code_base, debian_history, language_reference
from benchmarks._quality_figure import Point, draw
from benchmarks._quality_generated import GENERATED
from benchmarks._quality_statistics import gap_share, interval, mean_of
from benchmarks._quality_study import Cost, Subject, Workshop, say
from benchmarks._quality_unrelated import Unrelated
from benchmarks.harness import run
from cartridge_core.conversation_scoring import ConversationScore, conversation_scores
from cartridge_core.models import Model, load_model
from cartridge_core.recipe import EvaluationQuestion, Objective, Recipe
from services.cli.models import get_packaged_model

CORPORA = ("patients", "ships", "chat", "debian", "reference", "code")
TRAINED = ("cartridge", "next_token")
_RATIO_TOLERANCE = 0.1
_POSITIONS = 5


@dataclass(frozen=True)
class Scored:
    """One system on one corpus and seed."""

    kv_bytes: int
    questions: list[tuple[float, float, float]]  # option probability, right, log-probability a token
    conversations: list[tuple[float, float, float]]  # tokens, surprise, divergence from the teacher, in nats
    free_form: list[bool]
    cost: Cost | None


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


# What differs from the default recipe besides sizes.
STUDIED: dict[str, dict[str, Any]] = {
    "initialization": {"kind": "attention_matching"},
    "self_study": {
        "one_paragraph": True,
        "recitation_kind": "facts",
        "generic_answers": 352,
        "general_answers": 128,
    },
    "training": {"weighting": "context_gain"},
}


def recipe_of(options: argparse.Namespace, tokens: int, steps: int, seed: int) -> Recipe:
    """The recipe under study in the sizes asked for; `docs/quality.md` says why it is not the default yet."""
    return Recipe.model_validate(
        {
            "cartridge_tokens": tokens,
            "seed": seed,
            "initialization": STUDIED["initialization"],
            "self_study": {
                **STUDIED["self_study"],
                "conversations": options.conversations,
                "recitations": options.rows,
                "generic_answers": options.generic,
                "general_answers": options.general,
                "min_teacher_logprob": options.min_teacher_logprob,
            },
            "training": {
                **STUDIED["training"],
                "steps": steps,
                "warmup_steps": min(20, max(1, steps // 10)),
                "batch_tokens": options.batch_tokens,
                "max_row_tokens": options.row_tokens,
                "checkpoint_every": 10,
            },
            "evaluation": {"held_out_conversations": options.held_out},
        }
    )


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
            "kv_bytes": system.kv_tokens * self._model.kv_bytes_per_token,
            "questions": per_question,
            "conversations": [(float(s.tokens), s.surprise, s.kl) for s in asked],
            "free_form": systems.free_form(self._model, system, questions[: self._options.free_form]),
        }


def summarize(by_seed: Sequence[dict[str, Scored]], seed: int) -> dict[str, dict[str, Any]]:
    """Figures with intervals for every system, over all seeds of one corpus."""
    figures = {}
    for name in by_seed[0]:
        runs = [scores[name] for scores in by_seed]
        figure: dict[str, Any] = {
            "kv_bytes": runs[0].kv_bytes,
            "kv_ratio": by_seed[0]["icl"].kv_bytes / runs[0].kv_bytes if runs[0].kv_bytes else None,
        }
        if runs[0].questions:
            figure |= _question_figures(name, by_seed, seed)
        if all(run.conversations for run in runs):
            figure |= _conversation_figures(name, by_seed, seed)
        if runs[0].free_form:
            figure["free_form"] = sum(sum(r.free_form) for r in runs) / sum(len(r.free_form) for r in runs)
        costs = [r.cost for r in runs if r.cost is not None]
        if costs:
            figure["training_tokens"] = sum(cost.tokens for cost in costs) / len(costs)
            figure["training_seconds"] = sum(cost.seconds for cost in costs) / len(costs)
        figures[name] = figure
    return figures


def _question_figures(name: str, by_seed: Sequence[dict[str, Scored]], seed: int) -> dict[str, Any]:
    def beside(place: int) -> list[list[tuple[float, ...]]]:
        return [
            [
                (ours[place], none[place], icl[place])
                for ours, none, icl in zip(
                    scores[name].questions, scores["none"].questions, scores["icl"].questions, strict=True
                )
            ]
            for scores in by_seed
        ]

    return {
        "option_probability": interval(beside(0), mean_of(0), seed).as_figure(),
        "option_accuracy": interval(beside(1), mean_of(0), seed).as_figure(),
        "answer_logprob": interval(beside(2), mean_of(0), seed).as_figure(),
        "gap_closed_options": interval(beside(0), gap_share, seed).as_figure(),
    }


def by_position(runs: Sequence[Scored]) -> list[float]:
    """Mean option probability of each fifth of the questions, which stand in the order of what they ask about."""
    questions = len(runs[0].questions)
    places: list[list[float]] = [[] for _ in range(min(_POSITIONS, questions))]
    for scored in runs:
        for number, (probability, *_) in enumerate(scored.questions):
            places[number * len(places) // questions].append(probability)
    return [sum(place) / len(place) for place in places]


def _conversation_figures(name: str, by_seed: Sequence[dict[str, Scored]], seed: int) -> dict[str, Any]:
    runs: list[list[tuple[float, ...]]] = [
        [
            (-ours[1], -none[1], -icl[1], ours[2], ours[0])
            for ours, none, icl in zip(
                scores[name].conversations, scores["none"].conversations, scores["icl"].conversations,
                strict=True,
            )
        ]
        for scores in by_seed
    ]  # fmt: skip

    def per_token(place: int) -> Callable[[list[tuple[float, ...]]], float]:
        return lambda items: sum(item[place] for item in items) / sum(item[4] for item in items)

    return {
        "log_perplexity": interval(runs, lambda items: -per_token(0)(items), seed).as_figure(),
        "kl": interval(runs, per_token(3), seed).as_figure(),
        "gap_closed_logprob": interval(runs, gap_share, seed).as_figure(),
    }


def show(corpus: str, figures: Mapping[str, Mapping[str, Any]]) -> None:
    """One corpus's part of the table, on stderr."""
    table = Table(title=corpus, title_justify="left")
    columns = (
        ("option_probability", "p(right option)"), ("option_accuracy", "right"), ("gap_closed_options", "gap, options"),
        ("log_perplexity", "log-perplexity"), ("gap_closed_logprob", "gap, log-prob"), ("kl", "KL to teacher"),
    )  # fmt: skip
    table.add_column("system")
    for title in ("KV MiB", *(title for _, title in columns), "free form", "tokens"):
        table.add_column(title, justify="right")
    for name, figure in figures.items():
        cells = [f"{figure['kv_bytes'] / 2**20:.1f}"]
        for key, _ in columns:
            value = figure.get(key)
            cells.append(
                "" if value is None else f"{value['value']:.3f} [{value['low']:.2f}, {value['high']:.2f}]"
            )
        cells.append(f"{figure['free_form']:.2f}" if "free_form" in figure else "")
        cells.append(f"{figure['training_tokens']:,.0f}" if "training_tokens" in figure else "")
        table.add_row(name, *cells)
    Console(stderr=True, width=170).print(table)


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
    # A step goes through the model forwards and backwards; an option is a row of some 40 tokens.
    trained = 3 * options.batch_tokens * sum(options.steps) * len(options.tokens)
    if options.next_token:
        trained += 3 * options.batch_tokens * options.steps[-1] * len(options.tokens)
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
    apart = Unrelated(workshop)
    for name in options.corpora:
        by_seed = []
        for seed in options.seeds:
            subject = subject_of(name, seed, options)
            by_seed.append(Study(workshop, subject, options, seed).scores())
            recipe = recipe_of(options, options.tokens[0], options.steps[-1], seed)
            unrelated.append(apart.effect(subject, recipe))
        results[name] = summarize(by_seed, options.seed)
        if name in GENERATED:
            for system, figure in results[name].items():
                figure["option_probability_by_position"] = by_position([scores[system] for scores in by_seed])
        show(name, results[name])
        points[name] = _points(results[name])
    drawn = draw(Path(options.figure), points)
    say(f"figure: {options.figure}" if drawn else "no figure: pip install -e '.[bench]' brings matplotlib")
    return {**_headline(results, unrelated), "corpora": results, "off_topic": unrelated}


def _points(figures: Mapping[str, Mapping[str, Any]]) -> list[Point]:
    return [
        Point(
            name.partition("@")[0], figure["kv_bytes"], figure.get("training_tokens"),
            figure["option_probability"]["value"],
        )
        for name, figure in figures.items()
        if "option_probability" in figure
    ]  # fmt: skip


def _headline(
    results: Mapping[str, Mapping[str, Mapping[str, Any]]], unrelated: Sequence[Mapping[str, float]]
) -> dict[str, Any]:
    """The figures at the top: None for what this run did not measure."""

    def at(ratio: float, key: str, corpora: Sequence[str]) -> float | None:
        values = [
            figure[key]["value"]
            for name, figures in results.items()
            if name in corpora
            for system, figure in figures.items()
            if system.startswith("cartridge@") and "/" not in system and figure.get(key) is not None
            and abs(math.log(figure["kv_ratio"] / ratio)) < math.log(1 + 2 * _RATIO_TOLERANCE)
        ]  # fmt: skip
        return sum(values) / len(values) if values else None

    generated = tuple(GENERATED)
    return {
        "options_13x": at(13, "gap_closed_options", generated),
        "options_38x": at(38, "gap_closed_options", generated),
        "logprob_20x_document": at(20, "gap_closed_logprob", ("debian", "reference")),
        "offtopic_accuracy_change": sum(u["accuracy_change"] for u in unrelated) / len(unrelated),
    }


def _make_quick(options: argparse.Namespace) -> None:
    """Everything once and tiny: shows that it works, not how good anything is."""
    options.corpora, options.seeds, options.tokens, options.steps = ["patients"], [0], [16], [2]
    options.rows, options.conversations, options.held_out = 12, 0, 16
    options.generic, options.general = 2, 2
    options.questions, options.free_form, options.batch_tokens = 6, 2, 128


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


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
    parser.add_argument("--tokens", type=_numbers, default=[128, 48], help="sizes p of the cartridges")
    parser.add_argument(
        "--steps", type=_numbers, default=[125, 250, 500], help="steps; the last is the recipe's"
    )
    parser.add_argument("--rows", type=int, default=2048, help="recitations a corpus")
    parser.add_argument(
        "--min-teacher-logprob", type=float, default=-4.0,
        help="recitations the teacher finds less likely are left out",
    )  # fmt: skip
    parser.add_argument("--conversations", type=int, default=0)
    for name, what in (
        ("generic", "ready-made requests about it"),
        ("general", "requests about anything else"),
    ):
        usual = STUDIED["self_study"][f"{name}_answers"]
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"answers to {what}")
    parser.add_argument("--held-out", type=int, default=48, help="conversations kept for evaluation")
    parser.add_argument("--questions", type=int, default=220, help="of each corpus")
    parser.add_argument("--batch-tokens", type=int, default=384)
    parser.add_argument("--row-tokens", type=int, default=96)
    parser.add_argument("--model", help="a model directory; default: SmolLM2-135M-Instruct")
    parser.add_argument("--models", default=".cartridges/models", help="where the default model is or goes")
    parser.add_argument("--work", default=".cartridges/quality", help="where everything made is kept")


def _options(parser: argparse.ArgumentParser) -> None:
    add_recipe_options(parser)
    parser.add_argument("--free-form", type=int, default=60, help="questions answered freely")
    parser.add_argument(
        "--no-rivals", dest="rivals", action="store_false", help="no truncation, summary or retrieval"
    )
    parser.add_argument("--no-next-token", dest="next_token", action="store_false")
    parser.add_argument(
        "--window",
        type=int,
        help="treat the model as one whose window is this many tokens: corpora beyond it",
    )
    parser.add_argument("--quick", action="store_true", help="everything once and tiny")
    parser.add_argument("--figure", default=".cartridges/quality/figure.png")


if __name__ == "__main__":
    run("quality", measure, _options)
