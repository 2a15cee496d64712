"""Memory that one training step hands to the next: fresh pages for every tensor cost more than most arithmetic on them."""

import math
from collections.abc import Hashable

import torch
from torch import Tensor


class Workspace:
    """Buffers by name, grown where a batch needs more and kept for the next. They hold whatever was left in them."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._buffers: dict[tuple[Hashable, torch.dtype], Tensor] = {}

    def take(self, name: Hashable, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """The buffer called `name`, contiguous, of `shape`; what was taken by that name before is overwritten."""
        size = math.prod(shape)
        buffer = self._buffers.get((name, dtype))
        if buffer is None or len(buffer) < size:
            buffer = torch.empty(size, dtype=dtype, device=self.device)
            self._buffers[name, dtype] = buffer
        return buffer[:size].view(shape)

    @property
    def bytes(self) -> int:
        """What all buffers take together."""
        return sum(len(buffer) * dtype.itemsize for (_, dtype), buffer in self._buffers.items())


class WorkspacePool:
    """Workspaces that nobody uses at the moment; one is kept, so that steps one after another share it.

    A step whose backward pass never comes takes its workspace with it.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._free: list[Workspace] = []

    def lend(self) -> Workspace:
        """A workspace for the caller alone."""
        try:
            return self._free.pop()
        except IndexError:
            return Workspace(self._device)

    def give_back(self, workspace: Workspace) -> None:
        """`workspace` may be lent again: nothing of it is in use any more."""
        if not self._free:
            self._free.append(workspace)

    def clear(self) -> None:
        """Let go of the memory."""
        self._free.clear()
