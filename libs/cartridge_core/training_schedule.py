"""How much of a training run's limits is used up, and the step size that goes with it."""

import math

from cartridge_core.recipe import TrainingSettings


def share_used(settings: TrainingSettings, step: int, tokens: int, seconds: float) -> float:
    """The share of steps, tokens or seconds that is used up, whichever is largest; training ends at 1."""
    shares = [step / settings.steps]
    if settings.budget_tokens is not None:
        shares.append(tokens / settings.budget_tokens)
    if settings.budget_seconds is not None:
        shares.append(seconds / settings.budget_seconds)
    return max(shares)


def learning_rate(
    settings: TrainingSettings, step: int, share: float | None = None, warm_share: float | None = None
) -> float:
    """Linear warm-up, then a cosine from the peak to `final_learning_rate_share` of it.

    `share` of the limits is used up before step `step` (counted from 0), and `warm_share` was when the warm-up ended;
    by default both are those of a run that is limited by its steps alone.
    """
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / settings.warmup_steps
    used = step / settings.steps if share is None else share
    begin = settings.warmup_steps / settings.steps if warm_share is None else warm_share
    done = min(1.0, (used - begin) / (1 - begin)) if begin < 1 else 1.0
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    final = settings.final_learning_rate_share
    return settings.learning_rate * (final + (1 - final) * cosine)
