"""Drawing tokens from logits: by temperature and nucleus, each row with random numbers of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor


def draw(
    logits: Tensor, temperatures: Sequence[float], top_ps: Sequence[float], points: Sequence[float]
) -> Tensor:
    """A token `[rows]` for each row of `logits` `[rows, vocab]`: the likeliest at temperature 0, else drawn.

    Drawn is by inverting the cumulative distribution at `points`, numbers from 0 to 1.
    """
    drawn = [index for index, temperature in enumerate(temperatures) if temperature > 0]
    if not drawn:
        return logits.argmax(dim=-1)
    some = logits if len(drawn) == len(logits) else logits[drawn]
    heat = torch.tensor([temperatures[index] for index in drawn], device=logits.device)[:, None]
    # Not normalized: the point is stretched to the sum instead, which saves a pass over the vocabulary.
    weights = some.sub(some.amax(dim=-1, keepdim=True)).div_(heat).exp_()
    for place, index in enumerate(drawn):
        if top_ps[index] < 1:
            weights[place] = _nucleus(weights[place], top_ps[index])
    cumulative = weights.cumsum(dim=-1)
    targets = torch.tensor([points[index] for index in drawn], device=logits.device)[:, None]
    picks = torch.searchsorted(cumulative, targets * cumulative[:, -1:], right=True)[:, 0]
    picks = picks.clamp_(max=logits.shape[1] - 1)
    if len(drawn) == len(logits):
        return picks
    chosen = logits.argmax(dim=-1)
    chosen[drawn] = picks
    return chosen


def _nucleus(weights: Tensor, top_p: float) -> Tensor:
    """`weights` `[vocab]` with all but the smallest set of tokens that holds `top_p` of them set to zero."""
    ordered, ids = weights.sort(descending=True)
    kept = ordered.cumsum(0) - ordered < top_p * ordered.sum()
    return torch.zeros_like(weights).scatter(0, ids[kept], ordered[kept])
