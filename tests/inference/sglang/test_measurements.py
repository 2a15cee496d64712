"""What `benchmarks.serving` measures, at small sizes on the tests' own pod."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks._backdoor import Backdoor
from benchmarks._material import Shelf as Material
from benchmarks._material import corpus, questions, untrained
from benchmarks._serving_churn import measure_churn
from benchmarks._serving_latency import measure_tiers, measure_warm
from benchmarks._serving_loading import measure_loading
from benchmarks._serving_throughput import (
    Corpus,
    icl_cached,
    icl_uncached,
    largest_batch,
    measure_throughput,
    with_cartridges,
)
from benchmarks._tenants import Tenant
from cartridge_core.artifact import write_cartridge
from cartridge_core.models import Model
from cartridge_store.ids import new_id
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings
from tests.inference.serving import Caller
from tests.inference.shelf import Shelf

from .conftest import POOL_TOKENS

CORPUS_TOKENS = 400
CARTRIDGE_TOKENS = 24


@pytest.fixture
def tenant(pod: Caller) -> Tenant:
    return Tenant(pod.client, pod.settings.grant_secret, pod.tenant_id)


@pytest.fixture
def reference(caller: Caller, tenant: Tenant) -> Tenant:
    """The same tenant before the torch engine."""
    return replace(tenant, client=caller.client)


@pytest.fixture
def backdoor(pod_settings: InferenceSettings, sglang: SglangSettings) -> Backdoor:
    return Backdoor(pod_settings, sglang)


@pytest.fixture
def material(shelf: Shelf) -> Material:
    return Material(shelf.objects, shelf.directory)


@pytest.fixture
def corpora(tenant: Tenant, model: Model, material: Material) -> list[Corpus]:
    """Three tenants, a corpus each."""
    made = []
    for number in range(3):
        owner = replace(tenant, tenant_id=new_id("ten"))
        text = corpus(model.chat, CORPUS_TOKENS, f"tests/{number}")
        cartridge = untrained(model, text, CARTRIDGE_TOKENS, torch.float32)
        made.append(Corpus(owner, text, material.put(owner.tenant_id, cartridge)))
    return made


def test_a_corpus_takes_exactly_the_tokens_asked_for(model: Model) -> None:
    for tokens in (40, 156, 1000):
        assert len(model.chat.encode_context(corpus(model.chat, tokens, "exact"))) == tokens


def test_the_largest_batch_is_what_the_budget_holds() -> None:
    assert largest_batch(26_000, shared=0, own=6_176, corpora=16, most=128) == 4
    # Sixteen cartridges of 156 tokens leave room for 133 requests of 176 tokens; a corpus is shared by its requests.
    assert largest_batch(26_000, shared=156, own=176, corpora=16, most=999) == 133
    assert largest_batch(26_000, shared=156, own=176, corpora=16, most=100) == 100


def test_throughput_of_all_three_ways(backdoor: Backdoor, corpora: list[Corpus]) -> None:
    shares = {}
    for draw in (icl_uncached, icl_cached, with_cartridges):
        backdoor.flush_device()
        before = backdoor.token_counts()
        found = measure_throughput(draw(corpora, 0), batch=3, warm_up=3, runs=2, max_tokens=4)
        shares[draw.__name__] = backdoor.token_counts().cached_share_since(before)
        assert found.batch == 3
        assert found.tokens_per_second > 0
    assert shares["icl_uncached"] == 0
    assert shares["icl_cached"] > 0.5
    assert shares["with_cartridges"] > 0.3


def test_first_tokens_by_tier_and_beside_a_cached_prefix(
    backdoor: Backdoor, corpora: list[Corpus], model: Model
) -> None:
    tiers = measure_tiers(corpora, backdoor, questions(2, "tiers"))
    assert {tier: len(latency.seconds) for tier, latency in tiers.items()} == dict.fromkeys(
        ("s3", "disk", "host", "device"), 2
    )
    prefix = corpus(model.chat, CARTRIDGE_TOKENS + 16, "prefix")
    warm = measure_warm(corpora[0].tenant, corpora[0].cartridge, prefix, questions(4, "warm"))
    assert all(len(latency.seconds) == 2 and latency.p95 >= latency.p50 > 0 for latency in warm.values())


def test_loading_beside_a_plain_copy(model: Model, tmp_path: Path) -> None:
    text = corpus(model.chat, CARTRIDGE_TOKENS + 64, "loading")
    path = tmp_path / "cartridge.safetensors"
    write_cartridge(path, untrained(model, text, CARTRIDGE_TOKENS, torch.float32))
    found = measure_loading([path], torch.float32, pool_tokens=POOL_TOKENS, repeats=2)
    assert found.size_bytes == 2 * model.config.layers * 2 * 16 * CARTRIDGE_TOKENS * 4
    assert min(found.load, found.copy, found.load_cached, found.copy_cached) > 0


def test_more_cartridges_than_the_pool_holds(
    tenant: Tenant, reference: Tenant, backdoor: Backdoor, model: Model, material: Material
) -> None:
    tokens = 64
    cartridges = [
        material.put(
            tenant.tenant_id,
            untrained(model, corpus(model.chat, tokens + 64, f"churn/{number}"), tokens, torch.float32),
        )
        for number in range(60)
    ]
    assert tokens * len(cartridges) > 1.5 * POOL_TOKENS
    found = measure_churn(reference, tenant, backdoor, cartridges, rounds=2, max_tokens=8)
    assert found["churn_answers"] == 120
    assert found["churn_distinct_answers"] > 30
    assert found["churn_wrong_answers"] == 0
    assert (found["pool_leaked_tokens"], found["host_leaked_bytes"], found["disk_leaked_files"]) == (0, 0, 0)
