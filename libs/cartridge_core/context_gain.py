"""What a chunk changes: the divergence of the teacher, who sees it, from the same model that does not.

Tokens of an answer that the model would say anyway have a gain near zero; those that only the chunk can tell have
a large one. Training weighs its loss by it. Where an earlier cartridge is trained on, the model has that before it, and
a token has a gain where the earlier cartridge does not know it yet, or knows it otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile

import torch
from torch import Tensor

from cartridge_core.batching import Row, group_by_length, pack
from cartridge_core.conversations import Conversation
from cartridge_core.distillation import SparseTargets, divergence
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage

_BATCH_TOKENS = 2048
_CONVERSATIONS_AT_ONCE = 128


@torch.no_grad()
def context_gains(
    model: Model, turns: Sequence[tuple[str, Tensor, SparseTargets]], known: PrefixKV | None = None
) -> list[Tensor]:
    """KL(teacher || model without the chunk) `[n]` float32, nats, for each (question, answer ids, teacher's targets).

    `known` is the cartridge that the model has instead of the chunk; None: it has nothing.
    """
    prompts = [
        model.chat.encode_messages([ChatMessage("user", question)], with_cartridge=known is not None)
        for question, _, _ in turns
    ]
    if not prompts:
        return []
    prefix, shared = known, 0
    if known is None:
        # Every prompt begins alike, with the template's own words: they go through the model once.
        shared = _common_beginning(prompts)
        prefix = model.prefill(prompts[0][:shared]) if shared else None
    rows = [
        Row(torch.cat((torch.tensor(prompt[shared:], dtype=torch.long), answer[:-1].long())), targets)
        for prompt, (_, answer, targets) in zip(prompts, turns, strict=True)
    ]
    gains: dict[int, Tensor] = {}
    for indices in group_by_length(range(len(rows)), [row.length for row in rows], _BATCH_TOKENS):
        batch = pack([rows[index] for index in indices])
        logprobs = model.logits(batch.hidden(model, prefix)).float().log_softmax(dim=-1)
        parts = divergence(batch.targets, logprobs).float().cpu().split([len(turns[i][1]) for i in indices])
        gains.update(zip(indices, parts, strict=True))
    return [gains[index] for index in range(len(rows))]


def with_gains(
    model: Model,
    conversations: Sequence[Conversation],
    known: PrefixKV | None = None,
    *,
    between: Callable[[], None] = lambda: None,
) -> list[Conversation]:
    """The conversations with their gains over `known`. `between` is called again and again, and may raise."""
    found: list[Conversation] = []
    for begin in range(0, len(conversations), _CONVERSATIONS_AT_ONCE):
        between()
        part = conversations[begin : begin + _CONVERSATIONS_AT_ONCE]
        turns = [
            (each.question, each.answer_ids, SparseTargets.from_teacher(each.top_ids, each.top_logprobs))
            for each in part
        ]
        gains = context_gains(model, turns, known)
        found += [replace(each, context_gain=gain) for each, gain in zip(part, gains, strict=True)]
    return found


def _common_beginning(prompts: Sequence[Sequence[int]]) -> int:
    """How many ids all prompts share at their beginning, leaving each at least one of its own."""
    columns = zip(*prompts, strict=False)  # ends with the shortest
    shared = len(list(takewhile(lambda ids: len(set(ids)) == 1, columns)))
    return min(shared, min(map(len, prompts)) - 1)
