"""Where does a fleet meet its first limit, and at what size?

Traffic of Zipf tenants over a day's curve, pressed into minutes, is replayed on pods with the router's own decision and
the pods' own cache policy; training jobs of a day queue for their GPUs. Measured figures are docs/serving.md's, by
`services/cli/capacity.py`; those of GPUs, links and shares of traffic are assumptions, named below.
"""

import argparse
import asyncio
import heapq
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks._fleet_simulation import Budgets, FleetSimulation, Outcome, Request, Stored
from benchmarks.harness import run
from services.cli.capacity import GIB, Hardware, ModelShape, pool_tokens
from services.inference.router.decision import hash_of

# Assumed of the fleet: Llama-3.1-8B in bf16 on GPUs of 80 GB. `Hardware` has the assumed rates.
SHAPE = ModelShape(layers=32, kv_heads=8, head_dim=128, parameters=8.03e9)
HARDWARE = Hardware()
HOST_BYTES, DISK_BYTES = 128 * GIB, 300 * GIB
TRAINING_SHARE = 1 / 8  # of the GPUs
STORE_RATE = 50e9  # bytes a second that S3 gives all pods together
DATABASE_TRANSACTIONS = 15_000.0  # a second, of one primary
TRANSACTIONS_PER_REQUEST = 3.0  # key and limits, cartridges, usage

# Assumed of the traffic.
TENANT_ZIPF = CARTRIDGE_ZIPF = 1.0
TOKENS_OF_CARTRIDGES, TOKENS_SHARES = (512, 1024, 2048), (0.3, 0.4, 0.3)
OWN_TOKENS, ANSWER_TOKENS = 450, 250
MEAN_BUSY = 0.5  # of all rows, over the day
DAY_SWING = 0.6  # the busiest hour over the mean, and the quietest below it
RETRAINED_A_DAY = 0.002  # of all cartridges
TRAINING_SPREAD = 0.4  # log-normal, of the seconds of one training
JUST_CAME_UP = 0.02  # of the pods: empty at the start
REQUESTS_A_POD, MOST_REQUESTS = 600, 60_000


@dataclass(frozen=True)
class Size:
    """One size of the sweep."""

    tenants: int
    cartridges: int
    gpus: int

    @property
    def training_gpus(self) -> int:
        return max(1, round(self.gpus * TRAINING_SHARE))

    @property
    def pods(self) -> int:
        return self.gpus - self.training_gpus


SIZES = (
    Size(1_000, 10_000, 8),
    Size(10_000, 100_000, 64),
    Size(50_000, 500_000, 256),
    Size(100_000, 1_000_000, 512),
)
QUICK = (Size(50, 500, 4), Size(200, 2_000, 16))


class Catalogue:
    """All cartridges in the order of their popularity, and the chance of each to be asked for."""

    def __init__(self, size: Size, random: np.random.Generator) -> None:
        each = size.cartridges // size.tenants
        tenants = 1.0 / np.arange(1, size.tenants + 1) ** TENANT_ZIPF
        own = 1.0 / np.arange(1, each + 1) ** CARTRIDGE_ZIPF
        share = np.outer(tenants / tenants.sum(), own / own.sum()).ravel()
        order = np.argsort(-share, kind="stable")
        self.share = share[order]
        self._tenant = order // each
        tokens = random.choice(TOKENS_OF_CARTRIDGES, size.cartridges, p=TOKENS_SHARES)
        self.bytes = tokens * SHAPE.kv_bytes_per_token

    def stored(self, rank: int) -> Stored:
        digest = f"{hash_of('cartridge', str(rank)):016x}"
        return Stored(digest, f"tenant-{self._tenant[rank]}", int(self.bytes[rank]))


def answer_seconds() -> float:
    return HARDWARE.first_token_seconds + ANSWER_TOKENS * HARDWARE.seconds_per_token


def day_rate(share_of_day: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Traffic over its mean: lowest at midnight, highest at noon."""
    return 1 - DAY_SWING * np.cos(2 * math.pi * share_of_day)


def make_trace(
    size: Size, catalogue: Catalogue, random: np.random.Generator, most: int = MOST_REQUESTS
) -> list[tuple[float, int, float]]:
    """Arrival, rank of the cartridge, seconds of decoding: a day's curve, pressed into as many requests as are simulated."""
    count = min(most, REQUESTS_A_POD * size.pods)
    mean_rate = MEAN_BUSY * HARDWARE.rows * size.pods / answer_seconds()
    seconds = count / mean_rate
    # Thinning (Lewis and Shedler 1979): drawn at the highest rate, kept as the hour's share of it.
    drawn = np.sort(random.uniform(0, seconds, round(count * (1 + DAY_SWING))))
    kept = drawn[random.random(len(drawn)) * (1 + DAY_SWING) < day_rate(drawn / seconds)]
    ranks = random.choice(size.cartridges, len(kept), p=catalogue.share)
    decodes = random.gamma(4.0, ANSWER_TOKENS * HARDWARE.seconds_per_token / 4, len(kept))
    return [
        (float(at), int(rank), float(decode)) for at, rank, decode in zip(kept, ranks, decodes, strict=True)
    ]


def training_waits(size: Size, random: np.random.Generator) -> dict[str, float]:
    """A day of training jobs over their GPUs: how long they wait for one, and what is left at its end."""
    jobs = random.poisson(size.cartridges * RETRAINED_A_DAY)
    drawn = np.sort(random.uniform(0, 86_400, round(jobs * (1 + DAY_SWING))))
    arrivals = drawn[random.random(len(drawn)) * (1 + DAY_SWING) < day_rate(drawn / 86_400)]
    durations = HARDWARE.training_seconds * random.lognormal(
        -(TRAINING_SPREAD**2) / 2, TRAINING_SPREAD, len(arrivals)
    )
    free = [0.0] * size.training_gpus
    waits = []
    for arrival, seconds in zip(arrivals, durations, strict=True):
        begin = max(float(arrival), heapq.heappop(free))
        waits.append(begin - float(arrival))
        heapq.heappush(free, begin + float(seconds))
    return {
        "training_used": float(durations.sum()) / (86_400 * size.training_gpus),
        "training_wait_p95_s": float(np.quantile(waits, 0.95)) if waits else 0.0,
    }


def simulate(size: Size, seed: int, most: int = MOST_REQUESTS) -> dict[str, Any]:
    """One size of the fleet: what was found where, how long first tokens took, and how much of each part is used."""
    random = np.random.default_rng(seed)
    catalogue = Catalogue(size, random)
    drawn = make_trace(size, catalogue, random, most)
    outcome = asyncio.run(_replay(size, catalogue, drawn, random))
    training = training_waits(size, random)
    # At the day's busiest hour, as the share of rows is; what is averaged over the trace is scaled to it.
    peak = 1 + DAY_SWING
    used = {
        "gpu rows": outcome.rows_used,
        "training gpus": training["training_used"],
        "router process": outcome.decide_seconds * outcome.requests_per_second * peak,
        "postgres primary": outcome.requests_per_second
        * peak
        * TRANSACTIONS_PER_REQUEST
        / DATABASE_TRANSACTIONS,
        "s3": outcome.store_bytes_per_second * peak / STORE_RATE,
        "pod network": outcome.network_used * peak,
        "pod disk": outcome.disk_used * peak,
        "pod copy": outcome.copy_used * peak,
    }
    return {
        **asdict(size),
        **_figures(outcome),
        **training,
        "used": used,
        "bottleneck": max(used, key=used.__getitem__),
    }


async def _replay(
    size: Size, catalogue: Catalogue, drawn: Sequence[tuple[float, int, float]], random: np.random.Generator
) -> Outcome:
    pool = pool_tokens(SHAPE, HARDWARE) - HARDWARE.rows * OWN_TOKENS
    budgets = Budgets(SHAPE.kv_bytes(pool), HOST_BYTES, DISK_BYTES)
    fleet = FleetSimulation(size.pods, budgets, HARDWARE, store_rate=STORE_RATE)
    mean_bytes = float(catalogue.bytes.mean())
    in_memory = min(size.cartridges, math.ceil(1.2 * size.pods * HOST_BYTES / mean_bytes))
    on_disk = size.pods * DISK_BYTES / mean_bytes
    stored: dict[int, Stored] = {}

    def of(rank: int) -> Stored:
        if rank not in stored:
            stored[rank] = catalogue.stored(rank)
        return stored[rank]

    popular = [of(rank) for rank in range(in_memory)]
    # On disks stand more than are asked for in this trace; those only take room, which the last rank that fits says.
    rest = sorted({rank for _, rank, _ in drawn if in_memory <= rank < on_disk})
    empty = random.choice(size.pods, round(JUST_CAME_UP * size.pods), replace=False)
    fleet.start_with(popular, [of(rank) for rank in rest], frozenset(int(place) for place in empty))
    return await fleet.run([Request(at, of(rank), decode) for at, rank, decode in drawn])


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        "tiers": {tier: round(share, 4) for tier, share in outcome.tiers.items()},
        # In memory of the pod that answered, on the device or beside it: what a user does not notice.
        "hit_rate": round(outcome.tiers["device"] + outcome.tiers["host"], 4),
        "cold_share": round(outcome.tiers["s3"], 4),
        "ttft_p50_s": round(outcome.ttft_p50_s, 3),
        "ttft_p95_s": round(outcome.ttft_p95_s, 3),
        "refused": outcome.refused,
        "spill_share": round(outcome.spill_share, 4),
        "requests_per_second": round(outcome.requests_per_second, 1),
        "decide_microseconds": round(outcome.decide_seconds * 1e6),
    }


def saturation(results: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """GPUs at which each part that does not grow with the fleet is used up, drawn out from the two largest sizes."""
    smaller, larger = results[-2:]
    gpus, used = larger["gpus"], larger["used"]
    found = {part: round(gpus / used[part]) for part in ("postgres primary", "s3") if used[part] > 0}
    # The decision looks at every pod, so its seconds are fixed + each * gpus; and its requests grow with gpus too:
    # rate * gpus * (fixed + each * gpus) = 1.
    seconds = [used["router process"] / larger["requests_per_second"], 0.0]
    seconds[1] = smaller["used"]["router process"] / smaller["requests_per_second"]
    each = max(0.0, (seconds[0] - seconds[1]) / (gpus - smaller["gpus"]))
    fixed = max(0.0, seconds[0] - each * gpus)
    rate = larger["requests_per_second"] / gpus
    if each > 0:
        found["router process"] = round((math.sqrt(fixed**2 + 4 * each / rate) - fixed) / (2 * each))
    else:
        found["router process"] = round(1 / (rate * fixed))
    return found


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Sweep the sizes; print what is used of each part at the busiest hour, and name the first to be used up."""
    results = []
    for size in QUICK if options.quick else SIZES:
        began = time.monotonic()
        figures = simulate(size, options.seed, options.requests)
        results.append(figures)
        used = ", ".join(f"{part} {share:.0%}" for part, share in figures["used"].items())
        print(
            f"{size.tenants:>7,} tenants {size.cartridges:>9,} cartridges {size.gpus:>4} GPUs: "
            f"TTFT p95 {figures['ttft_p95_s']:.2f} s, cold {figures['cold_share']:.1%}; {used}; "
            f"first {figures['bottleneck']} ({time.monotonic() - began:.0f} s)",
            file=sys.stderr,
            flush=True,
        )
    largest = results[-1]
    saturated = saturation(results)
    first = min(saturated, key=saturated.__getitem__)
    return {
        "sizes": results,
        "saturated_at_gpus": saturated,
        "first_fixed_bottleneck": {"part": first, "gpus": saturated[first]},
        **{
            name: largest[name]
            for name in ("tenants", "cartridges", "gpus", "hit_rate", "ttft_p95_s", "cold_share")
        },
    }


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="two small sizes")
    parser.add_argument("--requests", type=int, default=MOST_REQUESTS, help="at most so many for each size")


if __name__ == "__main__":
    run("fleet", measure, _add_options)
