"""Policies that `routing` compares: ours as the router runs it, and three that others use."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.inference.router.decision import Fleet, Placement, Pod, Wanted, decide
from services.inference.router.holders import Holders


@dataclass(frozen=True)
class Request:
    """One request of the trace: cartridges in the order asked for, its prompt's length, and what it costs."""

    arrival: float  # seconds
    wanted: tuple[Wanted, ...]
    tokens: tuple[int, ...]  # of each wanted cartridge
    prompt_tokens: int
    decode_seconds: float
    placement: Placement | None


class Policy(Protocol):
    """Chooses a pod for each request. Pods are numbers from 0."""

    listens: bool  # whether it is told what the pods hold

    def choose(self, request: Request, loads: Sequence[int]) -> int: ...

    def listing(self, pod: int, digests: Sequence[str]) -> None: ...


class RoundRobin:
    listens = False

    def __init__(self, pods: int) -> None:
        self._pods = pods
        self._next = 0

    def choose(self, request: Request, loads: Sequence[int]) -> int:
        chosen, self._next = self._next, (self._next + 1) % self._pods
        return chosen

    def listing(self, pod: int, digests: Sequence[str]) -> None:
        """Nothing to learn: what pods hold plays no part in the choice."""


class LeastLoaded:
    """The fewest requests at hand; of those with equally few, the one that waited longest for its turn."""

    listens = False

    def __init__(self, pods: int) -> None:
        self._turns = list(range(pods))
        self._turn = pods

    def choose(self, request: Request, loads: Sequence[int]) -> int:
        chosen = min(range(len(loads)), key=lambda pod: (loads[pod], self._turns[pod]))
        self._turns[chosen], self._turn = self._turn, self._turn + 1
        return chosen

    def listing(self, pod: int, digests: Sequence[str]) -> None:
        """Nothing to learn: what pods hold plays no part in the choice."""


class Router:
    """The router's own decision function over its own knowledge of what the pods hold."""

    def __init__(self, pods: int, *, capacity: int, limit: int, knows: bool = True) -> None:
        self.listens = knows
        self._names = [f"pod-{number:03d}" for number in range(pods)]
        self.fleet = Fleet(Pod(name, capacity, limit) for name in self._names)
        self._holders = Holders()

    def choose(self, request: Request, loads: Sequence[int]) -> int:
        decision = decide(self.fleet, loads, request.placement, self._holders)
        if decision is None:
            # A caller that is told «busy» comes back; the trace knows no callers, so the shortest queue takes it.
            return min(range(len(loads)), key=lambda pod: loads[pod])
        if self.listens:
            self._holders.note(decision.pod, [each.digest for each in request.wanted])
        return self.fleet.index[decision.pod]

    def listing(self, pod: int, digests: Sequence[str]) -> None:
        self._holders.replace(self._names[pod], digests)


@dataclass
class _Node:
    """One segment of a prefix: whose caches it is thought to be in, and when each used it last."""

    children: dict[str, "_Node"]
    used: dict[int, int]


class PrefixAware:
    """SGLang router's `cache_aware`, after its description: an approximate tree of what each worker was sent.

    While loads are even, the worker with the longest matching prefix is taken if more than `cache_threshold` of
    the request matches, else the one with the least in the tree. Loads are uneven when they differ by more than
    `balance_abs_threshold` and the largest exceeds the smallest `balance_rel_threshold` times: then the shortest
    queue is taken. The tree forgets a worker's least recently used prefixes beyond `tree_tokens`. A cartridge
    enters the tree as its placeholder ids do: as a segment of its tokens before the prompt's.
    """

    listens = False

    def __init__(
        self,
        pods: int,
        *,
        tree_tokens: int,
        cache_threshold: float = 0.3,
        balance_abs_threshold: int = 64,
        balance_rel_threshold: float = 1.5,
    ) -> None:
        self._cache_threshold = cache_threshold
        self._abs_threshold = balance_abs_threshold
        self._rel_threshold = balance_rel_threshold
        self._tree_tokens = tree_tokens
        self._root = _Node({}, {})
        self._sizes = [0] * pods
        # Prefixes of each worker, least recently used first: path of digests to tokens of its last segment.
        self._recent: list[OrderedDict[tuple[str, ...], int]] = [OrderedDict() for _ in range(pods)]
        self._clock = 0

    def choose(self, request: Request, loads: Sequence[int]) -> int:
        most, fewest = max(loads), min(loads)
        if most - fewest > self._abs_threshold and most > self._rel_threshold * fewest:
            chosen = min(range(len(loads)), key=lambda pod: loads[pod])
        else:
            matched, worker = self._match(request)
            total = sum(request.tokens) + request.prompt_tokens
            if worker is not None and matched / total > self._cache_threshold:
                chosen = worker
            else:
                chosen = min(range(len(loads)), key=lambda pod: self._sizes[pod])
        self._insert(request, chosen)
        return chosen

    def listing(self, pod: int, digests: Sequence[str]) -> None:
        """Nothing to learn: what pods hold plays no part in the choice."""

    def known(self, request: Request) -> int:
        """Tokens of the request's longest known prefix."""
        return self._match(request)[0]

    def _match(self, request: Request) -> tuple[int, int | None]:
        """Tokens of the longest known prefix, and the worker that used it last."""
        node, matched, worker = self._root, 0, None
        for each, tokens in zip(request.wanted, request.tokens, strict=True):
            following = node.children.get(each.digest)
            if following is None or not following.used:
                break
            node = following
            matched += tokens
            worker = max(node.used, key=lambda pod: node.used[pod])
        return matched, worker

    def _insert(self, request: Request, pod: int) -> None:
        self._clock += 1
        node, path = self._root, ()
        for each, tokens in zip(request.wanted, request.tokens, strict=True):
            path = (*path, each.digest)
            node = node.children.setdefault(each.digest, _Node({}, {}))
            if pod not in node.used:
                self._sizes[pod] += tokens
                self._recent[pod][path] = tokens
            node.used[pod] = self._clock
        # Deepest first, so that leaves are forgotten before what they stand on.
        for length in range(len(path), 0, -1):
            self._recent[pod].move_to_end(path[:length])
        while self._sizes[pod] > self._tree_tokens:
            forgotten, tokens = self._recent[pod].popitem(last=False)
            self._sizes[pod] -= tokens
            self._forget(forgotten, pod)

    def _forget(self, path: tuple[str, ...], pod: int) -> None:
        node = self._root
        for digest in path[:-1]:
            node = node.children[digest]
        leaf = node.children[path[-1]]
        leaf.used.pop(pod, None)
        if not leaf.used and not leaf.children:
            del node.children[path[-1]]
