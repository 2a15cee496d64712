"""What a training run learns from, as weighted rows: conversations, or windows of the corpus itself."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

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
    weights = token_weights(conversations, [len(row.targets.ids) for row in rows], settings)
    return [
        replace(row, targets=row.targets.weighted(weight)) for row, weight in zip(rows, weights, strict=True)
    ]


def token_weights(
    conversations: Sequence[Conversation], tokens: Sequence[int], settings: TrainingSettings
) -> list[Tensor]:
    """How much each of the first `tokens[i]` answer tokens of conversation i counts in the loss, fp32.

    By context gain, 1 on average over all conversations about the corpus: what the model says without the corpus anyway
    needs no cartridge; what the corpus changes is what it is for. Conversations about anything else have no gain by their
    nature and count 1 at every token; so do all where `settings.weighting` is uniform.
    """
    by_gain = settings.weighting is LossWeighting.CONTEXT_GAIN
    gains = [
        conversation.context_gain[:count].clamp(max=settings.weight_cap) + settings.weight_floor
        if by_gain and conversation.chunk_index is not None
        else None
        for conversation, count in zip(conversations, tokens, strict=True)
    ]
    about_corpus = [gain for gain in gains if gain is not None]
    mean = torch.cat(about_corpus).mean() if about_corpus else torch.ones(())
    return [
        torch.ones(count) if gain is None else gain / mean for gain, count in zip(gains, tokens, strict=True)
    ]
