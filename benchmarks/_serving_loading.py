"""What the linker takes to bring a cartridge from disk into the pool, beside a plain copy of the same bytes."""

import json
import mmap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from benchmarks._backdoor import drop_page_cache
from cartridge_core.artifact import CartridgeHeader, read_header
from services.inference.linker.compositions import Composition, Missing
from services.inference.linker.host_store import HostStore
from services.inference.linker.loading import DevicePool, Load, Loader
from services.inference.linker.protocol import CartridgeFile, Segment
from services.inference.linker.shards import shard_heads


@dataclass(frozen=True)
class LoadTimes:
    """Medians in seconds; `_cached`: with the files in the system's page cache."""

    size_bytes: int
    load: float
    copy: float
    load_cached: float
    copy_cached: float

    def figures(self) -> dict[str, float]:
        return {
            "cartridge_bytes": self.size_bytes,
            "cold_load_ms": round(1e3 * self.load, 3),
            "plain_copy_ms": round(1e3 * self.copy, 3),
            "cold_load_over_copy": round(self.copy / self.load, 3),
            "page_cached_load_ms": round(1e3 * self.load_cached, 3),
            "page_cached_copy_ms": round(1e3 * self.copy_cached, 3),
            "page_cached_load_over_copy": round(self.copy_cached / self.load_cached, 3),
        }


def measure_loading(
    paths: Sequence[Path], dtype: torch.dtype, *, pool_tokens: int, repeats: int, page_size: int = 1
) -> LoadTimes:
    """Load the cartridges at `paths`, all of one shape and of the pool's `dtype`, in turns with plain copies.

    Load: the linker's own parts, from a file that is not in host memory to the pool's slots. Copy: the bytes of the same
    file, mapped, to the same slots as they lie, layer by layer. The rate of one over that of the other is `copy / load`.
    """
    header = read_header(paths[0])
    pool = _pool(header, dtype, pool_tokens)
    host = HostStore(
        budget_bytes=2**40,
        shard=shard_heads(header.kv_heads, 0, 1),
        layers=header.layers,
        head_dim=header.head_dim,
        pin_memory=False,
    )
    loader = Loader(pool, host, page_size, None)
    slots = torch.arange(page_size, page_size + header.tokens)
    times: dict[tuple[str, bool], list[float]] = {}
    for number in range(repeats * len(paths)):
        path = paths[number % len(paths)]
        arms = [
            ("load", lambda p: _load(loader, host, p, header, slots)),
            ("copy", lambda p: _copy(pool, p, slots)),
        ]
        for cached in (False, True):
            for name, bring in arms if number % 2 else reversed(arms):
                if cached:
                    path.read_bytes()
                else:
                    drop_page_cache(path)
                started = time.perf_counter()
                bring(path)
                times.setdefault((name, cached), []).append(time.perf_counter() - started)
                host.drop(str(path))
    return LoadTimes(
        size_bytes=_kv_bytes(header, dtype),
        load=median(times["load", False]),
        copy=median(times["copy", False]),
        load_cached=median(times["load", True]),
        copy_cached=median(times["copy", True]),
    )


def _load(loader: Loader, host: HostStore, path: Path, header: CartridgeHeader, slots: Tensor) -> None:
    digest = str(path)
    host.hold([CartridgeFile(digest=digest, path=str(path), size_bytes=path.stat().st_size)])
    composition = Composition(
        name=digest,
        pages={str(place): place for place in range(header.tokens)},
        digests=(digest,),
        segments=(Segment(digest=digest, start=0, tokens=header.tokens, distance=0),),
        inverse_frequencies=(1.0,),
    )
    loader.copy([Load(Missing(composition, 0), slots)], [])
    host.release([digest])


def _copy(pool: DevicePool, path: Path, slots: Tensor) -> None:
    first, stop = int(slots[0]), int(slots[-1]) + 1
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as mapped:
        header_bytes = int.from_bytes(mapped[:8], "little")
        offsets = json.loads(mapped[8 : 8 + header_bytes])
        for name, buffers in (("keys", pool.keys), ("values", pool.values)):
            begin = 8 + header_bytes + offsets[name]["data_offsets"][0]
            places = [buffer[first:stop].view(-1) for buffer in buffers]
            each = places[0].numel() * places[0].itemsize
            for layer, place in enumerate(places):
                source = torch.frombuffer(
                    mapped, dtype=place.dtype, count=place.numel(), offset=begin + layer * each
                )
                place.copy_(source)
                del source  # the mapping cannot be closed before


def _pool(header: CartridgeHeader, dtype: torch.dtype, tokens: int) -> DevicePool:
    def buffers() -> list[Tensor]:
        # Filled, so that no copy is the first to touch a page of the pool.
        return [
            torch.full((tokens + 1, header.kv_heads, header.head_dim), 1.0, dtype=dtype)
            for _ in range(header.layers)
        ]

    return DevicePool(buffers(), buffers())


def _kv_bytes(header: CartridgeHeader, dtype: torch.dtype) -> int:
    return 2 * header.layers * header.kv_heads * header.head_dim * header.tokens * dtype.itemsize
