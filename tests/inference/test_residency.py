"""Cartridges in memory."""

import asyncio
from pathlib import Path

import pytest

from cartridge_core.errors import (
    ArtifactDigestError,
    ArtifactUnreadableError,
    ModelMismatchError,
)
from cartridge_store.grants import GrantedCartridge
from cartridge_store.objects import ObjectStore
from services.inference.errors import BusyError, CartridgeNotFoundError, CartridgeTooLargeError
from services.inference.fetching import MemoryLoader
from services.inference.metrics import InferenceMetrics
from services.inference.residency import Residency

from .shelf import OTHER_TEXT, Shelf

ROOMY = 2**30


class CountingStore:
    """The real object store, with the number of times each key was fetched."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self.fetched: list[str] = []

    def get_file(self, key: str, path: Path) -> None:
        self.fetched.append(key)
        self._objects.get_file(key, path)


class Cache:
    """A residency over a shelf, and what it did."""

    def __init__(self, shelf: Shelf, budget_bytes: int) -> None:
        self.store = CountingStore(shelf.objects)
        self.metrics = InferenceMetrics()
        self.identity = shelf.model.identity
        self.residency = Residency(
            MemoryLoader(self.store, shelf.directory), budget_bytes=budget_bytes, metrics=self.metrics
        )

    async def use(self, *cartridges: GrantedCartridge) -> list[int]:
        """Hold cartridges for a moment; their sizes in tokens."""
        async with self.residency.hold(cartridges, self.identity) as held:
            return [each.cartridge.tokens for each in held]

    @property
    def resident(self) -> list[str]:
        return [cartridge.digest for cartridge in self.residency.resident()]

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


def test_a_cartridge_is_fetched_once_and_then_found(shelf: Shelf) -> None:
    cache, cartridge = Cache(shelf, ROOMY), shelf.put()

    async def scenario() -> None:
        assert await cache.use(cartridge) == [24]
        assert await cache.use(cartridge) == [24]

    asyncio.run(scenario())
    assert cache.store.fetched == [cartridge.object_key]
    assert cache.value("inference_cartridge_lookups_total", result="hit") == 1
    assert cache.value("inference_cartridge_lookups_total", result="miss") == 1
    assert cache.value("inference_cartridge_resident_bytes") == cartridge.size_bytes


def test_many_requests_for_one_cartridge_share_one_fetch(shelf: Shelf) -> None:
    cache, cartridge = Cache(shelf, ROOMY), shelf.put()

    async def scenario() -> None:
        await asyncio.gather(*(cache.use(cartridge) for _ in range(8)))

    asyncio.run(scenario())
    assert cache.store.fetched == [cartridge.object_key]


def test_a_request_that_leaves_does_not_stop_the_load_that_others_wait_for(shelf: Shelf) -> None:
    cache, cartridge = Cache(shelf, ROOMY), shelf.put()

    async def scenario() -> None:
        impatient = asyncio.create_task(cache.use(cartridge))
        patient = asyncio.create_task(cache.use(cartridge))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == [24]

    asyncio.run(scenario())
    assert cache.store.fetched == [cartridge.object_key]


def test_order_and_repetition_are_kept(shelf: Shelf) -> None:
    cache = Cache(shelf, ROOMY)
    small, large = shelf.put(tokens=20), shelf.put(tokens=30)
    assert asyncio.run(cache.use(large, small, large)) == [30, 20, 30]


def test_the_least_recently_used_makes_room(shelf: Shelf) -> None:
    first, second, third = shelf.put(), shelf.put(OTHER_TEXT), shelf.put(OTHER_TEXT, tokens=25)
    cache = Cache(shelf, first.size_bytes + second.size_bytes + third.size_bytes // 2)

    async def scenario() -> None:
        for cartridge in (first, second, first, third):
            await cache.use(cartridge)

    asyncio.run(scenario())
    assert cache.resident == [first.digest, third.digest]
    assert cache.value("inference_cartridge_evictions_total") == 1


def test_an_evicted_cartridge_is_fetched_again_and_never_mistaken_for_another(shelf: Shelf) -> None:
    first, second = shelf.put(tokens=20), shelf.put(OTHER_TEXT, tokens=30)
    cache = Cache(shelf, max(first.size_bytes, second.size_bytes))

    async def scenario() -> list[list[int]]:
        return [await cache.use(cartridge) for cartridge in (first, second, first)]

    assert asyncio.run(scenario()) == [[20], [30], [20]]
    assert cache.store.fetched == [first.object_key, second.object_key, first.object_key]


def test_a_cartridge_in_use_is_never_evicted(shelf: Shelf) -> None:
    first, second = shelf.put(), shelf.put(OTHER_TEXT)
    cache = Cache(shelf, first.size_bytes)

    async def scenario() -> None:
        async with cache.residency.hold([first], cache.identity):
            with pytest.raises(BusyError):
                await cache.use(second)
            assert cache.resident == [first.digest]
        assert await cache.use(second) == [24]

    asyncio.run(scenario())
    assert cache.resident == [second.digest]


def test_cartridges_larger_than_the_memory_are_refused_with_both_sizes(shelf: Shelf) -> None:
    first, second = shelf.put(), shelf.put(OTHER_TEXT)
    budget = first.size_bytes + 1
    cache = Cache(shelf, budget)
    with pytest.raises(CartridgeTooLargeError, match=rf"{first.size_bytes + second.size_bytes}.*{budget}"):
        asyncio.run(cache.use(first, second))
    assert cache.store.fetched == []


def test_a_missing_object_is_told_as_such(shelf: Shelf) -> None:
    cartridge = shelf.put()
    shelf.objects.delete(cartridge.object_key)
    with pytest.raises(CartridgeNotFoundError):
        asyncio.run(Cache(shelf, ROOMY).use(cartridge))


def test_a_changed_byte_is_found_and_nothing_is_kept(shelf: Shelf) -> None:
    content, digest = shelf.make()
    cartridge = shelf.put_bytes(content[:-1] + bytes([content[-1] ^ 1]), digest)
    cache = Cache(shelf, ROOMY)

    async def scenario() -> None:
        with pytest.raises(ArtifactDigestError):
            await cache.use(cartridge)
        assert cache.resident == []
        shelf.put_bytes(content, digest)
        assert await cache.use(cartridge) == [24]

    asyncio.run(scenario())
    assert cache.value("inference_cartridge_load_failures_total", code="cartridge_corrupt") == 1


def test_a_cut_object_is_corrupt(shelf: Shelf) -> None:
    content, digest = shelf.make()
    cut = shelf.put_bytes(content[: len(content) // 2], digest)
    whole = cut.model_copy(update={"size_bytes": len(content)})
    with pytest.raises(ArtifactUnreadableError):
        asyncio.run(Cache(shelf, ROOMY).use(whole))


def test_a_cartridge_of_another_model_is_refused(shelf: Shelf) -> None:
    cache, cartridge = Cache(shelf, ROOMY), shelf.put()
    cache.identity = cache.identity.model_copy(update={"fingerprint": "f" * 64})
    with pytest.raises(ModelMismatchError):
        asyncio.run(cache.use(cartridge))
    assert cache.resident == []


def test_who_had_to_wait_for_a_fetch_is_told(shelf: Shelf) -> None:
    cache, cartridge = Cache(shelf, ROOMY), shelf.put()

    async def fetched() -> list[bool]:
        async with cache.residency.hold([cartridge], cache.identity) as held:
            return [each.fetched for each in held]

    async def scenario() -> list[list[bool]]:
        return [*await asyncio.gather(fetched(), fetched()), await fetched()]

    assert asyncio.run(scenario()) == [[True], [True], [False]]


def test_a_pinned_cartridge_stays_whatever_wants_room(shelf: Shelf) -> None:
    first, second = shelf.put(), shelf.put(OTHER_TEXT)
    cache = Cache(shelf, first.size_bytes)

    async def scenario() -> None:
        for owner in ("ten_a", "ten_b"):
            await cache.residency.pin(first, cache.identity, owner)
        assert cache.residency.drop(first.digest, "ten_b")
        with pytest.raises(BusyError):
            await cache.use(second)
        assert cache.residency.unpin(first.digest, "ten_a")
        assert await cache.use(second) == [24]

    asyncio.run(scenario())
    assert cache.resident == [second.digest]


def test_a_dropped_cartridge_is_gone_with_the_last_request_that_holds_it(shelf: Shelf) -> None:
    cache, cartridge = Cache(shelf, ROOMY), shelf.put()

    async def scenario() -> None:
        assert not cache.residency.drop(cartridge.digest, "ten_a")
        async with cache.residency.hold([cartridge], cache.identity):
            assert cache.residency.drop(cartridge.digest, "ten_a")
            assert cache.resident == [cartridge.digest]
        assert cache.resident == []
        await cache.use(cartridge)
        assert cache.residency.drop(cartridge.digest, "ten_a")

    asyncio.run(scenario())
    assert cache.resident == []
    assert cache.value("inference_cartridge_resident_bytes") == 0
