"""What a training job will take, before it is ordered: from its recipe, its corpus, and the speeds of earlier jobs.

The tenant's own jobs on the same base model tell how fast this deployment is. Until there is one, the speeds are those
of a machine with two CPU cores and a model of 135 million parameters: cautious, and told to be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cartridge_core.recipe import Objective, Recipe
from cartridge_store.db.tables import TrainingJob

# Tokens a second of that machine, and tokens that a conversation takes there (`make bench NAME=training_speed`,
# `make bench NAME=quality`).
_SYNTHESIS_SPEED = 200.0
_TRAINING_SPEED = 500.0
_WRITTEN_SHARE = 0.6
_READ_TOKENS = 14.0
# Batches hold less than the recipe allows: rows are of different lengths.
_BATCH_FILL = 0.85
# Reading documents, the beginning of the cartridge, both measurements: in seconds of self-study and training.
_OTHER_SHARE = 0.15


@dataclass(frozen=True)
class Speeds:
    """What earlier jobs have shown: `jobs` of them, none where it is the cautious guess.

    `conversation_tokens` are those written for a conversation that is asked for, None: to be told from the recipe.
    `other_share` are seconds of all other stages for each second of self-study and training.
    """

    jobs: int
    synthesis: float
    training: float
    conversation_tokens: float | None
    batch_fill: float
    other_share: float


@dataclass(frozen=True)
class Estimate:
    """Tokens, and seconds by stage, `other` being all stages together that are neither."""

    synthesis_tokens: int
    training_tokens: int
    self_study_seconds: float
    train_seconds: float
    other_seconds: float

    @property
    def seconds(self) -> float:
        return self.self_study_seconds + self.train_seconds + self.other_seconds


def speeds_of(jobs: Sequence[TrainingJob]) -> Speeds:
    """What finished jobs tell. Those that have left no counts, or a recipe of another release, tell nothing."""
    told = [found for job in jobs if (found := _told(job)) is not None]
    if not told:
        return Speeds(0, _SYNTHESIS_SPEED, _TRAINING_SPEED, None, _BATCH_FILL, _OTHER_SHARE)
    total = {name: sum(each[name] for each in told) for name in told[0]}
    whole = [each for each in told if each["reused"] == 0 and each["asked"]]
    asked = sum(each["asked"] for each in whole)
    busy = total["synthesis_seconds"] + total["training_seconds"]
    return Speeds(
        jobs=len(told),
        synthesis=_ratio(total["synthesis_tokens"], total["synthesis_seconds"], _SYNTHESIS_SPEED),
        training=_ratio(total["training_tokens"], total["training_seconds"], _TRAINING_SPEED),
        conversation_tokens=sum(each["synthesis_tokens"] for each in whole) / asked if asked else None,
        batch_fill=_ratio(total["training_tokens"], total["room"], _BATCH_FILL),
        other_share=_ratio(total["other_seconds"], busy, _OTHER_SHARE),
    )


def estimate(recipe: Recipe, speeds: Speeds) -> Estimate:
    """What a job by `recipe` takes where nothing is used again and training does not stop early: at most."""
    training = recipe.training
    synthesis_tokens = _synthesis_tokens(recipe, speeds)
    training_tokens = training.steps * training.accumulation * training.batch_tokens * speeds.batch_fill
    if training.budget_tokens is not None:
        training_tokens = min(training_tokens, training.budget_tokens)
    train_seconds = training_tokens / speeds.training
    if training.budget_seconds is not None and train_seconds > training.budget_seconds:
        training_tokens *= training.budget_seconds / train_seconds
        train_seconds = training.budget_seconds
    self_study_seconds = synthesis_tokens / speeds.synthesis
    return Estimate(
        synthesis_tokens=round(synthesis_tokens),
        training_tokens=round(training_tokens),
        self_study_seconds=self_study_seconds,
        train_seconds=train_seconds,
        other_seconds=speeds.other_share * (self_study_seconds + train_seconds),
    )


def _synthesis_tokens(recipe: Recipe, speeds: Speeds) -> float:
    if speeds.conversation_tokens is not None:
        return _asked(recipe) * speeds.conversation_tokens
    study = recipe.self_study
    answered = _WRITTEN_SHARE * study.answer_max_tokens
    asked_and_answered = answered + _WRITTEN_SHARE * study.question_max_tokens
    held_out = recipe.evaluation.held_out_conversations + recipe.training.validation_conversations
    if recipe.training.objective is Objective.NEXT_TOKEN:
        return held_out * asked_and_answered
    return (
        (study.conversations + held_out) * asked_and_answered
        + (study.generic_answers + study.general_answers) * answered
        + study.span_questions * _WRITTEN_SHARE * study.question_max_tokens
        + study.recitations * _READ_TOKENS
    )


def _asked(recipe: Recipe) -> int:
    """Conversations that a recipe asks for, those that are held out included."""
    held_out = recipe.evaluation.held_out_conversations + recipe.training.validation_conversations
    trained_on = 0 if recipe.training.objective is Objective.NEXT_TOKEN else recipe.self_study.total
    return trained_on + held_out


def _told(job: TrainingJob) -> dict[str, float] | None:
    progress: dict[str, Any] = job.progress
    outcome = progress.get("outcome")
    try:
        recipe = Recipe.model_validate(job.recipe)
        synthesis, training = progress["synthesis"], progress["training"]
        by_stage = {name: float(seconds) for name, seconds in progress["seconds"].items()}
    except (KeyError, ValueError):
        return None
    if outcome is None:
        return None
    room = outcome["steps"] * recipe.training.accumulation * recipe.training.batch_tokens
    other = sum(seconds for name, seconds in by_stage.items() if name != "self_study") - training["seconds"]
    return {
        "asked": float(_asked(recipe)),
        "reused": float((progress.get("reuse") or {}).get("conversations", 0)),
        "synthesis_tokens": float(synthesis["tokens"]),
        "synthesis_seconds": float(synthesis["seconds"]),
        "training_tokens": float(training["tokens"]),
        "training_seconds": float(training["seconds"]),
        "room": float(room),
        "other_seconds": max(0.0, other),
    }


def _ratio(amount: float, of: float, otherwise: float) -> float:
    return amount / of if amount > 0 and of > 0 else otherwise
