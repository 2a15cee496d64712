"""Cartridges in host memory: mapped from their files or copied to pinned memory, least recently used go first.

On a machine without a GPU a mapped file is as near as host memory gets, so nothing is copied before the pool. With
one, a rank's share of the heads is copied once, into pinned memory that the device can read on its own.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from services.inference.linker.protocol import CartridgeFile, Resident
from services.inference.linker.shards import HeadShard


class HostFullError(Exception):
    """Cartridges held by requests, and pinned ones, leave no room for another."""


class UnreadableError(Exception):
    """A cartridge file is not what the agent said it is."""


@dataclass(frozen=True)
class HostCartridge:
    """Keys and values `[layers, kv_heads of the rank, p, head_dim]`."""

    keys: Tensor
    values: Tensor


@dataclass
class _Entry:
    tensors: HostCartridge
    size_bytes: int
    holders: int = 0
    pinned: bool = False
    last_used: float = field(default_factory=time.time)


class HostStore:
    """At most `budget_bytes` of cartridges. Safe to use from several threads."""

    def __init__(
        self, *, budget_bytes: int, shard: HeadShard, layers: int, head_dim: int, pin_memory: bool
    ) -> None:
        self.budget_bytes = budget_bytes
        self.evictions = 0
        self._shard = shard
        self._layers = layers
        self._head_dim = head_dim
        self._pin_memory = pin_memory
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # least recently used first
        self._lock = threading.Lock()

    def hold(self, files: Iterable[CartridgeFile]) -> list[str]:
        """Have every cartridge of `files` in memory and keep it there until `release`; digests read from disk.

        Raises `HostFullError` and `UnreadableError`, and then holds none of them.
        """
        held: list[str] = []
        from_disk: list[str] = []
        with self._lock:
            try:
                for file in files:
                    if self._ensure(file):
                        from_disk.append(file.digest)
                    self._entries[file.digest].holders += 1
                    held.append(file.digest)
            except BaseException:
                self._release(held)
                raise
        return from_disk

    def release(self, digests: Iterable[str]) -> None:
        """Give back one `hold` of each."""
        with self._lock:
            self._release(digests)

    def pin(self, file: CartridgeFile, *, pinned: bool) -> None:
        """Keep a cartridge whatever wants room, or no longer. Raises as `hold` does."""
        with self._lock:
            if pinned:
                self._ensure(file)
            if file.digest in self._entries:
                self._entries[file.digest].pinned = pinned

    def drop(self, digest: str) -> None:
        """Forget a cartridge, pinned or not, unless a request holds it: then it may go once it is released."""
        with self._lock:
            entry = self._entries.get(digest)
            if entry is None:
                return
            entry.pinned = False
            if entry.holders == 0:
                del self._entries[digest]
            else:
                self._entries.move_to_end(digest, last=False)

    def get(self, digest: str) -> HostCartridge | None:
        """The tensors of a cartridge in memory."""
        with self._lock:
            entry = self._entries.get(digest)
            return None if entry is None else entry.tensors

    @property
    def used_bytes(self) -> int:
        return sum(entry.size_bytes for entry in list(self._entries.values()))

    def residents(self) -> list[Resident]:
        """What is in memory, least recently used first."""
        with self._lock:
            return [
                Resident(
                    digest=digest,
                    size_bytes=entry.size_bytes,
                    holders=entry.holders,
                    pinned=entry.pinned,
                    last_used=entry.last_used,
                )
                for digest, entry in self._entries.items()
            ]

    def _ensure(self, file: CartridgeFile) -> bool:
        """Whether the cartridge had to be read."""
        entry = self._entries.get(file.digest)
        if entry is not None:
            entry.last_used = time.time()
            self._entries.move_to_end(file.digest)
            return False
        self._make_room(file.size_bytes)
        self._entries[file.digest] = _Entry(self._read(file), file.size_bytes)
        return True

    def _make_room(self, size_bytes: int) -> None:
        room = self.budget_bytes - self.used_bytes
        idle = [digest for digest, entry in self._entries.items() if not entry.holders and not entry.pinned]
        if room + sum(self._entries[digest].size_bytes for digest in idle) < size_bytes:
            raise HostFullError(
                f"{size_bytes} bytes do not fit: of {self.budget_bytes} bytes for cartridges, those in use and "
                "pinned ones leave too few"
            )
        for digest in idle:
            if room >= size_bytes:
                return
            room += self._entries.pop(digest).size_bytes
            self.evictions += 1

    def _read(self, file: CartridgeFile) -> HostCartridge:
        path = Path(file.path)
        try:
            # The tensors stay views of the mapping, which lives as long as they do, whatever becomes of the file.
            with safe_open(path, framework="pt") as opened:
                whole = [opened.get_tensor(name) for name in ("keys", "values")]
        except (SafetensorError, OSError) as error:
            raise UnreadableError(f"{path.name} cannot be read: {error}") from error
        for tensor in whole:
            layers, heads, _, head_dim = tensor.shape
            if (layers, heads, head_dim) != (self._layers, self._shard.heads, self._head_dim):
                raise UnreadableError(
                    f"{path.name} has {layers} layers, {heads} KV heads of {head_dim}; the model here has "
                    f"{self._layers}, {self._shard.heads} of {self._head_dim}"
                )
        keys, values = (self._place(tensor[:, self._shard.first : self._shard.stop]) for tensor in whole)
        return HostCartridge(keys, values)

    def _place(self, tensor: Tensor) -> Tensor:
        if not self._pin_memory:
            return tensor
        return torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True).copy_(tensor)

    def _release(self, digests: Iterable[str]) -> None:
        for digest in digests:
            entry = self._entries[digest]
            entry.holders -= 1
            entry.last_used = time.time()
