"""One model for several threads: all its passes are computed in one thread, in the order in which they were asked for.

Kernels use all cores or the whole device by themselves; two at a time on a CPU make each other slower by far. Nor is it
enough that callers compute one after the other: OpenMP gives each calling thread helpers of its own, and with more
of them than cores they go to sleep between any two kernels. One calling thread has one team, which stays awake.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor

from cartridge_core.models import JoinedPrefixes, Model, PrefixKV, RowLayout

_T = TypeVar("_T")


class ComputingThread:
    """Computes what other threads ask for, first come, first served, with as many threads as its maker computes with."""

    def __init__(self) -> None:
        self.threads = torch.get_num_threads()
        # It ends when nobody has the executor any more.
        self._executor = ThreadPoolExecutor(1, "computing")
        self._ident = self._executor.submit(threading.get_ident).result()

    def run(self, call: Callable[[], _T]) -> _T:
        """What `call` returns or raises, computed there; gradients are recorded as they would be here."""
        if threading.get_ident() == self._ident:
            return call()
        return self._executor.submit(self._compute, call, torch.is_grad_enabled()).result()

    def _compute(self, call: Callable[[], _T], grad_enabled: bool) -> _T:
        # Each time: for some kernels the number is the process's, and `computing_little` has set it.
        torch.set_num_threads(self.threads)
        with torch.set_grad_enabled(grad_enabled):
            return call()


@contextmanager
def computing_little(afterwards: int) -> Iterator[None]:
    """What the calling thread computes by itself until the block ends takes one thread, then `afterwards` again.

    The number is told, not read: a thread that starts while another one is in such a block begins with one.
    """
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(afterwards)


class SharedModel(Model):
    """`model` itself, its weights not copied, whose passes are computed in `computing`."""

    def __init__(self, model: Model, computing: ComputingThread) -> None:
        # It is the model in all but the passes, whatever belongs to one.
        vars(self).update(vars(model))
        self._computing = computing

    def forward(
        self, tokens: Tensor, positions: Tensor, *, prefix: PrefixKV | JoinedPrefixes | None = None,
        mask: Tensor | None = None, observe: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:  # fmt: skip
        plain = super().forward
        return self._computing.run(
            lambda: plain(tokens, positions, prefix=prefix, mask=mask, observe=observe)
        )

    def target_states(
        self, tokens: Tensor, layout: RowLayout, prefix: PrefixKV | JoinedPrefixes | None
    ) -> Tensor:
        plain = super().target_states
        return self._computing.run(lambda: plain(tokens, layout, prefix))

    def forward_cached(self, *arguments: Any, **options: Any) -> Tensor:
        plain = super().forward_cached
        return self._computing.run(lambda: plain(*arguments, **options))

    def logits(self, hidden: Tensor) -> Tensor:
        plain = super().logits
        return self._computing.run(lambda: plain(hidden))
