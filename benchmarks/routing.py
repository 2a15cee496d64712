"""Which routing keeps cartridges where they are asked for, at even load?

Zipf traffic over a catalogue of cartridges is replayed on simulated pods (rows, queues, bounded memory, fetches
that share a pod's link) under the router's own decision function and three other policies.
"""

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from benchmarks._routing_policies import LeastLoaded, Policy, PrefixAware, Request, RoundRobin, Router
from benchmarks._routing_simulation import WARM_UP, PodModel, SimulatedPod, simulate
from benchmarks.harness import run
from services.inference.router.decision import Fleet, Wanted, decide, hash_of, moved_share, placement_of
from services.inference.router.holders import Holders

ROWS = 16
QUEUE = 32  # requests that may wait at a pod, beyond its rows
POD_MEMORY_BYTES = 8 * 2**30
BYTES_PER_TOKEN = 112 * 2**10  # 28 layers, 8 KV heads of 128, bf16: Llama-3.2-3B
FETCH_BYTES_PER_SECOND = 1e9
DECODE_SECONDS = 2.0
UTILIZATION = 0.6  # of all rows, by decoding alone
TENANT_CARTRIDGES = 20
MOVED_KEYS, MOVED_LEAVERS = 2_000, 16
ZIPF_EXPONENT = 1.0
PLAIN_SHARE, SEVERAL_SHARE = 0.05, 0.2
TOKENS_OF_CARTRIDGES = (256, 512, 1024, 2048)
MODEL = PodModel(ROWS, POD_MEMORY_BYTES, FETCH_BYTES_PER_SECOND)


@dataclass(frozen=True)
class Size:
    """One size of the comparison."""

    cartridges: int
    pods: int
    requests: int


FULL = tuple(
    Size(cartridges, pods, requests)
    for cartridges in (1_000, 100_000)
    for pods, requests in ((4, 40_000), (16, 60_000), (64, 100_000), (256, 200_000))
)
QUICK = (Size(1_000, 4, 6_000), Size(1_000, 16, 12_000), Size(100_000, 64, 24_000))


def make_trace(size: Size, seed: int) -> list[Request]:
    """Requests at Poisson times. Tenants own runs of popular and rare cartridges alike."""
    random = np.random.default_rng(seed)
    digests = [f"{hash_of(str(seed), str(number)):016x}" * 4 for number in range(size.cartridges)]
    tokens = random.choice(TOKENS_OF_CARTRIDGES, size.cartridges)
    popularity = 1.0 / np.arange(1, size.cartridges + 1) ** ZIPF_EXPONENT
    # Cartridge n belongs to tenant n mod tenants: each tenant has one of the most popular and many rare ones.
    tenants = size.cartridges // TENANT_CARTRIDGES
    firsts = random.choice(size.cartridges, size.requests, p=popularity / popularity.sum())
    kinds = random.random(size.requests)
    rate = UTILIZATION * ROWS * size.pods / DECODE_SECONDS
    arrivals = np.cumsum(random.exponential(1 / rate, size.requests))
    decodes = random.gamma(2.0, DECODE_SECONDS / 2, size.requests)
    prompts = random.integers(16, 256, size.requests)
    trace = []
    for number in range(size.requests):
        first = int(firsts[number])
        chosen = [] if kinds[number] < PLAIN_SHARE else [first]
        if kinds[number] > 1 - SEVERAL_SHARE:
            own = np.arange(first % tenants, size.cartridges, tenants)
            weights = popularity[own] / popularity[own].sum()
            more = random.choice(own, int(random.integers(1, 4)), replace=False, p=weights)
            chosen += [int(each) for each in more if each != first]
            random.shuffle(chosen)
        wanted = tuple(Wanted(digests[each], int(tokens[each]) * BYTES_PER_TOKEN) for each in chosen)
        trace.append(
            Request(
                arrival=float(arrivals[number]),
                wanted=wanted,
                tokens=tuple(int(tokens[each]) for each in chosen),
                prompt_tokens=int(prompts[number]),
                decode_seconds=float(decodes[number]),
                placement=placement_of(f"tenant-{first % tenants}", wanted),
            )
        )
    return trace


def _router(pods: int, *, knows: bool = True) -> Router:
    return Router(pods, capacity=ROWS, limit=ROWS + QUEUE, knows=knows)


def _prefix_aware(pods: int, **thresholds: int) -> PrefixAware:
    # Its tree forgets as a pod's memory does, which is the best it can be set to.
    return PrefixAware(pods, tree_tokens=POD_MEMORY_BYTES // BYTES_PER_TOKEN, **thresholds)


POLICIES: Mapping[str, Callable[[int], Policy]] = {
    "router": _router,
    "round_robin": RoundRobin,
    "least_loaded": LeastLoaded,
    "prefix_aware": _prefix_aware,
    # Its own thresholds let queues differ by 64 requests, four times a pod's rows here: with them at half the rows,
    # it trades hits for balance.
    "prefix_aware_tight": lambda pods: _prefix_aware(pods, balance_abs_threshold=ROWS // 2),
    # What the router would be without knowing who holds what: the paper's scheme over rendezvous order.
    "router_blind": lambda pods: _router(pods, knows=False),
    # The router if several cartridges had the home of their largest, not of their set.
    "router_largest_member": _router,
}


def compare(size: Size, seed: int) -> dict[str, Any]:
    """Every policy's outcome on one trace, with the share of homes that move when a pod leaves."""
    trace = make_trace(size, seed)
    outcomes: dict[str, Any] = {}
    for name, make in POLICIES.items():
        own = [_by_largest(request) for request in trace] if name == "router_largest_member" else trace
        outcome = simulate(own, make(size.pods), size.pods, MODEL)
        outcomes[name] = {key: round(value, 4) for key, value in asdict(outcome).items()}
        print(f"{size} {name}: {outcomes[name]}", file=sys.stderr, flush=True)
    fleet = _router(size.pods).fleet
    keys = {request.placement.key: None for request in trace if request.placement is not None}
    moved = [
        moved_share(fleet, Fleet(set(fleet.pods) - {leaver}), list(keys)[:MOVED_KEYS])
        for leaver in fleet.pods[:: max(1, size.pods // MOVED_LEAVERS)]
    ]
    return {
        **asdict(size),
        "policies": outcomes,
        "hit_rate_one_memory": round(one_memory(trace, size.pods * POD_MEMORY_BYTES), 4),
        "moved_share": round(statistics.mean(moved), 4),
        "pods_share": round(1 / size.pods, 4),
    }


def one_memory(trace: list[Request], memory_bytes: int) -> float:
    """Hit rate of a single LRU as large as all pods' memories, over the measured half: what copies cost shows here."""
    pod = SimulatedPod(PodModel(ROWS, memory_bytes, math.inf))
    hits = asked = 0
    for number, request in enumerate(trace):
        found, _, _ = pod.admit(request, request.arrival)
        pod.release(request)
        if number >= len(trace) * WARM_UP:
            hits += found
            asked += len(request.wanted)
    return hits / asked


def decisions_per_second(pods: int, *, known_keys: bool) -> float:
    """How fast `decide` is over half-full pods, for keys whose order is remembered, or for ones never seen."""
    fleet = _router(pods).fleet
    loads = [ROWS // 2] * pods
    holders = Holders()
    placements = [
        placement_of("tenant", [Wanted(f"{number:064x}", BYTES_PER_TOKEN)]) for number in range(4_000)
    ]
    for number, placement in enumerate(placements):
        assert placement is not None
        holders.note(fleet.names[number % pods], [placement.wanted[0].digest])
        if known_keys:
            fleet.order(placement.key)
    started = time.perf_counter()
    for placement in placements:
        decide(fleet, loads, placement, holders)
    return len(placements) / (time.perf_counter() - started)


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Hit rate, balance and bytes fetched of four policies, by size; the figures are means over the sizes."""
    table = [compare(size, options.seed) for size in (QUICK if options.quick else FULL)]

    def mean(policy: str, figure: str) -> float:
        return round(statistics.mean(row["policies"][policy][figure] for row in table), 4)

    largest = max(row["pods"] for row in table)
    return {
        "hit_rate": mean("router", "hit_rate"),
        **{f"hit_rate_{policy}": mean(policy, "hit_rate") for policy in POLICIES if policy != "router"},
        "hit_rate_one_memory": round(statistics.mean(row["hit_rate_one_memory"] for row in table), 4),
        "load_imbalance": mean("router", "load_imbalance"),
        **{
            f"load_imbalance_{policy}": mean(policy, "load_imbalance")
            for policy in POLICIES
            if policy != "router"
        },
        "moved_share": round(statistics.mean(row["moved_share"] for row in table), 4),
        "pods_share": round(statistics.mean(row["pods_share"] for row in table), 4),
        "decisions_per_second": round(decisions_per_second(largest, known_keys=True)),
        "decisions_per_second_new_keys": round(decisions_per_second(largest, known_keys=False)),
        "decisions_pods": largest,
        "sizes": table,
    }


def _by_largest(request: Request) -> Request:
    if request.placement is None:
        return request
    largest = max(request.placement.wanted, key=lambda each: (each.size_bytes, each.digest))
    return replace(request, placement=replace(request.placement, key=hash_of(largest.digest)))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="small sizes, within a minute")


if __name__ == "__main__":
    run("routing", measure, _options)
