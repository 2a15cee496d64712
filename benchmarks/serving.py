"""Serving a corpus from its cartridge or from its text, on real SGLang at one fixed KV budget.

Many tenants, a corpus each, more text than the budget holds. Compared in one run: (a) the whole corpus before each
question, kept in SGLang's cache for its tenant (ICL cached); (b) the same without a cache; (c) cartridges. Then seconds
to the first token by where a cartridge is; loading beside a plain copy; page sizes; and more cartridges than the pool
holds. Cartridges are untrained: what they hold changes no speed. docs/serving.md explains each figure.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import torch

from benchmarks._backdoor import Backdoor
from benchmarks._material import Shelf, corpus, model_variant, questions, untrained
from benchmarks._serving_churn import measure_churn
from benchmarks._serving_latency import measure_tiers, measure_warm
from benchmarks._serving_loading import measure_loading
from benchmarks._serving_throughput import (
    Corpus,
    Throughput,
    icl_cached,
    icl_uncached,
    largest_batch,
    measure_throughput,
    with_cartridges,
)
from benchmarks._tenants import Tenant, many_connections
from benchmarks.harness import run
from benchmarks.pod import (
    await_ready,
    inference_settings,
    quiet_logs,
    running_pod,
    serving,
    sglang_settings,
    stop_on_sigterm,
)
from cartridge_core.artifact import write_cartridge
from cartridge_core.models import Model, load_model
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from services.cli.models import get_packaged_model
from services.cli.stack.backing import running_backing
from services.inference.app import create_app

PARTS = ("throughput", "latency", "loading", "churn", "pages")
# Of a question in the chat template's words; checked against what the service counts.
_QUESTION_TOKENS = 48
_POOL_HOLDS = 40


@dataclass(frozen=True)
class Sizes:
    """How much of everything. `budget`, `corpus_tokens`: tokens; `kv_ratio`: of a corpus to its cartridge."""

    dtype: str
    budget: int
    corpora: int
    corpus_tokens: int
    kv_ratio: float
    tokens: int
    runs: int
    most: int
    latency_requests: int
    warm_requests: int
    load_repeats: int
    churn_cartridges: int
    churn_rounds: int
    churn_cartridge_tokens: int
    seed: int

    @property
    def cartridge_tokens(self) -> int:
        return round(self.corpus_tokens / self.kv_ratio)

    @property
    def own_tokens(self) -> int:
        return _QUESTION_TOKENS + self.tokens


@dataclass(frozen=True)
class Pod:
    """A running pod, ways into it, and a client of it."""

    client: httpx.Client
    backdoor: Backdoor

    def tenant(self, tenant_id: str) -> Tenant:
        return Tenant(self.client, self.backdoor.settings.grant_secret, tenant_id)


@dataclass(frozen=True)
class Bench:
    """Where the run's models and services are."""

    scratch: Path
    backing: Mapping[str, str]
    source: Path
    threads: int

    @contextmanager
    def pod(
        self,
        base_model: Path,
        *,
        dtype: str,
        budget: int,
        most: int,
        page_size: int = 1,
        host_bytes: int = 2**30,
    ) -> Iterator[Pod]:
        directory = Path(tempfile.mkdtemp(dir=self.scratch, prefix="pod-"))
        settings = inference_settings(
            self.backing, base_model, directory, inference_engine="sglang", inference_page_size=page_size
        )
        sglang = sglang_settings(
            dtype=dtype,
            max_total_tokens=budget,
            max_running_requests=most,
            host_bytes=host_bytes,
            first_token_seconds=1800,
            # A prompt in one step: SGLang's CPU attention computes the prefix anew for every further step of it.
            chunked_prefill_tokens=8192,
        )
        with (
            running_pod(settings, sglang, directory / "sglang.log", threads=self.threads) as url,
            many_connections(url) as client,
        ):
            yield Pod(client, Backdoor(settings, sglang))

    def model(self, dtype: str, *, endless: bool) -> Path:
        """The model in `dtype`; `endless`: it never ends an answer by itself."""
        target = self.scratch / f"smollm2-135m-{dtype}-{'endless' if endless else 'plain'}"
        return target if target.exists() else model_variant(self.source, target, dtype, endless=endless)


def make_corpora(pod: Pod, model: Model, shelf: Shelf, sizes: Sizes) -> list[Corpus]:
    """A tenant for each corpus, and the corpus's cartridge in the object store."""
    made = []
    for number in range(sizes.corpora):
        tenant = pod.tenant(new_id("ten"))
        text = corpus(model.chat, sizes.corpus_tokens, f"serving/{sizes.seed}/{number}")
        cartridge = untrained(model, text, sizes.cartridge_tokens, getattr(torch, sizes.dtype))
        made.append(Corpus(tenant, text, shelf.put(tenant.tenant_id, cartridge)))
    return made


def throughputs(pod: Pod, corpora: Sequence[Corpus], sizes: Sizes) -> dict[str, Any]:
    """Requests and tokens a second of the three ways, each from an empty cache, and their ratios."""
    icl_batch = largest_batch(
        sizes.budget,
        shared=0,
        own=sizes.corpus_tokens + sizes.own_tokens,
        corpora=len(corpora),
        most=sizes.most,
    )
    found: dict[str, Throughput] = {}
    cached: dict[str, float] = {}
    for name, draw, batch in (
        ("icl_uncached", icl_uncached, icl_batch),
        ("icl_cached", icl_cached, icl_batch),
    ):
        pod.backdoor.flush_device()
        warm_up = 1 if draw is icl_uncached else len(corpora)
        before = pod.backdoor.token_counts()
        found[name] = measure_throughput(
            draw(corpora, sizes.seed), batch=batch, warm_up=warm_up, runs=sizes.runs, max_tokens=sizes.tokens
        )
        cached[name] = pod.backdoor.token_counts().cached_share_since(before)
    found["cartridges"] = cartridge_throughput(pod, corpora, sizes)
    best = found["cartridges"].tokens_per_second
    return {
        "throughput_over_icl_uncached": round(best / found["icl_uncached"].tokens_per_second, 2),
        "throughput_over_icl_cached": round(best / found["icl_cached"].tokens_per_second, 2),
        "icl_cached_token_share": round(cached["icl_cached"], 4),
        "throughput": {name: each.figures() for name, each in found.items()},
    }


def cartridge_throughput(pod: Pod, corpora: Sequence[Corpus], sizes: Sizes) -> Throughput:
    """Requests and tokens a second with cartridges, from an empty cache."""
    batch = largest_batch(
        sizes.budget,
        shared=sizes.cartridge_tokens,
        own=sizes.own_tokens,
        corpora=len(corpora),
        most=sizes.most,
    )
    pod.backdoor.flush_device()
    return measure_throughput(
        with_cartridges(corpora, sizes.seed), batch=batch, warm_up=max(batch, len(corpora)), runs=sizes.runs,
        max_tokens=sizes.tokens,
    )  # fmt: skip


def kv_bytes(pod: Pod, sizes: Sizes) -> dict[str, Any]:
    """KV of one corpus, as text and as a cartridge."""
    a_token = pod.client.get("/v1/model").json()["kv_bytes_per_token"]
    icl, cartridge = sizes.corpus_tokens * a_token, sizes.cartridge_tokens * a_token
    return {
        "kv_bytes_icl": icl,
        "kv_bytes_cartridge": cartridge,
        "kv_ratio": round(icl / cartridge, 2),
        "kv_budget_bytes": sizes.budget * a_token,
    }


def latencies(pod: Pod, model: Model, corpora: Sequence[Corpus], sizes: Sizes) -> dict[str, Any]:
    """Seconds to the first token by tier, and of a warm cartridge over a cached prefix of as many tokens."""
    tiers = measure_tiers(corpora, pod.backdoor, questions(sizes.latency_requests, f"tiers/{sizes.seed}"))
    warm = warm_over_prefix(pod, model, corpora, sizes)
    return {**warm, "ttft_seconds": {tier: latency.figures() for tier, latency in tiers.items()}}


def warm_over_prefix(pod: Pod, model: Model, corpora: Sequence[Corpus], sizes: Sizes) -> dict[str, Any]:
    """Seconds to the first token behind a cartridge in the pool, over those behind a cached prefix of its length."""
    first = corpora[0]
    text = corpus(model.chat, sizes.cartridge_tokens, f"prefix/{sizes.seed}")
    asked = questions(sizes.warm_requests, f"warm/{sizes.seed}")
    found = measure_warm(first.tenant, first.cartridge, text, asked)
    return {
        "ttft_warm_over_prefix": round(found["cartridge"].p50 / found["prefix"].p50, 4),
        "ttft_warm_seconds": found["cartridge"].figures(),
        "ttft_prefix_seconds": found["prefix"].figures(),
    }


def loading(bench: Bench, model: Model, sizes: Sizes) -> dict[str, Any]:
    """Loading cartridges beside copying their bytes, in a pool of the same shape."""
    dtype = getattr(torch, sizes.dtype)
    paths = []
    for number in range(min(sizes.corpora, 8)):
        text = corpus(model.chat, sizes.cartridge_tokens + 64, f"loading/{sizes.seed}/{number}")
        paths.append(bench.scratch / f"loading-{number}.safetensors")
        write_cartridge(paths[-1], untrained(model, text, sizes.cartridge_tokens, dtype))
    found = measure_loading(paths, dtype, pool_tokens=sizes.budget, repeats=sizes.load_repeats)
    return {"cold_load_over_copy": found.figures()["cold_load_over_copy"], "loading": found.figures()}


def churn(bench: Bench, shelf: Shelf, sizes: Sizes) -> dict[str, Any]:
    """More cartridges than pool and host memory hold, in fp32, so that answers can be compared token for token."""
    base_model = bench.model("float32", endless=False)
    model = load_model(base_model)
    tokens = sizes.churn_cartridge_tokens
    host_bytes = 2 * _POOL_HOLDS * tokens * model.kv_bytes_per_token
    settings = inference_settings(bench.backing, base_model, bench.scratch / "torch")
    tenant_id = new_id("ten")
    cartridges = [
        shelf.put(
            tenant_id,
            untrained(model, corpus(model.chat, tokens + 64, f"churn/{number}"), tokens, torch.float32),
        )
        for number in range(sizes.churn_cartridges)
    ]
    with (
        serving(create_app(settings)) as url,
        bench.pod(
            base_model, dtype="float32", budget=_POOL_HOLDS * tokens, most=16, host_bytes=host_bytes
        ) as pod,
        many_connections(url) as client,
    ):
        await_ready(url)
        return measure_churn(
            Tenant(client, settings.grant_secret, tenant_id),
            pod.tenant(tenant_id),
            pod.backdoor,
            cartridges,
            rounds=sizes.churn_rounds,
            max_tokens=16,
        )


def page_sizes(bench: Bench, model: Model, base_model: Path, shelf: Shelf, sizes: Sizes) -> dict[str, Any]:
    """Cartridges' throughput and warm latency at several page sizes."""
    found = {}
    for page_size in (1, 16, 64):
        with bench.pod(
            base_model, dtype=sizes.dtype, budget=sizes.budget, most=sizes.most, page_size=page_size
        ) as pod:
            corpora = make_corpora(pod, model, shelf, sizes)
            found[page_size] = {
                **cartridge_throughput(pod, corpora, sizes).figures(),
                **warm_over_prefix(pod, model, corpora, sizes),
            }
    return {"page_sizes": found}


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Throughput, memory and latency of cartridges and of ICL on real SGLang at one KV budget."""
    sizes = _quick(options) if options.quick else _full(options)
    quiet_logs()
    stop_on_sigterm()
    torch.set_num_threads(options.server_threads)
    figures: dict[str, Any] = {"sizes": vars(sizes) | {"cartridge_tokens": sizes.cartridge_tokens}}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="serving-")))
        backing = stack.enter_context(running_backing(scratch / "backing", prefer_usual_ports=False))
        source = get_packaged_model("smollm2-135m", Path(options.models))
        bench = Bench(scratch, backing.environment, source, options.server_threads)
        base_model = bench.model(sizes.dtype, endless=True)
        model = load_model(base_model)
        shelf = Shelf(ObjectStore(inference_settings(bench.backing, base_model, scratch / "shelf")), scratch)
        if {"throughput", "latency"} & set(options.parts):
            with bench.pod(base_model, dtype=sizes.dtype, budget=sizes.budget, most=sizes.most) as pod:
                corpora = make_corpora(pod, model, shelf, sizes)
                figures |= kv_bytes(pod, sizes)
                if "throughput" in options.parts:
                    figures |= _told(throughputs(pod, corpora, sizes))
                if "latency" in options.parts:
                    figures |= _told(latencies(pod, model, corpora, sizes))
        if "loading" in options.parts:
            figures |= _told(loading(bench, model, sizes))
        if "pages" in options.parts and not options.quick:
            figures |= _told(page_sizes(bench, model, base_model, shelf, replace(sizes, runs=1)))
        if "churn" in options.parts:
            figures |= _told(churn(bench, shelf, sizes))
    return figures


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    """`figures`, for whoever watches a run that takes long."""
    print(json.dumps(figures), file=sys.stderr)
    return figures


def _full(options: argparse.Namespace) -> Sizes:
    return Sizes(
        dtype=options.dtype, budget=options.budget, corpora=options.corpora, corpus_tokens=options.corpus_tokens,
        kv_ratio=options.kv_ratio, tokens=options.tokens, runs=options.runs, most=options.most,
        latency_requests=options.latency_requests, warm_requests=options.warm_requests, load_repeats=16,
        churn_cartridges=200, churn_rounds=2, churn_cartridge_tokens=64, seed=options.seed,
    )  # fmt: skip


def _quick(options: argparse.Namespace) -> Sizes:
    return Sizes(
        dtype=options.dtype, budget=4096, corpora=3, corpus_tokens=1500, kv_ratio=options.kv_ratio, tokens=8,
        runs=1, most=16, latency_requests=2, warm_requests=6, load_repeats=2, churn_cartridges=50,
        churn_rounds=1, churn_cartridge_tokens=64, seed=options.seed,
    )  # fmt: skip


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=".cartridges/models", help="where the base model is or goes")
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute after start-up")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="float32")
    parser.add_argument("--budget", type=int, default=26_000, help="KV pool in tokens")
    parser.add_argument("--corpora", type=int, default=10)
    parser.add_argument("--corpus-tokens", type=int, default=5008)
    parser.add_argument("--kv-ratio", type=float, default=38.6, help="tokens of a corpus to its cartridge's")
    parser.add_argument("--tokens", type=int, default=128, help="decoded for each request")
    parser.add_argument("--runs", type=int, default=3, help="batches counted, after a warm-up")
    parser.add_argument("--most", type=int, default=128, help="requests that the server runs at once")
    parser.add_argument("--latency-requests", type=int, default=24, help="of each tier")
    parser.add_argument("--warm-requests", type=int, default=60, help="of a warm cartridge and of a prefix")
    parser.add_argument("--server-threads", type=int, default=2)


if __name__ == "__main__":
    run("serving", measure, _options)
