"""From a lookup to columns in the pool: all of a request's cartridges, or its end."""

from collections.abc import Callable

import pytest
import torch

from cartridge_core.rotation import move_keys
from services.inference.linker.compositions import Compositions
from services.inference.linker.loading import runs_of
from services.inference.linker.loads import NOTHING_QUEUED
from services.inference.linker.protocol import Segment, request_id

from .conftest import FREQUENCIES, HEADS, PAGE, Bench, MakeCartridge, composition, tail_of, whole

RID = request_id("c", "1")


def test_every_layer_of_a_cartridge_stands_in_its_slots_and_nowhere_else(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(8)
    known = composition("c", whole(made))
    bench.know(known, made)
    slots = torch.tensor([4, 5, 6, 7, 40, 41, 42, 43])
    assert bench.load(RID, known, slots)
    for layer in range(3):
        assert torch.equal(bench.pool.keys[layer][slots].transpose(0, 1), made.cartridge.keys[layer])
        assert torch.equal(bench.pool.values[layer][slots].transpose(0, 1), made.cartridge.values[layer])
        others = torch.ones(96, dtype=torch.bool)
        others[slots] = False
        assert bench.pool.keys[layer][others].eq(7).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("stored", [torch.float32, torch.bfloat16, torch.float16])
def test_cartridges_are_converted_to_the_dtype_of_the_pool(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge, dtype: torch.dtype, stored: torch.dtype
) -> None:
    bench, made = new_bench(dtype=dtype), make_cartridge(4, dtype=stored)
    known = composition("c", whole(made))
    bench.know(known, made)
    assert bench.load(RID, known, torch.arange(4))
    assert torch.equal(bench.pool.keys[1][:4].transpose(0, 1), made.cartridge.keys[1].to(dtype))


def test_only_the_pages_that_are_missing_are_loaded(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(12)
    known = composition("c", whole(made))
    bench.know(known, made)
    assert bench.load(RID, known, torch.arange(12))
    assert bench.load(RID, known, torch.arange(20, 24), first=2)
    assert torch.equal(bench.pool.keys[0][20:24].transpose(0, 1), made.cartridge.keys[0][:, 8:12])


def test_compositions_cross_pages_move_keys_and_end_in_zeros(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, first, second = new_bench(), make_cartridge(6), make_cartridge(8)
    tail_segment = Segment(digest=second.file.digest, start=1, tokens=7, distance=-40)
    known = composition("c", whole(first, distance=3), tail_segment)
    bench.know(known, first, second)
    assert bench.load(RID, known, torch.arange(16))
    frequencies = torch.tensor(FREQUENCIES)
    moved = torch.cat(
        (
            move_keys(first.cartridge.keys[2], 3, frequencies),
            move_keys(second.cartridge.keys[2][:, 1:], -40, frequencies),
        ),
        dim=1,
    )
    assert torch.equal(bench.pool.keys[2][:13].transpose(0, 1), moved)
    assert not bench.pool.keys[2][13:16].any()
    assert not bench.pool.values[2][13:16].any()


@pytest.mark.parametrize(("rank", "ranks"), [(0, 1), (0, 2), (1, 2), (3, 4), (5, 8)])
def test_each_rank_loads_its_own_heads(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge, rank: int, ranks: int
) -> None:
    bench, made = new_bench(rank=rank, ranks=ranks), make_cartridge(4)
    known = composition("c", whole(made))
    bench.know(known, made)
    assert bench.load(RID, known, torch.arange(4))
    first = rank * HEADS // ranks
    count = max(1, HEADS // ranks)
    expected = made.cartridge.keys[0][first : first + count]
    assert torch.equal(bench.pool.keys[0][:4].transpose(0, 1), expected)


def test_requests_without_cartridges_are_left_to_sglang(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    assert bench.loads.lookup(request_id(None, "1"), ["a", "b"]) == []
    assert bench.loads.start() == NOTHING_QUEUED


def test_a_request_for_an_unknown_composition_is_failed_not_computed(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench()
    assert bench.loads.lookup(RID, ["a", "b"]) == [2]
    bench.loads.queue(RID, ["a", "b"], torch.arange(8))
    assert not bench.loads.finish(bench.loads.start())
    assert bench.loads.failed == 1


def test_pages_that_nobody_loaded_are_not_believed(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(8)
    known = composition("c", whole(made))
    bench.know(known, made)
    prompt_only = ["prompt"]
    assert bench.loads.lookup(RID, prompt_only) == [1]
    bench.loads.queue(RID, prompt_only, torch.arange(4))
    assert not bench.loads.finish(bench.loads.start())
    assert bench.load(RID, known, torch.arange(8))
    assert bench.loads.lookup(RID, prompt_only) == []
    assert bench.compositions.is_intact(RID, "c")


def test_a_head_that_nobody_loaded_is_not_believed_either(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(12)
    known = composition("c", whole(made))
    bench.know(known, made)
    assert not bench.load(RID, known, torch.arange(8), first=1)
    assert bench.load(RID, known, torch.arange(12))
    for _ in range(3):
        bench.loads.start()
    bench.loads.lookup(RID, tail_of(known, 1))  # the end was evicted; the head is trusted still
    assert bench.load(RID, known, torch.arange(8), first=1)
    for _ in range(3):
        bench.loads.start()
    bench.loads.lookup(RID, tail_of(known))  # all of it was evicted
    assert not bench.load(RID, known, torch.arange(8), first=1)


def test_a_request_that_was_promised_pages_and_never_got_them_is_not_intact(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    """As when SGLang finds no slots for a load and computes the placeholders instead."""
    bench, made, other = new_bench(), make_cartridge(8), request_id("c", "2")
    known = composition("c", whole(made))
    bench.know(known, made)
    assert bench.load(RID, known, torch.arange(8))
    assert bench.loads.lookup(other, tail_of(known, 1)) == [1]
    assert not bench.compositions.is_intact(other, "c")
    assert bench.compositions.is_intact(RID, "c")
    assert bench.load(other, known, torch.arange(4), first=1)
    assert bench.compositions.is_intact(other, "c")


def test_idle_compositions_are_forgotten_beyond_their_pages(make_cartridge: MakeCartridge) -> None:
    made = make_cartridge(8)
    few = Compositions(idle_pages=5)
    for name in ("a", "b", "c"):
        few.hold(composition(name, whole(made)))
        few.release(request_id(name, "1"), name)
    assert len(few) == 2
    held = few.hold(composition("d", whole(made)))
    few.hold(composition("e", whole(made)))
    assert few.hold(composition("d", whole(made))) is held


def test_a_miss_long_after_a_load_takes_the_trust_away_and_one_right_after_it_does_not(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(8)
    known = composition("c", whole(made))
    bench.know(known, made)
    assert bench.load(RID, known, torch.arange(8))
    bench.loads.lookup(request_id("c", "2"), tail_of(known))  # SGLang has not taken the pages in yet
    assert bench.compositions.is_intact(RID, "c")
    for _ in range(3):
        bench.loads.start()
    bench.loads.lookup(request_id("c", "2"), tail_of(known))
    assert not bench.compositions.is_intact(RID, "c")


def test_a_cartridge_that_left_host_memory_fails_the_batch(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(8)
    known = composition("c", whole(made))
    bench.compositions.hold(known)
    assert not bench.load(RID, known, torch.arange(8))
    assert not bench.compositions.is_intact(RID, "c")


def test_a_load_that_is_taken_back_copies_nothing(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(8)
    known = composition("c", whole(made))
    bench.know(known, made)
    bench.loads.queue(RID, tail_of(known), torch.arange(8))
    assert bench.loads.cancel(RID)
    assert not bench.loads.cancel(RID)
    assert bench.loads.start() == NOTHING_QUEUED
    assert bench.pool.keys[0].eq(7).all()


def test_an_emptied_cache_is_loaded_again(
    new_bench: Callable[..., Bench], make_cartridge: MakeCartridge
) -> None:
    bench, made = new_bench(), make_cartridge(8)
    known = composition("c", whole(made))
    bench.know(known, made)
    assert bench.load(RID, known, torch.arange(8))
    bench.loads.reset()
    assert not bench.compositions.is_intact(RID, "c")
    assert bench.load(RID, known, torch.arange(8, 16))


def test_runs_cover_each_column_of_a_load_once(make_cartridge: MakeCartridge) -> None:
    first, second = make_cartridge(6), make_cartridge(9)
    known = composition("c", whole(first), whole(second))
    pages = len(known.pages)
    for begin in range(pages):
        runs = runs_of(known, begin * PAGE, (pages - begin) * PAGE)
        covered = [place for run in runs for place in range(run.target, run.target + run.tokens)]
        assert covered == list(range(15 - begin * PAGE))
