"""Which cartridges a prompt is about, by what each of its messages gains."""

import time

import pytest

from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds, Choice, PromptLogprobs, TellingTokens, choose


def _of(*gains: list[float], bounds: Bounds | None = None) -> Choice:
    """What one message is about of whose tokens each cartridge takes these nats."""
    length = max(map(len, gains), default=0)
    behind: list[PromptLogprobs] = [[[-20.0 + gain for gain in each]] for each in gains]
    return choose([[-20.0] * length], behind, bounds)


def test_a_message_gains_what_its_strongest_tokens_gain() -> None:
    assert _of([2.0, -5.0, 0.5]).gains == pytest.approx((2.5,))
    assert _of([1.0] * 100).gains == pytest.approx((6.0,))  # whatever its length
    assert _of([1.0, 3.0] * 4).gains == pytest.approx((14.0,))


def test_readings_of_one_message_meet_at_their_ends() -> None:
    # The first token of all has nothing before it, so that a reading may lack it.
    assert choose([[-9.0, -3.0]], [[[-1.0]]]).gains == pytest.approx((2.0,))


@pytest.mark.parametrize(
    ("gains", "chosen"),
    [
        ([], ()),
        ([[8.4], [3.0]], ()),
        ([[8.5], [3.0]], (0,)),
        # Words of each one's own: both.
        ([[12.0, 0.0], [0.0, 20.0]], (0, 1)),
        ([[12.0, 5.5], [0.0, 20.0]], (0, 1)),
        # The same words: the one that knows them best alone, however much the other gains.
        ([[12.0, 8.0], [11.0, 15.0]], (1,)),
        # A word of its own, which does not tell enough.
        ([[6.9, 8.0], [0.0, 15.0]], (1,)),
        ([[7.0, 8.0], [0.0, 15.0]], (0, 1)),
        # As much as another, to the last digit: neither is better.
        ([[15.0], [15.0]], (0, 1)),
        ([[0.0, 0.0, 12.0], [12.0, 0.0, 0.0], [0.0, 8.0, 0.0]], (0, 1)),
    ],
)
def test_relevant_is_what_gains_enough_and_by_words_of_its_own(
    gains: list[list[float]], chosen: tuple[int, ...]
) -> None:
    assert _of(*gains).indices == chosen


def test_the_bounds_can_be_set() -> None:
    assert _of([1.0, 0.0], [0.0, 3.0], bounds=Bounds(least=0.5, own=1.0)).indices == (0, 1)
    assert _of([1.0, 0.0], [0.0, 3.0], bounds=Bounds(least=0.5, own=1.5)).indices == (1,)


ALONE = [[-20.0], [-20.0], [-20.0]]


@pytest.mark.parametrize(
    ("first", "second", "chosen", "gains"),
    [
        # The last message is about the second; what was said before does not matter.
        ([[-1.0], [-1.0], [-20.0]], [[-20.0], [-20.0], [-5.0]], (1,), (0.0, 15.0)),
        # The last one names nothing: it is about what the answer before it spoke of.
        ([[-20.0], [-2.0], [-19.0]], [[-1.0], [-20.0], [-18.0]], (0,), (19.0, 2.0)),
        # Nor does the answer: what was asked first decides.
        ([[-20.0], [-19.0], [-19.0]], [[-2.0], [-20.0], [-18.0]], (1,), (2.0, 20.0)),
        # Nothing anywhere: the whole conversation's gains are told, and nobody is chosen.
        ([[-19.0], [-19.0], [-19.0]], [[-18.0], [-20.0], [-20.0]], (), (3.0, 2.0)),
    ],
)
def test_the_last_message_that_says_it_decides(
    first: list[list[float]], second: list[list[float]], chosen: tuple[int, ...], gains: tuple[float, ...]
) -> None:
    choice = choose(ALONE, [first, second])
    assert choice.indices == chosen
    assert choice.gains == pytest.approx(gains)


def test_nothing_to_choose_from_and_nothing_said() -> None:
    assert choose(ALONE, []).indices == ()
    assert choose([], [[], []]).gains == (0.0, 0.0)


def test_system_and_empty_messages_tell_nothing() -> None:
    messages = [ChatMessage("system", "Be brief."), ChatMessage("user", ""), ChatMessage("user", "Who?")]
    telling = TellingTokens.of(messages, [range(3, 6), range(8, 8), range(10, 12)])
    assert telling.places == (range(10, 12),)
    assert telling.span == range(10, 12)
    assert TellingTokens.of(messages[:2], [range(3, 6), range(8, 8)]).span == range(0)


def test_log_probabilities_fall_to_their_messages() -> None:
    telling = TellingTokens((range(3), range(5, 7)))
    assert telling.span == range(1, 7)
    assert telling.by_message([-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]) == [[-1.0, -2.0], [-5.0, -6.0]]
    assert TellingTokens(()).by_message([]) == []


@pytest.mark.parametrize(
    "logprobs", [[-1.0], [-1.0, -2.0, -3.0], [-1.0, float("-inf")], [float("nan"), -1.0]]
)
def test_what_is_missing_or_not_finite_is_an_error_and_not_nothing(logprobs: list[float]) -> None:
    with pytest.raises(ValueError, match="log-probabilit"):
        TellingTokens((range(4, 6),)).by_message(logprobs)


def test_long_conversations_behind_many_cartridges_are_decided_quickly() -> None:
    messages, cartridges = 1000, 64
    behind = [[[-20.0 + (index == 63) * 0.5] * 3] * messages for index in range(cartridges)]
    began = time.process_time()
    choice = choose([[-20.0] * 3] * messages, behind)
    assert time.process_time() - began < 5
    assert choice.indices == ()
    assert choice.gains[63] == pytest.approx(3.0)
