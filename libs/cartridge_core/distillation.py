"""The two losses: context distillation against a teacher's likeliest tokens, and plain next-token prediction.

Both are cross-entropy against a sparse target distribution, so one function serves. Logits over the vocabulary
are formed a few positions at a time and their gradient with them; they are never kept for the backward pass.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_POSITIONS_AT_ONCE = 128


@dataclass(frozen=True)
class SparseTargets:
    """Target distributions of n positions: `ids` `[n, k]` int64, `probabilities` `[n, k]` float32.

    Rows may sum to less than one (a teacher's tail that was not kept): the tail then asks for nothing.
    """

    ids: Tensor
    probabilities: Tensor

    def on(self, device: torch.device) -> "SparseTargets":
        """The same on `device`."""
        return SparseTargets(self.ids.to(device), self.probabilities.to(device))

    @classmethod
    def from_teacher(cls, top_ids: Tensor, top_logprobs: Tensor) -> "SparseTargets":
        """Context distillation (arXiv 2506.06266, section 4.2): the teacher's top k at each answer token."""
        return cls(top_ids.long(), top_logprobs.float().exp())

    def weighted(self, weights: Tensor) -> "SparseTargets":
        """The same targets, position i counting `weights[i]` times in a loss."""
        return SparseTargets(self.ids, self.probabilities * weights[:, None])

    @classmethod
    def from_tokens(cls, ids: Tensor) -> "SparseTargets":
        """Next-token prediction: all probability on the token that came."""
        return cls(ids.long()[:, None], torch.ones(len(ids), 1))


def divergence(targets: SparseTargets, logprobs: Tensor) -> Tensor:
    """KL(targets || student) `[n]`, nats, over the targets' ids and one bucket for everything else.

    `logprobs` `[n, vocab]` are the student's.
    """
    targets = targets.on(logprobs.device)
    teacher = targets.probabilities.double()
    student = logprobs.gather(1, targets.ids).double().exp()
    rest_teacher = (1 - teacher.sum(dim=1)).clamp_min(1e-9)
    rest_student = (1 - student.sum(dim=1)).clamp_min(1e-9)
    inside = (teacher * (teacher.clamp_min(1e-12).log() - student.clamp_min(1e-12).log())).sum(dim=1)
    return inside + rest_teacher * (rest_teacher.log() - rest_student.log())


class _SparseCrossEntropy(torch.autograd.Function):
    """Mean over positions of `-sum_k p_k log q_k`, q the softmax of `hidden @ head.T`."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, ids: Tensor, probabilities: Tensor) -> Tensor:
        total = torch.zeros((), dtype=torch.float64, device=hidden.device)
        gradient = torch.empty_like(hidden)
        shape = (min(len(hidden), _POSITIONS_AT_ONCE), len(head))
        narrow = torch.empty(shape, dtype=hidden.dtype, device=hidden.device)
        wide = torch.empty(shape, dtype=torch.float32, device=hidden.device)
        for begin in range(0, len(hidden), _POSITIONS_AT_ONCE):
            span = slice(begin, begin + _POSITIONS_AT_ONCE)
            target, mass = probabilities[span], probabilities[span].sum(dim=-1, keepdim=True)
            logits = torch.mm(hidden[span], head.T, out=narrow[: len(target)])
            student = wide[: len(target)].copy_(logits)
            largest = student.amax(dim=-1, keepdim=True)
            asked = student.gather(1, ids[span])
            torch.softmax(student, dim=-1, out=student)
            # The largest logit's probability is one over the sum of all, taken relative to it.
            normalizer = largest - student.amax(dim=-1, keepdim=True).log()
            total -= (target * (asked - normalizer)).sum(dtype=torch.float64)
            error = student.mul_(mass).scatter_add_(1, ids[span], -target)
            torch.mm(logits.copy_(error), head, out=gradient[span])
        ctx.save_for_backward(gradient.div_(len(hidden)))
        return (total / len(hidden)).to(torch.float32)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * outputs[0].to(gradient.dtype), None, None, None


def sparse_cross_entropy(hidden: Tensor, head: Tensor, targets: SparseTargets) -> Tensor:
    """Mean cross-entropy (nats a position) of hidden states `[n, hidden]` against `targets`.

    `head` `[vocab, hidden]` is frozen: a gradient reaches `hidden` only.
    """
    targets = targets.on(hidden.device)
    loss: Tensor = _SparseCrossEntropy.apply(hidden, head, targets.ids, targets.probabilities)  # type: ignore[no-untyped-call]
    return loss
