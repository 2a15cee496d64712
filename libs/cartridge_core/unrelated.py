"""What a cartridge does to requests that have nothing to do with its corpus.

The model alone answers them greedily; the model behind the cartridge is then read along those answers. A cartridge that
leaves the rest of the model as it was says the same.
"""

import torch
from pydantic import BaseModel, ConfigDict

from cartridge_core.conversation_scoring import score_conversations
from cartridge_core.conversations import Conversation
from cartridge_core.drafts import draft_of_decoded
from cartridge_core.general_requests import HELD_OUT_REQUESTS
from cartridge_core.generation import GenerationRequest, SamplingParams, generate
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import ConversationKind

_ANSWER_TOKENS = 24
_TOP_K = 20


class UnrelatedEffect(BaseModel):
    """Over the answers that the model alone gives to `requests` requests: KL(model alone || behind the cartridge), nats a
    token, and the share of tokens where both find the same one likeliest."""

    model_config = ConfigDict(frozen=True)

    requests: int
    kl: float
    top1_agreement: float


def measure_unrelated(model: Model, prefix: PrefixKV) -> UnrelatedEffect:
    """The effect of `prefix` on requests that no recipe trains on."""
    answers = _own_answers(model)
    scores = score_conversations(model, prefix, answers)
    return UnrelatedEffect(
        requests=len(answers), kl=scores.kl_to_teacher, top1_agreement=scores.top1_agreement
    )


@torch.no_grad()
def _own_answers(model: Model) -> list[Conversation]:
    sampling = SamplingParams(_ANSWER_TOKENS, temperature=0, top_logprobs=_TOP_K)
    asked = [
        GenerationRequest(
            tuple(model.chat.encode_messages([ChatMessage("user", request)], with_cartridge=False)), sampling
        )
        for request in HELD_OUT_REQUESTS
    ]
    rows = generate(model, asked, max_rows=len(asked))
    return [
        draft_of_decoded(model, None, ConversationKind.GENERAL, request, row)
        for request, row in zip(HELD_OUT_REQUESTS, rows, strict=True)
        if row.ids
    ]
