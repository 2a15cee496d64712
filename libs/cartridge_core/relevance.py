"""Which cartridges a prompt is about, told by the prompt itself, without their corpora.

A cartridge that knows what a prompt speaks of makes some of the prompt's own words far likelier than the model alone
finds them. So a prompt's words, read once behind each cartridge and once behind none, say which cartridges belong
before it: several, one, or none at all. Words that a cartridge makes less likely say nothing: training leaves a manner
of its own, and how much of it differs from one cartridge to the next.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from cartridge_core.batching import Row, group_by_length, pack
from cartridge_core.distillation import SparseTargets
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage

# In nats. docs/quality.md has what questions about a corpus gain, and questions about anything else.
LEAST_GAIN = 9.0
WITHIN_OF_BEST = 8.0
_BATCH_TOKENS = 1024

Prompt = Sequence[ChatMessage]


@torch.no_grad()
def prompt_gains(model: Model, prefixes: Sequence[PrefixKV], prompts: Sequence[Prompt]) -> Tensor:
    """Nats `[prompts, prefixes]` that each prefix takes off those of a prompt's tokens that it makes likelier, together.

    A prompt's first token behind a prefix has nothing to predict it and counts nowhere.
    """
    behind = [model.chat.encode_messages(prompt, with_cartridge=True) for prompt in prompts]
    alone = [model.chat.encode_messages(prompt, with_cartridge=False) for prompt in prompts]
    counts = [_shared_end(one[1:], other[1:]) for one, other in zip(behind, alone, strict=True)]
    base = _surprises(model, None, alone, counts)
    gains = torch.zeros(len(prompts), len(prefixes), dtype=torch.float64)
    for column, prefix in enumerate(prefixes):
        with_it = _surprises(model, prefix, behind, counts)
        for row, (before, after) in enumerate(zip(base, with_it, strict=True)):
            gains[row, column] = (before - after).clamp_min(0).sum()
    return gains


def relevant(
    gains: Sequence[float], *, least: float = LEAST_GAIN, within: float = WITHIN_OF_BEST
) -> tuple[int, ...]:
    """Indices of the cartridges that a prompt with these gains is about, in order; may be empty.

    Those that gain at least `least` nats, and at most `within` nats less than the one that gains most.
    """
    bound = max(least, max(gains, default=0.0) - within)
    return tuple(index for index, gain in enumerate(gains) if gain >= bound)


def _shared_end(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids both end with: the templates differ where a system message stands or does not."""
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count


def _surprises(
    model: Model, prefix: PrefixKV | None, prompts: Sequence[Sequence[int]], counts: Sequence[int]
) -> list[Tensor]:
    """Nats `[counts[i]]` that each of the last `counts[i]` ids of a prompt costs behind `prefix`, float64."""
    rows = []
    for ids, count in zip(prompts, counts, strict=True):
        tokens = torch.tensor(ids)
        rows.append(Row(tokens[:-1], SparseTargets.from_tokens(tokens[len(ids) - count :])))
    found: dict[int, Tensor] = {}
    for indices in group_by_length(range(len(rows)), [row.length for row in rows], _BATCH_TOKENS):
        batch = pack([rows[index] for index in indices])
        logprobs = model.logits(batch.hidden(model, prefix)).float().log_softmax(dim=-1)
        picked = logprobs.gather(1, batch.targets.ids.to(logprobs.device))[:, 0].double().cpu()
        found.update(zip(indices, (-picked).split([counts[i] for i in indices]), strict=True))
    return [found[index] for index in range(len(rows))]
