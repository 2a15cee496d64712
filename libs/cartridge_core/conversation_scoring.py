"""Scores along given answers: how likely a model finds them, and how far it is from the teacher who wrote them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor

from cartridge_core.batching import Row, conversation_row, group_by_length, pack
from cartridge_core.conversations import Conversation
from cartridge_core.distillation import SparseTargets, divergence
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import TrainingSettings
from cartridge_core.training_rows import token_weights

_BATCH_TOKENS = 1024


class ConversationScores(BaseModel):
    """Over the answer tokens of held-out conversations, in nats a token where it is a log-probability."""

    model_config = ConfigDict(frozen=True)

    log_perplexity: float
    top1_agreement: float
    kl_to_teacher: float
    loss: float  # cross-entropy with the teacher's likeliest tokens, each token counting as asked for


@dataclass(frozen=True)
class ConversationScore:
    """Sums over the answer tokens of one conversation, in nats; `agreements` counts tokens where the likeliest
    is the teacher's."""

    tokens: int
    surprise: float
    agreements: int
    kl: float
    loss: float


def score_conversations(
    model: Model,
    prefix: PrefixKV | None,
    conversations: Sequence[Conversation],
    training: TrainingSettings | None = None,
) -> ConversationScores:
    """Teacher-forced scores on the answers of `conversations`, over all their tokens.

    In `loss`, and nowhere else, tokens count as they do in training by `training`; None: all alike.
    """
    scores = conversation_scores(model, prefix, conversations, training)
    count = sum(score.tokens for score in scores)
    return ConversationScores(
        log_perplexity=sum(score.surprise for score in scores) / count,
        top1_agreement=sum(score.agreements for score in scores) / count,
        kl_to_teacher=sum(score.kl for score in scores) / count,
        loss=sum(score.loss for score in scores) / count,
    )


@torch.no_grad()
def conversation_scores(
    model: Model,
    prefix: PrefixKV | None,
    conversations: Sequence[Conversation],
    training: TrainingSettings | None = None,
) -> list[ConversationScore]:
    """One score for each conversation, as `score_conversations` has them over all."""
    counts = [len(conversation.answer_ids) for conversation in conversations]
    weights = None if training is None else token_weights(conversations, counts, training)
    rows = []
    for conversation in conversations:
        row = conversation_row(conversation, 10**9)
        if prefix is None:
            row = _without_context(model, conversation.question, row, len(conversation.answer_ids))
        rows.append(row)
    answers = [conversation.answer_ids.long() for conversation in conversations]
    scores: dict[int, ConversationScore] = {}
    for indices, logprobs, targets in _forward(model, prefix, rows):
        sizes = [len(answers[index]) for index in indices]
        tokens = torch.cat([answers[index] for index in indices])
        picked = logprobs.gather(1, tokens[:, None])[:, 0]
        best = targets.ids.gather(1, targets.probabilities.argmax(1, keepdim=True))[:, 0]
        agreement = logprobs.argmax(dim=-1) == best
        losses = -(targets.probabilities * logprobs.gather(1, targets.ids)).sum(dim=1)
        if weights is not None:
            losses *= torch.cat([weights[index] for index in indices])
        parts = zip(
            indices,
            *(part.split(sizes) for part in (picked, agreement, divergence(targets, logprobs), losses)),
            strict=True,
        )
        for index, own, agreed, kl, loss in parts:
            scores[index] = ConversationScore(
                len(own), -float(own.sum()), int(agreed.sum()), float(kl.sum()), float(loss.sum())
            )
    return [scores[index] for index in range(len(rows))]


def _without_context(model: Model, question: str, row: Row, answer_tokens: int) -> Row:
    """The same answer after the question as the model is asked it with nothing before."""
    asked = torch.tensor(model.chat.encode_messages([ChatMessage("user", question)], with_cartridge=False))
    answer = row.tokens[row.length - (answer_tokens - 1) :] if answer_tokens > 1 else row.tokens[:0]
    return Row(torch.cat((asked, answer)), row.targets)


def _forward(
    model: Model, prefix: PrefixKV | None, rows: list[Row]
) -> Iterator[tuple[list[int], Tensor, SparseTargets]]:
    """Row indices, log-probabilities `[n, vocab]` at their target positions, and targets, batch by batch."""
    lengths = [row.length for row in rows]
    for indices in group_by_length(range(len(rows)), lengths, _BATCH_TOKENS):
        batch = pack([rows[index] for index in indices])
        logits = model.logits(batch.hidden(model, prefix)).float()
        yield indices, logits.log_softmax(dim=-1).cpu(), batch.targets
