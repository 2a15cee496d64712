"""Where a training step's time goes, and how fast its matrix products are when they are all that is done."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import torch
from torch.profiler import ProfilerActivity, profile

from cartridge_core.batching import Row
from cartridge_core.models import Model

_KINDS = (
    ("matrix products", ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "aten::_scaled_dot_product")),
    ("softmax and its gradient", ("aten::_softmax", "aten::_log_softmax", "aten::exp", "aten::logsumexp")),
    ("SwiGLU", ("aten::silu", "aten::sigmoid")),
    ("copies, gathers and fills",
     ("aten::copy_", "aten::index", "aten::cat", "aten::gather", "aten::scatter", "aten::fill_", "aten::zero_")),
    ("other arithmetic", ("aten::",)),
)  # fmt: skip
_ELSEWHERE = "Python and autograd"
_REPEATS = 3


def print_profile(step: Callable[[], object]) -> None:
    """One profiled call of `step`: a table on stderr of its time by kind of work, and of its ten costliest operators."""
    step()
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        step()
    events = [(event.key, event.self_cpu_time_total / 1e6) for event in recorded.key_averages()]
    total = sum(seconds for _, seconds in events)
    by_kind: Counter[str] = Counter()
    for name, seconds in events:
        by_kind[_kind(name)] += seconds
    print(f"\none training step, {total:.2f} s\n", file=sys.stderr)
    for name, seconds in by_kind.most_common():
        print(f"{seconds / total:7.1%}  {seconds:7.3f} s  {name}", file=sys.stderr)
    print("\nof which", file=sys.stderr)
    for name, seconds in sorted(events, key=lambda event: -event[1])[:10]:
        print(f"{seconds / total:7.1%}  {seconds:7.3f} s  {name}", file=sys.stderr, flush=True)


def _kind(name: str) -> str:
    return next((kind for kind, begins in _KINDS if name.startswith(begins)), _ELSEWHERE)


def seconds_of_products(model: Model, rows: Sequence[Row], prefix_tokens: int) -> float:
    """How long the matrix products of one step on `rows` take alone, each shape at the best of some repetitions.

    Linear layers of all real tokens, there and back; attention over the prefix and over rows padded to the longest;
    the output head at the targets. This is the peak that `share_of_matmul_peak` is a share of.
    """
    total = 0.0
    for (batch, m, k, n), count in Counter(_products(model, rows, prefix_tokens)).items():
        left = torch.randn(batch, m, k, device=model.device).to(model.dtype)
        right = torch.randn(batch, n, k, device=model.device).to(model.dtype).transpose(1, 2)
        out = torch.empty(batch, m, n, dtype=model.dtype, device=model.device)
        multiply = _single(left, right, out) if batch == 1 else _several(left, right, out)
        multiply()
        total += count * min(_timed(multiply) for _ in range(_REPEATS))
    return total


def _products(model: Model, rows: Sequence[Row], p: int) -> Iterator[tuple[int, int, int, int]]:
    """(batch, m, k, n) of every product of a step."""
    config = model.config
    tokens = sum(row.length for row in rows)
    longest = max(row.length for row in rows)
    targets = sum(len(row.targets.ids) for row in rows)
    group = config.heads // config.kv_heads
    places = len(rows) * longest * group
    for index in range(config.layers):
        above = targets if index == config.layers - 1 else tokens
        for weight, count in (
            (model.layers[index].query_key_value, tokens),
            (model.layers[index].output, above),
            (model.layers[index].gate_up, above),
            (model.layers[index].down, above),
        ):
            out, into = weight.shape
            yield 1, count, into, out
            if index > 0 or weight is not model.layers[0].query_key_value:
                yield 1, count, out, into
        for _ in range(2):  # scores and mixing; then the gradients of values' weights and of queries
            yield from (
                (config.kv_heads, places, config.head_dim, p),
                (config.kv_heads, places, p, config.head_dim),
            )
            yield config.kv_heads, config.head_dim, places, p  # gradients of keys and of values
            yield len(rows) * config.kv_heads, longest * group, config.head_dim, longest
            yield len(rows) * config.kv_heads, longest * group, longest, config.head_dim
            yield len(rows) * config.kv_heads, longest, longest * group, config.head_dim
    vocab, hidden = model.head.shape
    yield 1, targets, hidden, vocab
    yield 1, targets, vocab, hidden


def _single(left: torch.Tensor, right: torch.Tensor, out: torch.Tensor) -> Callable[[], object]:
    return lambda: torch.mm(left[0], right[0], out=out[0])


def _several(left: torch.Tensor, right: torch.Tensor, out: torch.Tensor) -> Callable[[], object]:
    return lambda: torch.bmm(left, right, out=out)


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
