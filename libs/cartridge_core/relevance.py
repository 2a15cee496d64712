"""Which cartridges a prompt is about, told by the prompt itself, without their corpora.

A cartridge that knows what a prompt speaks of makes some of the prompt's own words far likelier than the model alone
finds them. So a prompt's words, read once behind each cartridge and once behind none, say which cartridges belong
before it: several, one, or none at all. Words that a cartridge makes less likely say nothing: training leaves a manner
of its own, and how much of it differs from one cartridge to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings torch, which settings that name the bounds do without
    from cartridge_core.prompts import ChatMessage

# Log-probabilities, in nats, of the tokens of each message that tells, in order; a message may lack its first ones,
# where nothing stands before them.
PromptReading = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Bounds:
    """What a prompt has to gain by a cartridge, in nats, to be about it; docs/quality.md has what prompts gain."""

    least: float = 9.0
    within_of_best: float = 8.0


@dataclass(frozen=True)
class Choice:
    """Indices of the cartridges that a prompt is about, in order, and by how many nats each cartridge gained."""

    indices: tuple[int, ...]
    gains: tuple[float, ...]


def telling_places(messages: Sequence["ChatMessage"], places: Sequence[range]) -> list[range]:
    """Those of the messages' places that say what is asked: a system message says how to answer."""
    return [
        place for message, place in zip(messages, places, strict=True) if message.role != "system" and place
    ]


def choose(alone: PromptReading, behind: Sequence[PromptReading], bounds: Bounds | None = None) -> Choice:
    """The cartridges that a prompt is about, by its readings without one and behind each.

    The last message decides where it gains enough by any; otherwise those before it are counted with it, one after the other:
    a question that names nothing is about what was spoken of last.
    """
    bounds = bounds or Bounds()
    gains = [0.0] * len(behind)
    for place in reversed(range(len(alone))):
        for index, reading in enumerate(behind):
            gains[index] += gain(alone[place], reading[place])
        if max(gains, default=0.0) >= bounds.least:
            break
    return Choice(relevant(gains, bounds), tuple(gains))


def gain(alone: Sequence[float], behind: Sequence[float]) -> float:
    """By how many nats a cartridge makes those of a message's tokens likelier, together, that it does make likelier."""
    # From the end: a message may lack its first token's log-probability in one of the readings.
    both = zip(reversed(behind), reversed(alone), strict=False)
    return sum(max(0.0, after - before) for after, before in both)


def relevant(gains: Sequence[float], bounds: Bounds | None = None) -> tuple[int, ...]:
    """Indices of the cartridges that a prompt with these gains is about, in order; may be empty.

    Those that gain enough, and not much less than the one that gains most.
    """
    bounds = bounds or Bounds()
    enough = max(bounds.least, max(gains, default=0.0) - bounds.within_of_best)
    return tuple(index for index, gain in enumerate(gains) if gain >= enough)
