"""Shares of the gap between no context and in-context learning, with bootstrap intervals."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_RESAMPLES = 1000
_LOW, _HIGH = 0.025, 0.975


@dataclass(frozen=True)
class Interval:
    """A figure and its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def as_figure(self) -> dict[str, float] | None:
        """For JSON; None where there was nothing to measure."""
        if math.isnan(self.value):
            return None
        return {"value": self.value, "low": self.low, "high": self.high}


def interval(
    runs: Sequence[Sequence[tuple[float, ...]]], figure: Callable[[list[tuple[float, ...]]], float], seed: int
) -> Interval:
    """`figure` of all items, and its interval over resampled runs (seeds) and, within them, resampled items.

    `runs` holds a sequence of items for each seed; an item is what was measured on one question or conversation.
    """
    rng = random.Random(f"{seed}/bootstrap")
    drawn = []
    for _ in range(_RESAMPLES):
        some: list[tuple[float, ...]] = []
        for _ in runs:
            run = rng.choice(runs)
            some += rng.choices(run, k=len(run))
        drawn.append(figure(some))
    # A resample in which ICL is no better than no context has no gap to share.
    drawn = sorted(value for value in drawn if not math.isnan(value)) or [math.nan]
    everything = [item for run in runs for item in run]
    return Interval(
        figure(everything), drawn[int(_LOW * len(drawn))], drawn[max(0, int(_HIGH * len(drawn)) - 1)]
    )


def mean_of(place: int) -> Callable[[list[tuple[float, ...]]], float]:
    """The mean of the items' value at `place`."""
    return lambda items: sum(item[place] for item in items) / len(items)


def gap_share(items: list[tuple[float, ...]]) -> float:
    """Of items (ours, no context, ICL): how much of the way from no context to ICL ours has come, uncut.

    Not a number where ICL is no better than no context: there is no gap then.
    """
    ours, none, icl = (sum(item[place] for item in items) / len(items) for place in range(3))
    return (ours - none) / (icl - none) if icl > none else float("nan")
