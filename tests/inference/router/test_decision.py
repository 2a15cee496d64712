"""Where requests go: bounds, homes that stay, copies before spills, the same answer every time."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inference.router.decision import (
    BALANCE,
    Decision,
    Fleet,
    Placement,
    Pod,
    Reason,
    Wanted,
    bound,
    decide,
    hash_of,
    moved_share,
    placement_of,
)

KEYS = [hash_of("key", str(number)) for number in range(4_000)]
ONE = Placement(KEYS[0], (Wanted("a", 100),))


def fleet_of(count: int, *, capacity: int = 4, limit: int = 12) -> Fleet:
    return Fleet(Pod(f"pod-{number}", capacity, limit) for number in range(count))


pods = st.lists(st.tuples(st.integers(1, 32), st.integers(0, 64)), min_size=1, max_size=12).map(
    lambda sizes: Fleet(
        Pod(f"pod-{number}", capacity, capacity + queue) for number, (capacity, queue) in enumerate(sizes)
    )
)


@given(pods)
def test_homes_of_many_keys_are_the_first_places_of_their_orders(fleet: Fleet) -> None:
    assert fleet.homes(KEYS[:50]) == [fleet.order(key)[0] for key in KEYS[:50]]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Fleet, list[int], Placement | None, dict[str, set[str]]]:
    fleet = draw(pods)
    loads = [draw(st.integers(0, pod.limit + 2)) for pod in fleet.pods]
    digests = draw(st.lists(st.sampled_from("abcdef"), max_size=4, unique=True))
    placement = placement_of("tenant", [Wanted(digest, draw(st.integers(1, 9))) for digest in digests])
    holders = {digest: draw(st.sets(st.sampled_from([*fleet.names, "gone"]))) for digest in digests}
    return fleet, loads, placement, holders


@given(situations())
def test_no_pod_is_loaded_beyond_its_limit_nor_its_bound_while_another_has_room(
    situation: tuple[Fleet, list[int], Placement | None, dict[str, set[str]]],
) -> None:
    fleet, loads, placement, holders = situation
    decision = decide(fleet, loads, placement, holders)
    below_limit = [load < pod.limit for pod, load in zip(fleet.pods, loads, strict=True)]
    assert (decision is None) == (not any(below_limit))
    if decision is None:
        return
    place = fleet.index[decision.pod]
    assert below_limit[place]
    share = BALANCE * (sum(loads) + 1) / fleet.capacity
    within = [load < bound(pod, share) for pod, load in zip(fleet.pods, loads, strict=True)]
    if placement is not None and any(within):
        assert within[place]


@given(situations())
def test_the_same_situation_has_the_same_answer_whatever_the_order_of_pods_and_cartridges(
    situation: tuple[Fleet, list[int], Placement | None, dict[str, set[str]]],
) -> None:
    fleet, loads, placement, holders = situation
    again = Fleet(reversed(fleet.pods))
    mirrored = None if placement is None else placement_of("tenant", reversed(placement.wanted))
    assert decide(again, loads, mirrored, holders) == decide(fleet, loads, placement, holders)


@given(pods, st.data())
def test_a_pod_that_leaves_moves_its_own_keys_and_no_others(fleet: Fleet, data: st.DataObject) -> None:
    leaver = data.draw(st.sampled_from(fleet.names))
    rest = Fleet(pod for pod in fleet.pods if pod.name != leaver)
    for key in KEYS[:50]:
        before = [fleet.names[place] for place in fleet.order(key)]
        after = [rest.names[place] for place in rest.order(key)]
        assert after == [name for name in before if name != leaver]


def test_keys_are_split_by_capacity() -> None:
    fleet = Fleet([Pod("big", 30, 60), Pod("small", 10, 20)])
    big = sum(fleet.names[fleet.order(key)[0]] == "big" for key in KEYS)
    assert big / len(KEYS) == pytest.approx(0.75, abs=0.03)


def test_the_moved_share_is_that_of_the_pod_that_left() -> None:
    fleet = fleet_of(8)
    assert moved_share(fleet, Fleet(fleet.pods[1:]), KEYS) == pytest.approx(1 / 8, abs=0.02)
    assert moved_share(fleet, fleet_of(8), KEYS) == 0
    assert moved_share(Fleet(()), fleet, KEYS) == 0


def test_a_request_without_cartridges_goes_to_the_least_loaded_for_its_capacity() -> None:
    fleet = Fleet([Pod("big", 30, 60), Pod("small", 10, 20)])
    assert chosen(fleet, [9, 4], None) == ("big", Reason.LEAST_LOADED)
    assert chosen(fleet, [15, 4], None) == ("small", Reason.LEAST_LOADED)


def test_a_cartridge_goes_home_until_the_home_has_no_row_and_more_than_its_share() -> None:
    fleet = fleet_of(3)
    order = [fleet.names[place] for place in fleet.order(ONE.key)]
    loads = dict.fromkeys(fleet.names, 0)
    assert chosen(fleet, listed(fleet, loads), ONE) == (order[0], Reason.HOME)
    loads[order[0]] = 3
    assert chosen(fleet, listed(fleet, loads), ONE) == (order[0], Reason.HOME)
    loads[order[0]] = 4
    assert chosen(fleet, listed(fleet, loads), ONE) == (order[1], Reason.SPILL)
    loads[order[1]] = 4
    assert chosen(fleet, listed(fleet, loads), ONE) == (order[2], Reason.SPILL)
    # All have as much: each may be loaded beyond its rows again.
    loads[order[2]] = 4
    assert chosen(fleet, listed(fleet, loads), ONE) == (order[0], Reason.HOME)


def test_pods_that_hold_the_cartridge_come_before_a_spill_the_least_loaded_first() -> None:
    fleet = fleet_of(4)
    home, second, third, last = (fleet.names[place] for place in fleet.order(ONE.key))
    holders = {"a": {home, third, last}}
    loads = {home: 4, second: 0, third: 2, last: 1}
    assert chosen(fleet, listed(fleet, loads), ONE, holders) == (last, Reason.HOLDER)
    loads[home] = loads[third] = loads[last] = 5
    assert chosen(fleet, listed(fleet, loads), ONE, holders) == (second, Reason.SPILL)


def test_among_equal_copies_the_home_is_taken() -> None:
    fleet = fleet_of(5)
    home = fleet.names[fleet.order(ONE.key)[0]]
    assert chosen(fleet, [2] * 5, ONE, {"a": set(fleet.names)}) == (home, Reason.HOME)


def test_several_cartridges_go_where_most_of_their_bytes_are() -> None:
    fleet = fleet_of(5)
    placement = placement_of("tenant", [Wanted("a", 100), Wanted("b", 30), Wanted("c", 30)])
    assert placement is not None
    order = [fleet.names[place] for place in fleet.order(placement.key)]
    assert chosen(fleet, [0] * 5, placement, {"a": {order[2]}, "b": {order[3]}, "c": {order[3]}}) == (
        order[2],
        Reason.HOLDER,
    )
    assert chosen(fleet, [0] * 5, placement, {"b": {order[3]}, "c": {order[3]}}) == (order[3], Reason.HOLDER)


def test_pods_that_failed_the_request_are_not_asked_again() -> None:
    fleet = fleet_of(2)
    order = [fleet.names[place] for place in fleet.order(ONE.key)]
    decision = decide(fleet, [0, 0], ONE, {}, excluded={order[0]})
    assert decision == Decision(order[1], Reason.SPILL, order[0])
    assert decide(fleet, [0, 0], ONE, {}, excluded=set(order)) is None
    assert decide(fleet, [0, 0], None, {}, excluded={order[0]}) == Decision(
        order[1], Reason.LEAST_LOADED, order[1]
    )


def test_full_pods_and_no_pods_take_nothing() -> None:
    assert decide(fleet_of(2), [12, 12], ONE, {}) is None
    assert decide(fleet_of(2), [12, 12], None, {}) is None
    assert decide(Fleet(()), [], ONE, {}) is None


def test_the_key_is_the_tenants_and_the_sets() -> None:
    ab = [Wanted("a", 1), Wanted("b", 2)]
    key = placement_of("tenant", ab)
    assert key is not None
    assert placement_of("tenant", [*reversed(ab), ab[0]]) == key
    other, fewer = placement_of("other", ab), placement_of("tenant", ab[:1])
    assert other is not None
    assert fewer is not None
    assert len({key.key, other.key, fewer.key}) == 3
    assert placement_of("tenant", []) is None
    # Framed: no two lists of parts run together.
    assert hash_of("ab", "c") != hash_of("a", "bc")


def test_the_order_of_a_key_does_not_depend_on_how_many_are_remembered() -> None:
    fleet = fleet_of(6)
    before = fleet.order(KEYS[0])
    for key in range(20_000):
        fleet.order(key)
    assert fleet.order(KEYS[0]) == before
    assert len(fleet.recent_keys(10)) == 10


def chosen(
    fleet: Fleet,
    loads: Sequence[int],
    placement: Placement | None,
    holders: dict[str, set[str]] | None = None,
) -> tuple[str, Reason]:
    decision = decide(fleet, loads, placement, holders or {})
    assert decision is not None
    return decision.pod, decision.reason


def listed(fleet: Fleet, loads: dict[str, int]) -> list[int]:
    return [loads[name] for name in fleet.names]
