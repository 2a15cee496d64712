"""A device pool on the CPU, and cartridge files to fill it from: the linker's parts without SGLang."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from cartridge_core.artifact import Cartridge, CartridgeHeader, file_digest, write_cartridge
from cartridge_core.models import Model
from services.inference.linker.compositions import Composition, Compositions
from services.inference.linker.host_store import HostStore
from services.inference.linker.loading import DevicePool, LayerCounter, Loader
from services.inference.linker.loads import Loads
from services.inference.linker.protocol import CartridgeFile, Segment
from services.inference.linker.shards import shard_heads

LAYERS, HEADS, HEAD_DIM, SLOTS, PAGE = 3, 4, 8, 96, 4
FREQUENCIES = tuple(1.0 / 100 ** (place / 4) for place in range(4))


@dataclass(frozen=True)
class OnDisk:
    file: CartridgeFile
    cartridge: Cartridge


MakeCartridge = Callable[..., OnDisk]


@pytest.fixture
def make_cartridge(model: Model, tmp_path: Path) -> MakeCartridge:
    """Cartridge files of random numbers."""
    numbers = itertools.count()

    def make(
        tokens: int = 8, *, dtype: torch.dtype = torch.float32, layers: int = LAYERS, heads: int = HEADS
    ) -> OnDisk:
        generator = torch.Generator().manual_seed(next(numbers))
        shape = (layers, heads, tokens, HEAD_DIM)
        keys, values = (torch.randn(shape, generator=generator).to(dtype) for _ in range(2))
        header = CartridgeHeader(
            model=model.identity,
            tokens=tokens,
            layers=layers,
            kv_heads=heads,
            head_dim=HEAD_DIM,
            dtype=str(dtype).removeprefix("torch."),
            key_positions=tuple(range(tokens)),
            next_position=tokens,
            frozen_tokens=0,
            corpus_digest="0" * 64,
            recipe={},
        )
        cartridge = Cartridge(header, keys, values)
        path = tmp_path / "made.safetensors"
        write_cartridge(path, cartridge)
        digest = file_digest(path)
        named = path.rename(tmp_path / f"{digest}.safetensors")
        return OnDisk(
            CartridgeFile(digest=digest, path=str(named), size_bytes=cartridge.size_bytes), cartridge
        )

    return make


def whole(made: OnDisk, *, distance: int = 0) -> Segment:
    """All columns of a cartridge."""
    return Segment(digest=made.file.digest, start=0, tokens=made.cartridge.tokens, distance=distance)


def composition(name: str, *segments: Segment) -> Composition:
    """A composition whose pages hash to their own names; the last page may end in padding."""
    columns = sum(segment.tokens for segment in segments)
    pages = {f"{name}/{place}": place for place in range(-(-columns // PAGE))}
    digests = tuple({segment.digest: None for segment in segments})
    return Composition(name, pages, digests, segments, FREQUENCIES)


def tail_of(known: Composition, first: int = 0) -> list[str]:
    return [page for page, place in known.pages.items() if place >= first]


@dataclass
class Bench:
    """The linker's parts around a pool of their own."""

    pool: DevicePool
    host: HostStore
    compositions: Compositions
    loads: Loads

    def know(self, known: Composition, *made: OnDisk) -> None:
        self.host.hold([each.file for each in made])
        self.compositions.hold(known)

    def load(self, rid: str, known: Composition, slots: torch.Tensor, first: int = 0) -> bool:
        """A request's whole way: lookup, queue, start, finish."""
        tail = tail_of(known, first)
        assert self.loads.lookup(rid, tail) == [len(tail)]
        self.loads.queue(rid, tail, slots)
        return self.loads.finish(self.loads.start())


@pytest.fixture
def new_bench() -> Callable[..., Bench]:
    def new(
        *, dtype: torch.dtype = torch.float32, budget_bytes: int = 2**20, rank: int = 0, ranks: int = 1
    ) -> Bench:
        shard = shard_heads(HEADS, rank, ranks)
        shape = (SLOTS, shard.count, HEAD_DIM)
        pool = DevicePool(
            [torch.full(shape, 7.0, dtype=dtype) for _ in range(LAYERS)],
            [torch.full(shape, 7.0, dtype=dtype) for _ in range(LAYERS)],
        )
        host = HostStore(
            budget_bytes=budget_bytes, shard=shard, layers=LAYERS, head_dim=HEAD_DIM, pin_memory=False
        )
        compositions = Compositions()
        counter = LayerCounter(LAYERS)
        loads = Loads(compositions, Loader(pool, host, PAGE, None), counter)
        return Bench(pool, host, compositions, loads)

    return new
