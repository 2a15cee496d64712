"""Requests and tokens a second: batches of as many requests as the KV budget holds, several after a warm-up.

As in the paper's appendix A.3: the largest batch that fits, a fixed number of decoded tokens, several runs.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from typing import Any

from benchmarks._material import questions
from benchmarks._tenants import Prompt, Tenant, at_once, user
from cartridge_core.prompts import context_message
from cartridge_store.grants import GrantedCartridge
from cartridge_store.ids import new_id


@dataclass(frozen=True)
class Corpus:
    """A tenant's corpus and its cartridge."""

    tenant: Tenant
    text: str
    cartridge: GrantedCartridge


@dataclass(frozen=True)
class Request:
    tenant: Tenant
    prompt: Prompt
    cartridges: tuple[GrantedCartridge, ...] = ()

    def send(self, max_tokens: int) -> int:
        """How many tokens the answer has."""
        tokens: int = self.tenant.ask(self.prompt, *self.cartridges, max_tokens=max_tokens)[
            "completion_tokens"
        ]
        return tokens


@dataclass(frozen=True)
class Throughput:
    """`runs`: seconds and decoded tokens of each batch of `batch` requests."""

    batch: int
    runs: tuple[tuple[float, int], ...]

    @property
    def seconds(self) -> float:
        return sum(seconds for seconds, _ in self.runs)

    @property
    def requests_per_second(self) -> float:
        return self.batch * len(self.runs) / self.seconds

    @property
    def tokens_per_second(self) -> float:
        return sum(tokens for _, tokens in self.runs) / self.seconds

    def figures(self) -> dict[str, Any]:
        return {
            "batch": self.batch,
            "runs": len(self.runs),
            "requests_per_second": round(self.requests_per_second, 4),
            "tokens_per_second": round(self.tokens_per_second, 2),
            "tokens_per_second_of_runs": [round(tokens / seconds, 2) for seconds, tokens in self.runs],
        }


def largest_batch(budget: int, *, shared: int, own: int, corpora: int, most: int) -> int:
    """Requests at once whose KV fits `budget` tokens: `shared` for each of `corpora` that they draw from, `own` for each."""
    batch = 1
    while batch < most and min(batch + 1, corpora) * shared + (batch + 1) * own <= budget:
        batch += 1
    return batch


def measure_throughput(
    requests: Iterator[Request], *, batch: int, warm_up: int, runs: int, max_tokens: int
) -> Throughput:
    """Send `runs` batches, one after the other, after `warm_up` uncounted requests of one token each."""
    for begin in range(0, warm_up, batch):
        _send(list(islice(requests, min(batch, warm_up - begin))), 1)
    return Throughput(batch, tuple(_send(list(islice(requests, batch)), max_tokens) for _ in range(runs)))


def icl_cached(corpora: Sequence[Corpus], seed: int) -> Iterator[Request]:
    """The whole corpus before the question, in its tenant's own part of the cache."""
    for corpus, question in _draws(corpora, f"cached/{seed}"):
        yield Request(corpus.tenant, with_context(corpus.text, question))


def icl_uncached(corpora: Sequence[Corpus], seed: int) -> Iterator[Request]:
    """The same for a tenant that has never asked before, so that nothing is cached."""
    for corpus, question in _draws(corpora, f"uncached/{seed}"):
        stranger = replace(corpus.tenant, tenant_id=new_id("ten"))
        yield Request(stranger, with_context(corpus.text, question))


def with_cartridges(corpora: Sequence[Corpus], seed: int) -> Iterator[Request]:
    """The corpus's cartridge before the question."""
    for corpus, question in _draws(corpora, f"cartridges/{seed}"):
        yield Request(corpus.tenant, user(question), (corpus.cartridge,))


def with_context(text: str, question: str) -> Prompt:
    """A question behind a system message that shows `text`."""
    return [{"role": "system", "content": context_message(text).content}, *user(question)]


def _send(requests: Sequence[Request], max_tokens: int) -> tuple[float, int]:
    started = time.monotonic()
    tokens = sum(at_once([partial(request.send, max_tokens) for request in requests], len(requests)))
    return time.monotonic() - started, tokens


def _draws(corpora: Sequence[Corpus], seed: str) -> Iterator[tuple[Corpus, str]]:
    """Each corpus once, then drawn evenly for ever; questions that were never asked before."""
    chance = random.Random(seed)
    for number in count():
        corpus = corpora[number] if number < len(corpora) else chance.choice(corpora)
        yield corpus, questions(1, f"{seed}/{number}")[0].replace("Question 0", f"Question {number}")
