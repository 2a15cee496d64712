"""What retraining by difference saves when a document changes, and whether the old facts are gone.

A generated document of which some facts change. A cartridge is trained on the old version; the new one is learned
afresh, and by difference from the old cartridge: conversations about unchanged paragraphs are used again. Both are
scored at the same numbers of steps on questions in other words than the training's. `tokens_over_fresh` and
`seconds_over_fresh` compare what it takes, synthesis included, until the scores are those that training afresh ends
with, either way; `..._over_whole_fresh` with training afresh to its end, since nobody knows before it where it could have
stopped. `stale_answers` is the share of changed facts for which the old answer is likelier than the new one.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from benchmarks._quality_generated import GENERATED
from benchmarks._quality_study import Subject, Workshop, say
from benchmarks._retrain_versions import Versions, changed_version
from benchmarks.harness import run
from cartridge_core.artifact import Cartridge, read_cartridge, write_cartridge
from cartridge_core.context_gain import with_gains
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.difference import (
    compare_chunks,
    kept_conversations,
    outdated_conversations,
    retraining_recipe,
    scaled_study,
    uncovered,
    with_replay,
)
from cartridge_core.initialization import start_from
from cartridge_core.models import Model, PrefixKV, load_model
from cartridge_core.question_scoring import question_scores
from cartridge_core.recipe import EvaluationQuestion, Recipe
from cartridge_core.self_study import SelfStudy, SynthesisProgress
from cartridge_core.training_run import TrainingRun
from services.cli.models import get_packaged_model


class Point(BaseModel):
    """Scores after `step` steps; tokens trained on and seconds of training until then, evaluation not counted."""

    step: int
    tokens: int
    seconds: float
    options: float
    changed_options: float
    logprob: float
    stale: float
    validation_loss: float | None


class Curve(BaseModel):
    points: list[Point]


class Synthesis(BaseModel):
    """What it took to make rows, and to make the cartridge that training starts from."""

    tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Learned:
    """One way to learn a version: what was synthesized for it, how training went, and what came out."""

    synthesis: Synthesis
    curve: Curve
    cartridge: Cartridge


@dataclass(frozen=True)
class Rows:
    """What is trained on, what training is watched by, and what both took to make."""

    train: list[Conversation]
    validation: list[Conversation]
    cost: Synthesis


@dataclass(frozen=True)
class Start:
    """The cartridge that training starts from, and what it took to make."""

    cartridge: Cartridge
    cost: Synthesis


class Bench:
    """One document with one seed."""

    def __init__(self, model: Model, options: argparse.Namespace, seed: int) -> None:
        self._model = model
        self._options = options
        self._workshop = Workshop(model, Path(options.work))
        self.recipe = recipe_of(options, seed)
        made = GENERATED[options.corpus](seed, options.entities)
        self.versions: Versions = changed_version(made, options.changed, options.facts_a_paragraph)
        self._old = Subject(f"{options.corpus}-old", self.versions.old.text, self.versions.old.questions)
        self._new = Subject(f"{options.corpus}-new", self.versions.new.text, self.versions.new.questions)
        self.difference = compare_chunks(
            self._workshop.chunks(self._old, self.recipe), self._workshop.chunks(self._new, self.recipe)
        )

    def old(self) -> Learned:
        return self._learned("old", self.recipe, self._studied(self._old), self._initial(self._old))

    def fresh(self) -> Learned:
        return self._learned("fresh", self.recipe, self._studied(self._new), self._initial(self._new))

    def retrained(self, old: Learned) -> Learned:
        """From the old cartridge, with the conversations that are kept, new ones, and corrections."""
        recipe = retraining_recipe(self.recipe)
        if self._options.start == "previous":
            start = Start(start_from(old.cartridge, self._new.corpus.digest, recipe), Synthesis())
        else:
            start = self._initial(self._new)
        return self._learned(f"retrained-{self._options.start}", recipe, self._difference(start), start)

    def _studied(self, subject: Subject) -> Rows:
        """The recipe's rows about a whole version."""
        study = SelfStudy(
            self._model, self._workshop.chunks(subject, self.recipe), self.recipe.self_study, self.recipe.seed
        )
        settings = self.recipe.self_study
        train, cost = self._made(
            f"rows-{subject.name}", subject, settings.model_dump(),
            lambda told: study.synthesize(settings.total, "train", on_progress=told),
        )  # fmt: skip
        count = self.recipe.training.validation_conversations
        validation, _ = self._made(
            f"validation-{subject.name}", subject, [settings.model_dump(), count],
            lambda told: study.synthesize(count, "validation", on_progress=told),
        )  # fmt: skip
        return Rows(train, validation, cost)

    def _difference(self, start: Start) -> Rows:
        """Rows about the new version, of which only what is new is made; the validation rows are the fresh ones'."""
        recipe, difference = self.recipe, self.difference
        earlier = self._studied(self._old)
        fresh = self._studied(self._new)
        chunks = self._workshop.chunks(self._new, recipe)
        settings = scaled_study(recipe.self_study, difference.written_share, general=False)
        new: list[Conversation] = []
        cost = Synthesis()
        if settings is not None:
            study = SelfStudy(self._model, [chunks[i] for i in difference.written], settings, recipe.seed)
            new, cost = self._made(
                "rows-written", self._new, [self._old.corpus.digest, settings.model_dump()],
                lambda told: study.synthesize(settings.total, "train", on_progress=told),
            )  # fmt: skip
        if recipe.retraining.corrections:
            whole = SelfStudy(self._model, chunks, recipe.self_study, recipe.seed)
            outdated = outdated_conversations(earlier.train, difference, chunks)
            corrections, more = self._made(
                "rows-corrected", self._new, [self._old.corpus.digest, recipe.self_study.model_dump()],
                lambda told: whole.correct(outdated, on_progress=told),
            )  # fmt: skip
            new = [*new, *uncovered(corrections, new)]
            cost = Synthesis(tokens=cost.tokens + more.tokens, seconds=cost.seconds + more.seconds)
        kept = kept_conversations(earlier.train, difference)
        say(f"{len(kept)} conversations used again, {len(new)} new, of them {cost.tokens} tokens made")
        if recipe.retraining.weigh_news:
            new, more = self._made(
                "rows-news", self._new, [self._old.corpus.digest, recipe.model_dump()],
                lambda told: self._as_news(new, start.cartridge, told),
            )  # fmt: skip
            cost = Synthesis(tokens=cost.tokens + more.tokens, seconds=cost.seconds + more.seconds)
        rows = with_replay(new, kept, recipe.retraining.new_share, recipe.seed)
        return Rows(rows, fresh.validation, cost)

    def _as_news(
        self, conversations: list[Conversation], known: Cartridge, told: Callable[[SynthesisProgress], None]
    ) -> list[Conversation]:
        made = with_gains(self._model, conversations, known.as_prefix(self._model.dtype))
        told(SynthesisProgress(sum(len(each.answer_ids) for each in made), 0.0))
        return made

    def _made(
        self,
        name: str,
        subject: Subject,
        parts: object,
        make: Callable[[Callable[[SynthesisProgress], None]], list[Conversation]],
    ) -> tuple[list[Conversation], Synthesis]:
        path = self._workshop.cached(name, subject.corpus.digest, self.recipe.seed, parts)
        cost = path.with_suffix(".json")
        if not cost.exists():
            say(f"{name}: writing")
            told = SynthesisProgress(0, 0.0)

            def note(progress: SynthesisProgress) -> None:
                nonlocal told
                told = progress

            started = time.monotonic()
            write_conversations(path, make(note), self._model.identity)
            spent = Synthesis(tokens=told.tokens, seconds=time.monotonic() - started)
            cost.write_text(spent.model_dump_json())
        return read_conversations(path, self._model.identity), Synthesis.model_validate_json(cost.read_text())

    def _initial(self, subject: Subject) -> Start:
        path = self._workshop.cached(
            f"initial-cost-{subject.name}", subject.corpus.digest, self.recipe.model_dump()
        )
        started = time.monotonic()
        cartridge = self._workshop.initial(subject, self.recipe)
        if not path.exists():
            path.write_text(Synthesis(seconds=time.monotonic() - started).model_dump_json())
        return Start(cartridge, Synthesis.model_validate_json(path.read_text()))

    def _learned(self, name: str, recipe: Recipe, rows: Rows, start: Start) -> Learned:
        spent = Synthesis(tokens=rows.cost.tokens, seconds=rows.cost.seconds + start.cost.seconds)
        path = self._workshop.cached(
            f"learned-{name}",
            self.versions.old.text,
            self.versions.new.text,
            # How a version is learned by difference changes nothing about learning it afresh.
            recipe.model_dump(exclude=None if recipe is not self.recipe else {"retraining"}),
            self._options.every,
        )
        if not path.exists():
            write_cartridge(path, self._train(path, recipe, rows, start))
        curve = Curve.model_validate_json(path.with_suffix(".json").read_text())
        return Learned(spent, curve, read_cartridge(path, identity=self._model.identity))

    def _train(self, path: Path, recipe: Recipe, rows: Rows, start: Start) -> Cartridge:
        """Train to the end, scoring every so many steps; goes on where it was cut off."""
        training = TrainingRun(
            self._model, start.cartridge, rows.train, recipe, corpus_text="", validation=rows.validation
        )
        told = path.with_suffix(".json")
        checkpoint = path.with_suffix(".checkpoint")
        if checkpoint.exists():
            training.resume(checkpoint)
            curve = Curve.model_validate_json(told.read_text())
        else:
            curve = Curve(points=[self._point(training)])
        while training.ended is None:
            training.advance()
            if training.step % self._options.every == 0 or training.ended is not None:
                curve.points.append(self._point(training))
                told.write_text(curve.model_dump_json())
                training.save(checkpoint)
                last = curve.points[-1]
                say(
                    f"{path.name}: step {last.step} of {recipe.training.steps}, options {last.options:.3f} (changed "
                    f"{last.changed_options:.3f}), log-probability {last.logprob:.3f}, stale {last.stale:.3f}, "
                    f"validation loss {last.validation_loss or 0:.4f}"
                )
        checkpoint.unlink()
        return training.trainable.cartridge()

    def _point(self, training: TrainingRun) -> Point:
        cartridge = training.trainable.cartridge().cast(self._model.stored_dtype)
        prefix = cartridge.as_prefix(self._model.dtype)
        questions = self.versions.new.questions
        scores = question_scores(self._model, prefix, questions)
        options = [score.option_probability or 0.0 for score in scores]
        measured = training.stopping.points
        return Point(
            step=training.step,
            tokens=training.tokens,
            seconds=training.seconds,
            options=_mean(options),
            changed_options=_mean([options[number] for number in self.versions.changed]),
            logprob=-sum(score.surprise for score in scores) / sum(score.answer_tokens for score in scores),
            stale=stale_share(self._model, prefix, self.versions.stale_questions()),
            validation_loss=measured[-1].loss if measured else None,
        )


def stale_share(model: Model, prefix: PrefixKV, questions: Sequence[EvaluationQuestion]) -> float:
    """Of questions whose only other option is the old answer, the share for which that one is likelier."""
    scores = question_scores(model, prefix, questions)
    return _mean([float((score.option_probability or 0.0) < 0.5) for score in scores])


def reached(curve: Curve, goal: Point, options: argparse.Namespace) -> Point | None:
    """The first point that is as good as `goal`, up to the tolerances."""
    return next(
        (
            point
            for point in curve.points
            if point.options >= goal.options - options.tolerance
            and point.logprob >= goal.logprob - options.logprob_tolerance
        ),
        None,
    )


def recipe_of(options: argparse.Namespace, seed: int) -> Recipe:
    """The recipe of the quality benchmark in the sizes asked for, without an early end."""
    return Recipe.model_validate(
        {
            "cartridge_tokens": options.tokens,
            "seed": seed,
            "self_study": {
                "conversations": options.conversations,
                "recitations": options.rows,
                "generic_answers": options.generic,
                "general_answers": options.general,
            },
            "training": {
                "steps": options.steps,
                "warmup_steps": min(20, max(1, options.steps // 10)),
                "batch_tokens": options.batch_tokens,
                "max_row_tokens": 96,
                "validation_conversations": options.validation,
                "validate_every": options.every,
                "patience": 0,
            },
            "retraining": {
                "steps_share": options.steps_share,
                "learning_rate_share": options.rate_share,
                "new_share": options.new_share,
                "corrections": options.corrections,
                "weigh_news": options.weigh_news,
            },
        }
    )


def measure(options: argparse.Namespace) -> dict[str, Any]:
    directory = (
        Path(options.model) if options.model else get_packaged_model("smollm2-135m", Path(options.models))
    )
    model = load_model(directory)
    return {"documents": [_measure(Bench(model, options, seed), options, seed) for seed in options.seeds]}


def _measure(bench: Bench, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    old = bench.old()
    fresh, retrained = bench.fresh(), bench.retrained(old)
    goal = fresh.curve.points[-1]
    ways = {
        "fresh": (fresh, reached(fresh.curve, goal, options)),
        "retrained": (retrained, reached(retrained.curve, goal, options)),
    }
    spent = {
        name: None
        if point is None
        else (point.tokens + learned.synthesis.tokens, point.seconds + learned.synthesis.seconds)
        for name, (learned, point) in ways.items()
    }
    whole = (goal.tokens + fresh.synthesis.tokens, goal.seconds + fresh.synthesis.seconds)
    over, over_whole = _ratios(spent["retrained"], spent["fresh"]), _ratios(spent["retrained"], whole)
    return {
        "seed": seed,
        "chunks_kept": len(bench.difference.kept),
        "chunks_written": len(bench.difference.written),
        "facts_changed": len(bench.versions.changed),
        "tokens_over_fresh": over[0],
        "seconds_over_fresh": over[1],
        "tokens_over_whole_fresh": over_whole[0],
        "seconds_over_whole_fresh": over_whole[1],
        "stale_answers": {
            "old": old.curve.points[-1].stale,
            "fresh": goal.stale,
            "retrained": retrained.curve.points[-1].stale,
            "retrained_where_reached": None if ways["retrained"][1] is None else ways["retrained"][1].stale,
        },
        "synthesized_tokens": {name: learned.synthesis.tokens for name, (learned, _) in ways.items()},
        "synthesized_seconds": {name: learned.synthesis.seconds for name, (learned, _) in ways.items()},
        "reached": {name: None if point is None else point.model_dump() for name, (_, point) in ways.items()},
        "last": {
            "old": old.curve.points[-1].model_dump(),
            **{name: learned.curve.points[-1].model_dump() for name, (learned, _) in ways.items()},
        },
    }


def _ratios(
    one: tuple[int, float] | None, other: tuple[int, float] | None
) -> tuple[float | None, float | None]:
    """Tokens and seconds of one over the other's; None where either never got there."""
    return (None, None) if one is None or other is None else (one[0] / other[0], one[1] / other[1])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", choices=sorted(GENERATED), default="patients")
    parser.add_argument("--entities", type=int, default=16, help="paragraphs of the document, at most 22")
    parser.add_argument("--seeds", type=_numbers, default=[0])
    parser.add_argument("--changed", type=float, default=0.1, help="share of the facts that change")
    parser.add_argument(
        "--facts-a-paragraph", type=int, default=4, help="so many of a paragraph's facts change at most"
    )
    parser.add_argument("--tokens", type=int, default=128, help="size p of the cartridges")
    parser.add_argument("--steps", type=int, default=200, help="of training afresh")
    parser.add_argument("--every", type=int, default=20, help="steps between two scores")
    parser.add_argument("--rows", type=int, default=1024, help="recitations")
    parser.add_argument("--conversations", type=int, default=0)
    parser.add_argument("--generic", type=int, default=64)
    parser.add_argument("--general", type=int, default=32)
    parser.add_argument("--validation", type=int, default=24)
    parser.add_argument("--batch-tokens", type=int, default=384)
    parser.add_argument("--start", choices=("previous", "initial"), default="previous")
    parser.add_argument("--steps-share", type=float, default=0.4)
    parser.add_argument("--rate-share", type=float, default=1.0)
    parser.add_argument("--new-share", type=float, default=0.5)
    parser.add_argument("--no-corrections", dest="corrections", action="store_false")
    parser.add_argument("--no-news", dest="weigh_news", action="store_false", help="weigh rows as afresh")
    parser.add_argument("--tolerance", type=float, default=0.01, help="in option probability")
    parser.add_argument("--logprob-tolerance", type=float, default=0.05, help="nats an answer token")
    parser.add_argument("--model", help="a model directory; default: SmolLM2-135M-Instruct")
    parser.add_argument("--models", default=".cartridges/models", help="where the default model is or goes")
    parser.add_argument("--work", default=".cartridges/retrain", help="where everything made is kept")


if __name__ == "__main__":
    run("retrain", measure, _options)
