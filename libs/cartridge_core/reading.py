"""The teacher reading given answers: its likeliest tokens at every place, without decoding anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from cartridge_core.batching import Row, group_by_length, pack
from cartridge_core.distillation import SparseTargets
from cartridge_core.models import Model, PrefixKV

_BATCH_TOKENS = 2048


@dataclass(frozen=True)
class Reading:
    """What the teacher expected at each token of one answer."""

    prompt_ids: Tensor  # [m] int32
    answer_ids: Tensor  # [n] int32, with the end of the turn
    top_ids: Tensor  # [n, k] int32
    top_logprobs: Tensor  # [n, k] float32
    mean_logprob: float  # of the answer's own tokens, nats
    greedy: bool  # whether greedy decoding would have given this very answer

    def up_to_disagreement(self) -> "Reading":
        """The reading up to the first token that is not what the teacher finds likeliest there, with that token.

        What it expects behind that is told of an answer that it would not have begun.
        """
        others = (self.top_ids[:, 0] != self.answer_ids).nonzero()
        end = int(others[0, 0]) + 1 if len(others) else len(self.answer_ids)
        return replace(
            self,
            answer_ids=self.answer_ids[:end],
            top_ids=self.top_ids[:end],
            top_logprobs=self.top_logprobs[:end],
        )


@torch.no_grad()
def read_answers(
    model: Model, context: PrefixKV, turns: Sequence[tuple[str, str]], top_k: int
) -> list[Reading]:
    """Readings of (question, answer) pairs after `context`, in their order."""
    encoded = [model.chat.encode_turn(question, answer) for question, answer in turns]
    answers = [torch.tensor(answer) for _, answer in encoded]
    rows = [
        Row(torch.tensor([*prompt, *answer[:-1]]), SparseTargets.from_tokens(torch.tensor(answer)))
        for prompt, answer in encoded
    ]
    readings: dict[int, Reading] = {}
    for indices in group_by_length(range(len(rows)), [row.length for row in rows], _BATCH_TOKENS):
        batch = pack([rows[index] for index in indices])
        logits = model.logits(batch.hidden(model, context)).float()  # [n, vocab]
        normalizer = logits.logsumexp(dim=-1, keepdim=True)
        best, ids = logits.topk(top_k, dim=-1)
        own = (logits.gather(1, batch.targets.ids.to(logits.device)) - normalizer)[:, 0]
        sizes = [len(answers[index]) for index in indices]
        parts = zip(
            indices,
            torch.split(ids.cpu(), sizes),
            torch.split((best - normalizer).cpu(), sizes),
            torch.split(own.cpu(), sizes),
            strict=True,
        )
        for index, top_ids, top_logprobs, logprobs in parts:
            readings[index] = Reading(
                prompt_ids=torch.tensor(encoded[index][0], dtype=torch.int32),
                answer_ids=answers[index].to(torch.int32),
                top_ids=top_ids.to(torch.int32),
                top_logprobs=top_logprobs,
                mean_logprob=float(logprobs.mean()),
                greedy=bool((top_ids[:, 0] == answers[index]).all()),
            )
    return [readings[index] for index in range(len(rows))]
