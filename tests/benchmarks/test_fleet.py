"""The fleet's simulation: what it prints follows from what happens on its pods."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import fleet
from benchmarks._fleet_simulation import Budgets, FleetSimulation, Outcome, Request, Stored
from services.cli.capacity import DISK_LOAD_OVER_COPY, MEMORY_LOAD_OVER_COPY, Hardware

SEED = 3
MB = 10**6
HARDWARE = Hardware(rows=2)
CARTRIDGES = [Stored(f"{number:016x}", f"tenant-{number}", 100 * MB) for number in range(8)]


def replay(
    trace: list[Request], budgets: Budgets, *, pods: int = 1, warm: list[Stored] | None = None
) -> Outcome:
    async def run() -> Outcome:
        simulation = FleetSimulation(pods, budgets, HARDWARE, store_rate=1e9)
        if warm is not None:
            simulation.start_with(warm, [], frozenset())
        return await simulation.run(trace)

    return asyncio.run(run())


def asked(*numbers: int, apart: float = 10.0, decode: float = 1.0) -> list[Request]:
    return [Request(apart * place, CARTRIDGES[number], decode) for place, number in enumerate(numbers)]


def test_a_cartridge_comes_from_s3_once_and_is_on_the_device_after() -> None:
    outcome = replay(asked(0, 0, 0, 0, 0), Budgets(1000 * MB, 1000 * MB, 1000 * MB))
    assert outcome.tiers == {"device": 1.0, "host": 0.0, "disk": 0.0, "s3": 0.0}  # after the warm-up
    assert outcome.store_bytes_per_second == pytest.approx(100 * MB / 40)


def test_what_the_device_has_dropped_is_found_beside_it_and_what_memory_has_dropped_on_disk() -> None:
    in_turn = asked(*([0, 1, 2] * 6))
    beside = replay(in_turn, Budgets(200 * MB, 1000 * MB, 1000 * MB))
    assert beside.tiers["host"] == 1.0
    on_disk = replay(in_turn, Budgets(200 * MB, 200 * MB, 1000 * MB))
    assert on_disk.tiers["disk"] == 1.0
    nowhere = replay(in_turn, Budgets(200 * MB, 200 * MB, 200 * MB))
    assert nowhere.tiers["s3"] == 1.0


def test_a_first_token_takes_the_loads_before_it() -> None:
    outcome = replay(asked(*([0, 1, 2] * 6)), Budgets(200 * MB, 200 * MB, 200 * MB))
    size = 100 * MB
    loads = (
        max(size / 1e9, size / HARDWARE.network_rate)
        + size / (HARDWARE.disk_rate * DISK_LOAD_OVER_COPY)
        + size / (HARDWARE.copy_rate * MEMORY_LOAD_OVER_COPY)
    )
    assert outcome.ttft_p50_s == pytest.approx(HARDWARE.first_token_seconds + loads)


def test_more_requests_than_rows_wait_for_their_turn() -> None:
    at_once = [replace(request, arrival=request.arrival / 1e6) for request in asked(*([0] * 8), decode=5.0)]
    outcome = replay(at_once, Budgets(1000 * MB, 1000 * MB, 1000 * MB))
    assert outcome.ttft_p95_s > 3 * 5.0
    assert outcome.refused == 0


def test_warm_pods_are_asked_where_their_cartridges_are() -> None:
    outcome = replay(
        asked(*range(8), *range(8)), Budgets(1000 * MB, 1000 * MB, 1000 * MB), pods=4, warm=CARTRIDGES
    )
    assert outcome.tiers["device"] == 1.0
    assert outcome.spill_share == 0.0


def test_traffic_follows_the_day_and_the_popularity() -> None:
    size = fleet.Size(50, 500, 8)
    random = np.random.default_rng(SEED)
    catalogue = fleet.Catalogue(size, random)
    trace = fleet.make_trace(size, catalogue, random)
    assert catalogue.share.sum() == pytest.approx(1)
    assert list(catalogue.share) == sorted(catalogue.share, reverse=True)
    end = trace[-1][0]
    noon = sum(0.4 < at / end < 0.6 for at, *_ in trace)
    night = sum(at / end < 0.1 or at / end > 0.9 for at, *_ in trace)
    assert noon > 3 * night
    first = sum(rank == 0 for _, rank, _ in trace) / len(trace)
    assert first == pytest.approx(catalogue.share[0], rel=0.3)


def test_training_waits_when_a_day_brings_more_than_its_gpus_can_do() -> None:
    few = fleet.training_waits(fleet.Size(100, 10_000, 16), np.random.default_rng(SEED))
    many = fleet.training_waits(fleet.Size(100, 200_000, 16), np.random.default_rng(SEED))
    assert few["training_used"] < 1 < many["training_used"]
    assert few["training_wait_p95_s"] < 3600 < many["training_wait_p95_s"]


def test_one_seed_gives_one_result() -> None:
    size = fleet.Size(50, 500, 4)
    timed = {"used", "decide_microseconds", "bottleneck"}
    one, two = ({k: v for k, v in fleet.simulate(size, SEED).items() if k not in timed} for _ in range(2))
    assert one == two
    assert 0 < one["cold_share"] < 0.1
    assert one["hit_rate"] + one["tiers"]["disk"] + one["cold_share"] == pytest.approx(1, abs=1e-3)


def test_the_first_limit_is_drawn_out_from_the_two_largest_sizes() -> None:
    def at(gpus: int, router: float) -> dict[str, object]:
        used = {"router process": router, "postgres primary": gpus / 1000, "s3": gpus / 5000}
        return {"gpus": gpus, "requests_per_second": 4.0 * gpus, "used": used}

    # The decision takes 100 microseconds and one for each pod: 4 g (1e-4 + 1e-6 g) = 1.
    found = fleet.saturation([at(100, 400 * 2e-4), at(300, 1200 * 4e-4)])
    assert found == {"postgres primary": 1000, "s3": 5000, "router process": 452}
