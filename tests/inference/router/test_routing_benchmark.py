"""The routing benchmark: its parts do what they stand for, and its quick form bears the decision function out."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks._routing_policies import LeastLoaded, PrefixAware, Request, RoundRobin
from benchmarks._routing_simulation import PodModel, SimulatedPod, simulate
from services.inference.router.decision import Wanted

REPOSITORY = Path(__file__).resolve().parents[3]


def request(*digests: str, arrival: float = 0.0, prompt_tokens: int = 10, seconds: float = 1.0) -> Request:
    wanted = tuple(Wanted(digest, 100) for digest in digests)
    return Request(arrival, wanted, (100,) * len(digests), prompt_tokens, seconds, None)


def choices(policy: PrefixAware, loads: Sequence[int], *requests: Request) -> list[int]:
    return [policy.choose(each, loads) for each in requests]


def test_a_simulated_pod_fetches_over_one_link_and_drops_what_was_used_longest_ago() -> None:
    pod = SimulatedPod(PodModel(rows=1, memory_bytes=250, fetch_bytes_per_second=100))
    assert pod.admit(request("a", "b"), 0.0) == (0, 200, 2.0)
    assert pod.admit(request("a"), 0.5) == (0, 0, 1.0)  # on its way: waited for, and no hit
    assert pod.admit(request("a"), 3.0) == (1, 0, 3.0)
    assert pod.admit(request("c"), 3.0) == (0, 100, 4.0)
    assert list(pod.resident) == ["b", "a", "c"]  # everything is in use
    for used in (request("a", "b"), request("a"), request("a"), request("c")):
        pod.release(used)
    assert pod.admit(request("d"), 9.0) == (0, 100, 10.0)
    assert list(pod.resident) == ["c", "d"]


def test_a_simulation_counts_hits_waits_and_balance() -> None:
    model = PodModel(rows=1, memory_bytes=1_000, fetch_bytes_per_second=100)
    trace = [request("a", arrival=float(number), seconds=2.0) for number in range(4)]
    alone = simulate(trace, RoundRobin(1), 1, model)
    # Rows are free at 1, 3, 5 and 7; the measured requests came at 2 and 3.
    assert (alone.hit_rate, alone.gib_fetched, alone.load_imbalance) == (1.0, 0.0, 1.0)
    assert alone.wait_p50 == pytest.approx(3.5)


def test_the_least_loaded_take_turns() -> None:
    policy = LeastLoaded(3)
    assert [policy.choose(request(), [1, 0, 0]) for _ in range(3)] == [1, 2, 1]
    assert policy.choose(request(), [0, 1, 1]) == 0


def test_the_prefix_aware_policy_follows_the_longest_prefix_while_loads_are_even() -> None:
    policy = PrefixAware(3, tree_tokens=1_000, balance_abs_threshold=4)
    even = [0, 0, 0]
    first, second = choices(policy, even, request("a"), request("b"))
    assert first != second
    assert choices(policy, even, request("a"), request("a", "b"), request("b", "a")) == [first, first, second]
    # Less than the threshold of the request is known, so the emptiest tree takes it.
    assert choices(policy, even, request("a", prompt_tokens=1_000)) == [3 - first - second]
    assert choices(policy, [9, 9, 2], request("a")) == [2]


def test_the_prefix_aware_policy_forgets_what_its_tree_has_no_room_for() -> None:
    policy = PrefixAware(1, tree_tokens=250)
    choices(policy, [0], request("a", "b"), request("c"))
    assert policy.known(request("c")) == 100
    # The leaf that was used longest ago has gone, and what it stood on has not.
    assert policy.known(request("a", "b")) == 100


def test_the_router_has_the_most_hits_at_bounded_load() -> None:
    command = [sys.executable, "-m", "benchmarks.routing", "--quick"]
    printed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=120)
    figures = json.loads(printed.stdout.splitlines()[-1])
    for row in figures["sizes"]:
        policies = row["policies"]
        others = ("round_robin", "least_loaded", "prefix_aware", "prefix_aware_tight", "router_blind")
        best = max(policies[name]["hit_rate"] for name in others)
        assert policies["router"]["hit_rate"] > best
        assert policies["router"]["gib_fetched"] < min(policies[name]["gib_fetched"] for name in others)
    assert figures["load_imbalance"] < figures["load_imbalance_prefix_aware"]
    # No pod exceeds its rows while another is free, and pods are 60% busy: 1 / 0.6 bounds the imbalance.
    assert figures["load_imbalance"] < 1 / 0.6
    assert figures["moved_share"] == pytest.approx(figures["pods_share"], rel=0.2)
    assert figures["decisions_per_second"] > figures["decisions_per_second_new_keys"] > 1_000
