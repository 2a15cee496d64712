"""Which cartridges a prompt is about, by what each of its messages gains."""

import pytest

from cartridge_core.prompts import ChatMessage
from cartridge_core.relevance import Bounds, choose, gain, relevant, telling_places


def test_a_message_gains_what_its_likelier_tokens_gain() -> None:
    assert gain([-3.0, -1.0, -4.0], [-1.0, -6.0, -3.5]) == pytest.approx(2.5)


def test_readings_of_one_message_meet_at_their_ends() -> None:
    # The first token of all has nothing before it, so that a reading may lack it.
    assert gain([-9.0, -3.0], [-1.0]) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("gains", "chosen"),
    [
        ([], ()),
        ([8.9, 3.0], ()),
        ([9.0, 3.0], (0,)),
        ([21.0, 9.5, 14.0], (0, 2)),
        ([12.0, 30.0], (1,)),
    ],
)
def test_relevant_is_what_gains_enough_and_nearly_as_much_as_the_best(
    gains: list[float], chosen: tuple[int, ...]
) -> None:
    assert relevant(gains) == chosen


def test_the_bounds_can_be_set() -> None:
    assert relevant([1.0, 3.0, 9.0], Bounds(least=0.5, within_of_best=6.0)) == (1, 2)


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
    assert telling_places(messages, [range(3, 6), range(8, 8), range(10, 12)]) == [range(10, 12)]
