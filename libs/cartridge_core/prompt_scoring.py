"""What the model makes of a prompt's own words, behind a prefix or nothing: what `relevance` decides by."""

from collections.abc import Sequence

import torch
from torch import Tensor

from cartridge_core.models import Model, PrefixKV
from cartridge_core.models.transformer import PREFILL_TOKENS
from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds, Choice, PromptLogprobs, TellingTokens, choose

_LOGITS_AT_ONCE = 128


@torch.no_grad()
def score_prompt(
    model: Model, prefix: PrefixKV | None, ids: Sequence[int], telling: TellingTokens
) -> PromptLogprobs:
    """What the model makes of the telling ones of the prompt `ids`, behind `prefix` or nothing."""
    wanted = telling.span
    logprobs: list[float] = []
    tokens = torch.tensor(ids[: wanted.stop], device=model.device)
    cache = model.new_cache(1, len(tokens) + (0 if prefix is None else prefix.tokens))
    cache.begin_row(0, None if prefix is None else prefix.on(model.device))
    start = 0 if prefix is None else prefix.next_position
    for begin in range(0, len(tokens), PREFILL_TOKENS):
        piece = tokens[begin : begin + PREFILL_TOKENS]
        positions = start + begin + torch.arange(len(piece), device=model.device)
        hidden = model.forward_cached(piece[None], positions[None], cache)[0]
        following = tokens[begin + 1 : begin + 1 + len(piece)]
        skipped = max(0, wanted.start - 1 - begin)
        logprobs += _logprobs(model, hidden[skipped : len(following)], following[skipped:])
    return telling.by_message(logprobs)


def score_behind_each(
    model: Model, prefixes: Sequence[PrefixKV], prompt: Sequence[ChatMessage]
) -> tuple[PromptLogprobs, list[PromptLogprobs]]:
    """`prompt` scored behind nothing, and behind each of `prefixes`."""
    scored = []
    for prefix in (None, *prefixes):
        ids, places = model.chat.encode_messages_with_places(prompt, with_cartridge=prefix is not None)
        scored.append(score_prompt(model, prefix, ids, TellingTokens.of(prompt, places)))
    return scored[0], scored[1:]


def choices(
    model: Model,
    prefixes: Sequence[PrefixKV],
    prompts: Sequence[Sequence[ChatMessage]],
    bounds: Bounds | None = None,
) -> list[Choice]:
    """What `choose` makes of each of `prompts`, scored behind each of `prefixes` and behind nothing."""
    return [choose(*score_behind_each(model, prefixes, prompt), bounds) for prompt in prompts]


def _logprobs(model: Model, hidden: Tensor, tokens: Tensor) -> list[float]:
    """Log-probability of each of `tokens` `[n]` by the state `hidden` `[n, hidden]` before it."""
    found: list[float] = []
    for states, following in zip(hidden.split(_LOGITS_AT_ONCE), tokens.split(_LOGITS_AT_ONCE), strict=True):
        logits = model.logits(states).float()
        own = logits.gather(1, following[:, None])[:, 0]
        found += (own - logits.logsumexp(dim=-1)).tolist()
    return found
