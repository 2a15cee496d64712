"""What the model makes of a prompt's own words, behind a prefix or nothing: what `relevance` decides by."""

from collections.abc import Sequence

import torch
from torch import Tensor

from cartridge_core.models import Model, PrefixKV
from cartridge_core.models.transformer import PREFILL_TOKENS
from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds, Choice, PromptReading, choose, telling_places

_LOGITS_AT_ONCE = 128


@torch.no_grad()
def read_prompt(
    model: Model, prefix: PrefixKV | None, ids: Sequence[int], places: Sequence[range]
) -> PromptReading:
    """The prompt `ids`, read behind `prefix` or nothing: what it makes of the tokens at `places`, which are in order."""
    if not places:
        return []
    first = max(1, places[0].start)  # nothing predicts the first of all tokens
    logprobs: list[float] = []  # of ids[first:]
    tokens = torch.tensor(ids[: places[-1].stop], device=model.device)
    cache = model.new_cache(1, len(tokens) + (0 if prefix is None else prefix.tokens))
    cache.begin_row(0, None if prefix is None else prefix.on(model.device))
    start = 0 if prefix is None else prefix.next_position
    for begin in range(0, len(tokens), PREFILL_TOKENS):
        piece = tokens[begin : begin + PREFILL_TOKENS]
        positions = start + begin + torch.arange(len(piece), device=model.device)
        hidden = model.forward_cached(piece[None], positions[None], cache)[0]
        following = tokens[begin + 1 : begin + 1 + len(piece)]
        skipped = max(0, first - 1 - begin)
        logprobs += _logprobs(model, hidden[skipped : len(following)], following[skipped:])
    return [logprobs[max(place.start, first) - first : place.stop - first] for place in places]


def read_behind_each(
    model: Model, prefixes: Sequence[PrefixKV], prompt: Sequence[ChatMessage]
) -> tuple[PromptReading, list[PromptReading]]:
    """`prompt` read behind nothing, and behind each of `prefixes`."""
    alone, *behind = (_read(model, prefix, prompt) for prefix in (None, *prefixes))
    return alone, behind


def choices(
    model: Model,
    prefixes: Sequence[PrefixKV],
    prompts: Sequence[Sequence[ChatMessage]],
    bounds: Bounds | None = None,
) -> list[Choice]:
    """What `choose` makes of each of `prompts`, read behind each of `prefixes` and behind nothing."""
    return [choose(*read_behind_each(model, prefixes, prompt), bounds) for prompt in prompts]


def _read(model: Model, prefix: PrefixKV | None, prompt: Sequence[ChatMessage]) -> PromptReading:
    ids, places = model.chat.encode_messages_with_places(prompt, with_cartridge=prefix is not None)
    return read_prompt(model, prefix, ids, telling_places(prompt, places))


def _logprobs(model: Model, hidden: Tensor, tokens: Tensor) -> list[float]:
    """Log-probability of each of `tokens` `[n]` by the state `hidden` `[n, hidden]` before it."""
    found: list[float] = []
    for states, following in zip(hidden.split(_LOGITS_AT_ONCE), tokens.split(_LOGITS_AT_ONCE), strict=True):
        logits = model.logits(states).float()
        own = logits.gather(1, following[:, None])[:, 0]
        found += (own - logits.logsumexp(dim=-1)).tolist()
    return found
