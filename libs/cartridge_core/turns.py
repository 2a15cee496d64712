"""One model for several threads: they compute one after the other, in the order in which they came.

Kernels use all cores or the whole device by themselves; two at a time on a CPU make each other slower by far. And whoever
computes in a loop must not keep out those who wait, as Python's own locks let it.
"""

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from torch import Tensor

from cartridge_core.models import JoinedPrefixes, Model, PrefixKV, RowLayout


class Turns:
    """A reentrant lock that is given to whoever has waited longest."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> Self:
        me = threading.get_ident()
        if self._owner == me:
            self._depth += 1
            return self
        mine = threading.Event()
        with self._guard:
            if self._owner is None and not self._waiting:
                self._owner, self._depth = me, 1
                return self
            self._waiting.append(mine)
        mine.wait()
        self._owner, self._depth = me, 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth:
            return
        with self._guard:
            if self._waiting:
                # Nobody's, and nobody's to take, until the one that is woken notes itself.
                self._owner = -1
                self._waiting.popleft().set()
            else:
                self._owner = None


class ModelInTurns(Model):
    """`model` itself, its weights not copied, whose passes wait for their turn."""

    def __init__(self, model: Model, turns: Turns) -> None:
        # It is the model in all but the passes, whatever belongs to one.
        vars(self).update(vars(model))
        self.turns = turns

    def forward(
        self, tokens: Tensor, positions: Tensor, *, prefix: PrefixKV | JoinedPrefixes | None = None,
        mask: Tensor | None = None, observe: Callable[[int, Tensor], None] | None = None,
    ) -> Tensor:  # fmt: skip
        with self.turns:
            return super().forward(tokens, positions, prefix=prefix, mask=mask, observe=observe)

    def target_states(
        self, tokens: Tensor, layout: RowLayout, prefix: PrefixKV | JoinedPrefixes | None
    ) -> Tensor:
        with self.turns:
            return super().target_states(tokens, layout, prefix)

    def forward_cached(self, *arguments: Any, **options: Any) -> Tensor:
        with self.turns:
            return super().forward_cached(*arguments, **options)

    def logits(self, hidden: Tensor) -> Tensor:
        with self.turns:
            return super().logits(hidden)
