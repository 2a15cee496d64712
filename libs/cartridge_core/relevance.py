"""Which cartridges a prompt is about, told by the prompt itself, without their corpora.

A cartridge that knows what a prompt speaks of makes some of the prompt's own words far likelier than the model alone
finds them. So a prompt's words, read once behind each cartridge and once behind none, say which cartridges belong
before it: several, one, or none at all. A few words say it, a name above all. What all the others gain is the more the longer a prompt is,
whatever it speaks of; and words that a cartridge makes less likely say nothing: training leaves a manner of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings torch, which settings that name the bounds do without
    from cartridge_core.prompts import ChatMessage

# Log-probabilities, in nats, of the tokens of each message that tells, in order; a message may lack its first ones,
# where nothing stands before them.
PromptReading = Sequence[Sequence[float]]

_TOKENS_THAT_TELL = 6


@dataclass(frozen=True)
class Bounds:
    """What a prompt has to gain by a cartridge, in nats, to be about it; docs/quality.md has what prompts gain.

    `least`: on the tokens that gain most. `own`: on those that gain most beyond what any other cartridge gives them, unless
    no cartridge gains as much in all.
    """

    least: float = 9.5
    own: float = 7.0


@dataclass(frozen=True)
class Choice:
    """Indices of the cartridges that a prompt is about, in order, and by how many nats it gains by each cartridge."""

    indices: tuple[int, ...]
    gains: tuple[float, ...]


def telling_places(messages: Sequence["ChatMessage"], places: Sequence[range]) -> list[range]:
    """Those of the messages' places that say what is asked: a system message says how to answer."""
    return [
        place for message, place in zip(messages, places, strict=True) if message.role != "system" and place
    ]


def choose(alone: PromptReading, behind: Sequence[PromptReading], bounds: Bounds | None = None) -> Choice:
    """The cartridges that a prompt is about, by its readings without one and behind each.

    The last message decides where it gains enough by any; otherwise those before it are read with it, one after the other:
    a question that names nothing is about what was spoken of last.
    """
    bounds = bounds or Bounds()
    tokens: list[list[float]] = [[] for _ in behind]
    gains = [0.0] * len(behind)
    for place in reversed(range(len(alone))):
        for index, reading in enumerate(behind):
            tokens[index] += _gained(alone[place], reading[place])
        gains = [_strongest(each) for each in tokens]
        if max(gains, default=0.0) >= bounds.least:
            break
    chosen = [
        index
        for index, gain in enumerate(gains)
        if gain >= bounds.least
        and (gain == max(gains) or _strongest(_beyond_others(tokens, index)) >= bounds.own)
    ]
    return Choice(tuple(chosen), tuple(gains))


def _gained(alone: Sequence[float], behind: Sequence[float]) -> list[float]:
    """Nats that each of a message's tokens gains by a cartridge, from the last one on; 0 where it loses."""
    # From the end: a message may lack its first token's log-probability in one of the readings.
    return [
        max(0.0, after - before) for after, before in zip(reversed(behind), reversed(alone), strict=False)
    ]


def _strongest(gained: Sequence[float]) -> float:
    """What the tokens that gain most gain together."""
    return sum(sorted(gained, reverse=True)[:_TOKENS_THAT_TELL])


def _beyond_others(tokens: Sequence[Sequence[float]], index: int) -> list[float]:
    """What each token gains by the cartridge `index` beyond what it gains by any other."""
    others = [each for other, each in enumerate(tokens) if other != index]
    return [max(0.0, own - max(rest)) for own, *rest in zip(tokens[index], *others, strict=True)]
