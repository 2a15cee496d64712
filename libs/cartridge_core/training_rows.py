"""What a training run learns from, as weighted rows: conversations, or windows of the corpus itself."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from cartridge_core.batching import Row, conversation_row, text_rows
from cartridge_core.conversations import Conversation
from cartridge_core.errors import NothingToLearnError
from cartridge_core.models import Model
from cartridge_core.recipe import LossWeighting, Objective, Recipe, TrainingSettings


def training_rows(
    model: Model, conversations: Sequence[Conversation], corpus_text: str, recipe: Recipe
) -> list[Row]:
    """What the recipe's objective trains on, weighted as it says. Raises `NothingToLearnError`."""
    if recipe.training.objective is Objective.NEXT_TOKEN:
        return text_rows(model.chat.encode(corpus_text), recipe.training.max_row_tokens)
    if not conversations:
        raise NothingToLearnError(
            "no conversation to train on: ask for more recitations, or lower self_study.min_teacher_logprob"
        )
    return conversation_rows(conversations, recipe.training)


def conversation_rows(conversations: Sequence[Conversation], settings: TrainingSettings) -> list[Row]:
    """A row for each conversation, cut and weighted as `settings` say."""
    rows = [conversation_row(conversation, settings.max_row_tokens) for conversation in conversations]
    if settings.weighting is LossWeighting.UNIFORM:
        return rows
    return _weighted(rows, conversations, settings)


def _weighted(
    rows: list[Row], conversations: Sequence[Conversation], settings: TrainingSettings
) -> list[Row]:
    """The rows with each target counting by its context gain, 1 on average over all rows about the corpus.

    What the model says without the corpus anyway needs no cartridge; what the corpus changes is what it is for. Rows
    about anything else have no gain by their nature and count 1 at every target.
    """
    weights = [
        None
        if conversation.chunk_index is None
        else conversation.context_gain[: len(row.targets.ids)].clamp(max=settings.weight_cap)
        + settings.weight_floor
        for row, conversation in zip(rows, conversations, strict=True)
    ]
    about_corpus = [weight for weight in weights if weight is not None]
    mean = torch.cat(about_corpus).mean() if about_corpus else torch.ones(())
    return [
        row if weight is None else replace(row, targets=row.targets.weighted(weight / mean))
        for row, weight in zip(rows, weights, strict=True)
    ]
