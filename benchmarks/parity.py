"""Do the `torch` and the `sglang` engine give the same greedy answers, token for token?

Both behind the same HTTP surface, fp32, SGLang on this machine. Kinds of prompt: with no cartridge, with one, with one
whose keys have to be moved, and with two of different sizes, the second one's sink dropped and its keys moved.
Cartridges are untrained. Every divergence counts as a mismatch; those where both engines saw a tie are told apart.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks._material import Shelf, corpus, model_variant, questions, untrained
from benchmarks._tenants import Answer, Tenant, at_once, many_connections, user
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
from cartridge_core.models import Model, load_model
from cartridge_store.grants import GrantedCartridge
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from services.cli.models import get_packaged_model
from services.cli.stack.backing import running_backing
from services.inference.app import create_app

# Log-probabilities of the two engines differ by some 1e-5 nats in fp32; a lead of less than this decides nothing.
TIE_NATS = 1e-3
_AT_ONCE = 16
_POOL_TOKENS = 16_384


@dataclass(frozen=True)
class Comparison:
    """How many answers were compared, how many diverge anywhere, and how many of those at a tie."""

    prompts: int
    tokens: int
    mismatches: int
    ties: int
    distinct: int

    def figures(self) -> dict[str, int]:
        return {
            "prompts": self.prompts,
            "tokens": self.tokens,
            "mismatches": self.mismatches,
            "ties": self.ties,
            "distinct_answers": self.distinct,
        }


def compare(
    reference: Tenant,
    pod: Tenant,
    cartridges: Sequence[GrantedCartridge],
    prompts: Sequence[str],
    *,
    max_tokens: int,
) -> Comparison:
    """Ask both engines each of `prompts` with `cartridges` before it."""

    def answers(tenant: Tenant) -> list[Answer]:
        ask = partial(tenant.stream, max_tokens=max_tokens, ranked=True)
        return at_once([partial(ask, user(prompt), *cartridges) for prompt in prompts], _AT_ONCE)

    return judge(answers(reference), answers(pod))


def judge(expected: Sequence[Answer], found: Sequence[Answer]) -> Comparison:
    """Compare answers pair by pair."""
    pairs = list(zip(expected, found, strict=True))
    differing = [(theirs, ours) for theirs, ours in pairs if theirs.ids != ours.ids]
    return Comparison(
        prompts=len(pairs),
        tokens=sum(len(answer.ids) for answer in found),
        mismatches=len(differing),
        ties=sum(is_tie(theirs, ours) for theirs, ours in differing),
        distinct=len({answer.ids for answer in found}),
    )


def is_tie(one: Answer, other: Answer) -> bool:
    """Whether two answers part at a place where each engine had the other's token second, less than TIE_NATS behind."""
    place = next(
        (index for index, ids in enumerate(zip(one.ids, other.ids, strict=False)) if ids[0] != ids[1]), None
    )
    if place is None:
        return False  # one of them ended where the other went on
    return all(
        mine.runners_up[place][0] == theirs.tokens[place] and mine.runners_up[place][1] < TIE_NATS
        for mine, theirs in ((one, other), (other, one))
    )


def kinds(
    model: Model, shelf: Shelf, tenant_id: str, sizes: tuple[int, int], ends_at: int
) -> dict[str, list[GrantedCartridge]]:
    """Cartridges of `sizes` tokens for each kind of prompt; the keys of the second one end at position `ends_at`."""
    first, second = (corpus(model.chat, max(sizes) + 64, f"parity/{number}") for number in range(2))
    still = shelf.put(tenant_id, untrained(model, first, sizes[0], torch.float32))
    moved = shelf.put(tenant_id, untrained(model, second, sizes[1], torch.float32, ends_at=ends_at))
    return {"none": [], "one": [still], "one_moved": [moved], "two": [still, moved]}


def compare_kinds(
    reference: Tenant,
    pod: Tenant,
    cartridges: Mapping[str, Sequence[GrantedCartridge]],
    *,
    prompts: int,
    max_tokens: int,
) -> dict[str, Comparison]:
    """`compare` for each kind of prompt, `prompts` different ones each."""
    return {
        kind: compare(reference, pod, before, questions(prompts, f"parity/{kind}"), max_tokens=max_tokens)
        for kind, before in cartridges.items()
    }


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """Greedy answers of both engines, SmolLM2 in fp32, with no cartridge, one, a moved one, and two."""
    prompts, max_tokens = (3, 16) if options.quick else (options.prompts, options.tokens)
    source = get_packaged_model("smollm2-135m", Path(options.models))
    quiet_logs()
    stop_on_sigterm()
    torch.set_num_threads(options.server_threads)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parity-")))
        base_model = model_variant(source, scratch / "smollm2-135m-fp32", "float32", endless=False)
        backing = stack.enter_context(running_backing(scratch / "backing", prefer_usual_ports=False))
        settings = inference_settings(backing.environment, base_model, scratch / "torch")
        pod_settings = inference_settings(
            backing.environment, base_model, scratch / "pod", inference_engine="sglang"
        )
        sglang = sglang_settings(max_total_tokens=_POOL_TOKENS)
        shelf = Shelf(ObjectStore(settings), scratch)
        tenant_id = new_id("ten")
        cartridges = kinds(load_model(base_model), shelf, tenant_id, (96, 40), ends_at=700)
        torch_url = stack.enter_context(serving(create_app(settings)))
        await_ready(torch_url)
        pod_url = stack.enter_context(
            running_pod(pod_settings, sglang, scratch / "sglang.log", threads=options.server_threads)
        )
        reference, pod = (
            Tenant(stack.enter_context(many_connections(url)), settings.grant_secret, tenant_id)
            for url in (torch_url, pod_url)
        )
        found = compare_kinds(reference, pod, cartridges, prompts=prompts, max_tokens=max_tokens)
    return {
        "tie_nats": TIE_NATS,
        "prompts": sum(each.prompts for each in found.values()),
        "mismatches": sum(each.mismatches for each in found.values()),
        "ties": sum(each.ties for each in found.values()),
        "kinds": {kind: each.figures() for kind, each in found.items()},
    }


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", default=".cartridges/models", help="where the base model is or goes")
    parser.add_argument("--prompts", type=int, default=50, help="of each kind")
    parser.add_argument("--tokens", type=int, default=32, help="of each answer, at most")
    parser.add_argument("--server-threads", type=int, default=2, help="of each engine")
    parser.add_argument("--quick", action="store_true", help="a few prompts")


if __name__ == "__main__":
    run("parity", measure, _options)
