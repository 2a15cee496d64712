"""Conversations as they come from a teacher, before anybody knows what its chunk changed about them."""

import torch

from cartridge_core.conversations import Conversation
from cartridge_core.generation import GeneratedRow
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.reading import Reading
from cartridge_core.recipe import ConversationKind
from cartridge_core.recitation import Recitation


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
    chunk_index: int | None, kind: ConversationKind, recitation: Recitation, reading: Reading
) -> Conversation:
    """A read answer as a conversation whose context gain is still unknown."""
    return Conversation(
        chunk_index=chunk_index,
        kind=kind,
        question=recitation.question,
        answer=recitation.answer,
        prompt_ids=reading.prompt_ids,
        answer_ids=reading.answer_ids,
        top_ids=reading.top_ids,
        top_logprobs=reading.top_logprobs,
        context_gain=torch.zeros(len(reading.answer_ids)),
    )
