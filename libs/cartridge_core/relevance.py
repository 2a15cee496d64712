"""Which cartridges a prompt is about, told by the prompt itself, without their corpora.

A cartridge that knows what a prompt speaks of makes some of the prompt's own words far likelier than the model alone
finds them. So a prompt's words, read once behind each cartridge and once behind none, say which cartridges belong
before it: several, one, or none at all. A few words say it, a name above all. What all the others gain is the more the longer a prompt is,
whatever it speaks of; and words that a cartridge makes less likely say nothing: training leaves a manner of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings torch, which settings that name the bounds do without
    from cartridge_core.prompts import ChatMessage

# Log-probabilities, in nats, of the tokens of each message that says what is asked, in order; the first one lacks its first
# token where nothing stands before it.
PromptLogprobs = Sequence[Sequence[float]]

_STRONGEST = 6


@dataclass(frozen=True)
class Bounds:
    """What a prompt has to gain by a cartridge, in nats, to be about it; docs/quality.md has what prompts gain.

    `least`: on the tokens that gain most. `own`: on those that gain most beyond what any other cartridge gives them, unless
    no cartridge gains as much in all.
    """

    least: float = 8.5
    own: float = 7.0


@dataclass(frozen=True)
class Choice:
    """Indices of the cartridges that a prompt is about, in order, and by how many nats it gains by each cartridge."""

    indices: tuple[int, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True)
class TellingTokens:
    """Where among a prompt's ids the messages stand that say what is asked: a system message says how to answer."""

    places: tuple[range, ...]

    @classmethod
    def of(cls, messages: Sequence["ChatMessage"], places: Sequence[range]) -> "TellingTokens":
        """`places` of all messages' contents, as `ChatFormat.encode_messages_with_places` gives them."""
        pairs = zip(messages, places, strict=True)
        return cls(tuple(place for message, place in pairs if message.role != "system" and place))

    @property
    def span(self) -> range:
        """The ids whose log-probabilities are wanted; nothing predicts the first of all."""
        return range(max(1, self.places[0].start), self.places[-1].stop) if self.places else range(0)

    def by_message(self, logprobs: Sequence[float]) -> PromptLogprobs:
        """The log-probabilities of `span`, by message. Raises `ValueError` where some are missing or not finite."""
        if len(logprobs) != len(self.span):
            raise ValueError(f"{len(logprobs)} log-probabilities for {len(self.span)} tokens")
        if not all(map(math.isfinite, logprobs)):
            raise ValueError("a log-probability is not finite")
        begin = self.span.start
        return [logprobs[max(place.start, begin) - begin : place.stop - begin] for place in self.places]


def choose(alone: PromptLogprobs, behind: Sequence[PromptLogprobs], bounds: Bounds | None = None) -> Choice:
    """The cartridges that a prompt is about, by its log-probabilities without one and behind each.

    The last message decides where it gains enough by any; otherwise those before it are taken with it, one after the other: a
    question that names nothing is about what was spoken of last. So is one about anything else, which gains as little.
    """
    bounds = bounds or Bounds()
    tokens: list[list[float]] = [[] for _ in behind]
    strongest: list[list[float]] = [[] for _ in behind]
    gains = [0.0] * len(behind)
    for place in reversed(range(len(alone))):
        for index, one in enumerate(behind):
            gained = _gained(alone[place], one[place])
            tokens[index] += gained
            strongest[index] = nlargest(_STRONGEST, [*strongest[index], *gained])
        gains = [sum(each) for each in strongest]
        if max(gains, default=0.0) >= bounds.least:
            break
    enough = [index for index, gain in enumerate(gains) if gain >= bounds.least]
    own = _beyond_others(tokens, enough)
    chosen = (index for index in enough if gains[index] == max(gains) or own[index] >= bounds.own)
    return Choice(tuple(chosen), tuple(gains))


def _gained(alone: Sequence[float], behind: Sequence[float]) -> list[float]:
    """Nats that each of a message's tokens gains by a cartridge, from the last one on; 0 where it loses."""
    # From the end: one of the two may lack the first token.
    return [
        max(0.0, after - before) for after, before in zip(reversed(behind), reversed(alone), strict=False)
    ]


def _beyond_others(tokens: Sequence[Sequence[float]], some: Sequence[int]) -> dict[int, float]:
    """What the tokens gain by each of `some` cartridges beyond what they gain by any other, the strongest together."""
    if not some:
        return {}
    best_two = [(*nlargest(2, each), 0.0)[:2] for each in zip(*tokens, strict=False)]
    return {
        index: sum(
            nlargest(_STRONGEST, (best - next_best for own, (best, next_best) in zip(tokens[index], best_two, strict=False) if own == best))
        )
        for index in some
    }  # fmt: skip
