"""Cartridges in a rank's host memory."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from services.inference.linker.host_store import HostFullError, HostStore, UnreadableError
from services.inference.linker.protocol import CartridgeFile
from services.inference.linker.shards import shard_heads

from .conftest import HEAD_DIM, HEADS, LAYERS, MakeCartridge


def _store(budget_bytes: int) -> HostStore:
    return HostStore(
        budget_bytes=budget_bytes,
        shard=shard_heads(HEADS, 0, 1),
        layers=LAYERS,
        head_dim=HEAD_DIM,
        pin_memory=False,
    )


def _digests(store: HostStore) -> list[str]:
    return [resident.digest for resident in store.residents()]


def test_a_cartridge_is_read_once_and_stays_after_its_release(make_cartridge: MakeCartridge) -> None:
    store, made = _store(2**20), make_cartridge()
    assert store.hold([made.file]) == [made.file.digest]
    store.release([made.file.digest])
    assert store.hold([made.file]) == []
    tensors = store.get(made.file.digest)
    assert tensors is not None
    assert torch.equal(tensors.keys.transpose(1, 2), made.cartridge.keys)
    assert store.used_bytes == made.file.size_bytes


def test_what_is_held_survives_the_removal_of_its_file(make_cartridge: MakeCartridge) -> None:
    store, made = _store(2**20), make_cartridge()
    store.hold([made.file])
    Path(made.file.path).unlink()
    tensors = store.get(made.file.digest)
    assert tensors is not None
    assert torch.equal(tensors.values.transpose(1, 2), made.cartridge.values)


def test_the_least_recently_used_makes_room_held_and_pinned_ones_stay(make_cartridge: MakeCartridge) -> None:
    first, second, third, fourth = (make_cartridge() for _ in range(4))
    store = _store(3 * first.file.size_bytes)
    store.pin(first.file, pinned=True)
    store.hold([second.file])
    store.hold([third.file])
    store.release([third.file.digest])
    store.hold([fourth.file])
    assert _digests(store) == [first.file.digest, second.file.digest, fourth.file.digest]
    assert store.evictions == 1
    with pytest.raises(HostFullError, match="pinned"):
        store.hold([third.file])
    store.pin(first.file, pinned=False)
    assert store.hold([third.file]) == [third.file.digest]


def test_a_request_that_cannot_hold_all_holds_none(make_cartridge: MakeCartridge) -> None:
    first, second, third = (make_cartridge() for _ in range(3))
    store = _store(2 * first.file.size_bytes)
    store.hold([third.file])
    with pytest.raises(HostFullError):
        store.hold([first.file, second.file])
    assert [(each.digest, each.holders) for each in store.residents()] == [(third.file.digest, 1)]


def test_a_dropped_cartridge_goes_at_once_or_with_its_last_request(make_cartridge: MakeCartridge) -> None:
    idle, busy, third = (make_cartridge() for _ in range(3))
    store = _store(2 * idle.file.size_bytes)
    store.pin(idle.file, pinned=True)
    store.hold([busy.file])
    store.drop(idle.file.digest)
    store.drop(busy.file.digest)
    assert _digests(store) == [busy.file.digest]
    store.release([busy.file.digest])
    store.hold([third.file])
    store.hold([idle.file])
    assert _digests(store) == [third.file.digest, idle.file.digest]


def test_a_file_of_another_model_or_none_is_refused(make_cartridge: MakeCartridge, tmp_path: Path) -> None:
    store = _store(2**20)
    with pytest.raises(UnreadableError, match="2 layers"):
        store.hold([make_cartridge(layers=2).file])
    with pytest.raises(UnreadableError, match="2 KV heads"):
        store.hold([make_cartridge(heads=2).file])
    rubbish = tmp_path / "rubbish.safetensors"
    rubbish.write_bytes(b"no tensors")
    for path in (rubbish, tmp_path / "absent.safetensors"):
        with pytest.raises(UnreadableError):
            store.hold([CartridgeFile(digest="d", path=str(path), size_bytes=1)])
    assert store.used_bytes == 0


def test_what_never_fits_is_told_apart_and_evicts_nothing(make_cartridge: MakeCartridge) -> None:
    first, second, third = (make_cartridge() for _ in range(3))
    store = _store(2 * first.file.size_bytes)
    store.hold([first.file])
    store.release([first.file.digest])
    with pytest.raises(HostFullError) as never:
        store.hold([first.file, second.file, third.file])
    assert never.value.for_ever
    assert _digests(store) == [first.file.digest]


def test_a_rank_is_charged_for_its_own_heads(make_cartridge: MakeCartridge) -> None:
    made = make_cartridge()
    store = HostStore(
        budget_bytes=made.file.size_bytes // 2,
        shard=shard_heads(HEADS, 1, 2),
        layers=LAYERS,
        head_dim=HEAD_DIM,
        pin_memory=False,
    )
    store.hold([made.file])
    assert store.used_bytes == made.file.size_bytes // 2


def test_one_bad_file_fails_nobody_who_waits_for_another(
    make_cartridge: MakeCartridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, bad, good = _store(2**20), make_cartridge(), make_cartridge()
    real_read = store._read
    reading, may_go_on = threading.Event(), threading.Event()

    def read(file: CartridgeFile) -> object:
        if file.digest == bad.file.digest:
            reading.set()
            may_go_on.wait(10)
            raise UnreadableError("the disk is gone")
        return real_read(file)

    monkeypatch.setattr(store, "_read", read)
    with ThreadPoolExecutor(2) as pool:
        both = pool.submit(store.hold, [bad.file, good.file])
        assert reading.wait(10)
        waiting = pool.submit(store.hold, [good.file])
        may_go_on.set()
        with pytest.raises(UnreadableError):
            both.result(10)
        assert waiting.result(10) == []
    assert [(each.digest, each.holders) for each in store.residents()] == [(good.file.digest, 1)]


@pytest.mark.parametrize(("heads", "ranks"), [(8, 1), (8, 4), (8, 8), (3, 1), (4, 16), (1, 8)])
def test_ranks_share_all_heads_evenly(heads: int, ranks: int) -> None:
    shards = [shard_heads(heads, rank, ranks) for rank in range(ranks)]
    served = [head for shard in shards for head in range(shard.first, shard.stop)]
    assert sorted(set(served)) == list(range(heads))
    assert len({served.count(head) for head in range(heads)}) == 1
    assert served == sorted(served)


def test_heads_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="3 KV heads"):
        shard_heads(3, 0, 2)
    with pytest.raises(ValueError, match="rank 2 of 2"):
        shard_heads(4, 2, 2)


def test_requests_for_one_cartridge_share_its_reading_and_its_failure(
    make_cartridge: MakeCartridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made, other = _store(2**20), make_cartridge(), make_cartridge()
    store.hold([other.file])
    reading, may_read = threading.Event(), threading.Event()
    real_read = store._read

    def slow_read(file: CartridgeFile) -> object:
        reading.set()
        may_read.wait(10)
        return real_read(file)

    monkeypatch.setattr(store, "_read", slow_read)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.hold, [made.file])
        assert reading.wait(10)
        second = pool.submit(store.hold, [made.file])
        assert store.get(other.file.digest) is not None
        assert store.hold([other.file]) == []
        may_read.set()
        assert sorted([*first.result(10), *second.result(10)]) == [made.file.digest]
    assert store.get(made.file.digest) is not None


def test_a_reader_that_fails_leaves_nobody_waiting(
    make_cartridge: MakeCartridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made = _store(2**20), make_cartridge()
    reading, may_fail = threading.Event(), threading.Event()

    def failing_read(_: CartridgeFile) -> object:
        reading.set()
        may_fail.wait(10)
        raise UnreadableError("the disk is gone")

    monkeypatch.setattr(store, "_read", failing_read)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.hold, [made.file])
        assert reading.wait(10)
        second = pool.submit(store.hold, [made.file])
        may_fail.set()
        for each in (first, second):
            with pytest.raises(UnreadableError):
                each.result(10)
    assert store.residents() == []
