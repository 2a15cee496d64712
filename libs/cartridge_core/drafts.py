"""Conversations as they come from a teacher, before anybody knows what its chunk changed about them."""

import torch
from torch import Tensor

from cartridge_core.conversations import Conversation
from cartridge_core.generation import GeneratedRow
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.reading import Reading
from cartridge_core.recipe import ConversationKind
from cartridge_core.recitation import Recitation

# A probability whose logarithm is still a number.
_LEAST = 1e-12


def draft_of_decoded(
    model: Model, chunk_index: int | None, kind: ConversationKind, message: str, row: GeneratedRow
) -> Conversation:
    """A decoded answer as a conversation whose context gain is still unknown."""
    prompt_ids = model.chat.encode_messages([ChatMessage("user", message)], with_cartridge=True)
    top = torch.tensor(row.top)  # [n, k, 2]
    return Conversation(
        chunk_index=chunk_index,
        kind=kind,
        question=message,
        answer=row.text.strip(),
        prompt_ids=torch.tensor(prompt_ids, dtype=torch.int32),
        answer_ids=torch.tensor(row.ids, dtype=torch.int32),
        top_ids=torch.tensor([[token for token, _ in tops] for tops in row.top], dtype=torch.int32),
        top_logprobs=top[:, :, 1].float(),
        context_gain=torch.zeros(len(row.ids)),
    )


def draft_of_read(
    chunk_index: int | None,
    kind: ConversationKind,
    recitation: Recitation,
    reading: Reading,
    verbatim_share: float = 0.0,
) -> Conversation:
    """A read answer as a conversation whose context gain is still unknown.

    `verbatim_share` of each token's target is the answer's own token. A chat model that sees the text still expects a
    sentence where a bare value stands, so that its likeliest tokens need not tell one value from another.
    """
    ids, logprobs = _leaning(reading, verbatim_share)
    return Conversation(
        chunk_index=chunk_index,
        kind=kind,
        question=recitation.question,
        answer=recitation.answer,
        prompt_ids=reading.prompt_ids,
        answer_ids=reading.answer_ids,
        top_ids=ids,
        top_logprobs=logprobs,
        context_gain=torch.zeros(len(reading.answer_ids)),
    )


def _leaning(reading: Reading, share: float) -> tuple[Tensor, Tensor]:
    """The reading's likeliest tokens `[n, k]` and log-probabilities, `share` of each moved to the answer's own token.

    An own token that is not among them takes the place of the unlikeliest.
    """
    if share == 0:
        return reading.top_ids, reading.top_logprobs
    ids, probabilities = reading.top_ids.clone(), reading.top_logprobs.exp()
    own = reading.answer_ids[:, None]
    missing = ~(ids == own).any(dim=1)
    ids[missing, -1] = own[missing, 0]
    probabilities[missing, -1] = 0
    mixed = (1 - share) * probabilities + share * (ids == own)
    return ids, mixed.clamp_min(_LEAST).log()
