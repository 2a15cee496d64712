"""Seconds to the first token: a cartridge in each tier, and beside an ordinary cached prefix of the same length."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks._backdoor import Backdoor
from benchmarks._serving_throughput import Corpus, with_context
from benchmarks._tenants import Tenant, user
from cartridge_store.grants import GrantedCartridge

# The first token and one more, so that the answer is over at once.
_TOKENS = 2


@dataclass(frozen=True)
class Latency:
    """Seconds to the first token, one of each request."""

    seconds: tuple[float, ...]

    @property
    def p50(self) -> float:
        return median(self.seconds)

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20, method="inclusive")[-1]

    def figures(self) -> dict[str, float]:
        return {"requests": len(self.seconds), "p50": round(self.p50, 4), "p95": round(self.p95, 4)}


class WrongTierError(RuntimeError):
    """The service found a cartridge elsewhere than where the measurement had put it."""


def measure_tiers(
    corpora: Sequence[Corpus], backdoor: Backdoor, questions: Sequence[str]
) -> dict[str, Latency]:
    """Ask each question of one corpus after the other, its cartridge in each tier in turn, alone on the machine.

    s3: nothing on the pod; disk: a file, not in memory and not in the page cache; host: mapped; device: in the pool.
    """

    def unload(corpus: Corpus) -> None:
        corpus.tenant.unload(corpus.cartridge)
        backdoor.flush_device()

    def to_disk(corpus: Corpus) -> None:
        backdoor.drop_from_host(corpus.cartridge.digest)
        backdoor.flush_device()

    def to_host(_: Corpus) -> None:
        backdoor.flush_device()

    def stay(_: Corpus) -> None:
        """It is in the pool after the request before."""

    prepare: dict[str, Callable[[Corpus], None]] = {
        "s3": unload, "disk": to_disk, "host": to_host, "device": stay,
    }  # fmt: skip
    seconds: dict[str, list[float]] = {tier: [] for tier in prepare}
    corpora[0].tenant.stream(user(questions[0]), corpora[0].cartridge, max_tokens=_TOKENS)
    for number, question in enumerate(questions):
        corpus = corpora[number % len(corpora)]
        for tier, put_there in prepare.items():
            put_there(corpus)
            hits = _hits(corpus.tenant, tier)
            answer = corpus.tenant.stream(user(f"{question} ({tier})"), corpus.cartridge, max_tokens=_TOKENS)
            if _hits(corpus.tenant, tier) != hits + 1:
                raise WrongTierError(f"a cartridge was not found in the tier {tier}")
            seconds[tier].append(answer.first_token_seconds)
    return {tier: Latency(tuple(found)) for tier, found in seconds.items()}


def measure_warm(
    tenant: Tenant, cartridge: GrantedCartridge, text: str, questions: Sequence[str]
) -> dict[str, Latency]:
    """The same questions behind a cartridge in the pool and behind a cached system message of as many tokens, in turns."""
    seconds: dict[str, list[float]] = {"cartridge": [], "prefix": []}

    def with_cartridge(question: str) -> float:
        return tenant.stream(user(question), cartridge, max_tokens=_TOKENS).first_token_seconds

    def with_prefix(question: str) -> float:
        return tenant.stream(with_context(text, question), max_tokens=_TOKENS).first_token_seconds

    arms = [("cartridge", with_cartridge), ("prefix", with_prefix)]
    for number, question in enumerate(questions):
        for name, ask in arms if number % 2 else reversed(arms):
            found = ask(question)
            if number >= 2:  # both are cached by then
                seconds[name].append(found)
    return {name: Latency(tuple(found)) for name, found in seconds.items()}


def _hits(tenant: Tenant, tier: str) -> float:
    name = f'inference_cartridge_hits_total{{tier="{tier}"}} '
    lines = tenant.client.get("/metrics").text.splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)
