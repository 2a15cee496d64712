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
    """A cartridge in memory, or on its way there by the thread that made the entry."""

    size_bytes: int
    tensors: HostCartridge | None = None
    error: UnreadableError | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    holders: int = 0
    pinned: bool = False
    last_used: float = field(default_factory=time.time)

    def await_tensors(self) -> None:
        """Return once they are there. Raises what kept them away."""
        self.ready.wait()
        if self.error is not None:
            raise self.error


class HostStore:
    """At most `budget_bytes` of cartridges. Safe to use from several threads; none waits for another's disk."""

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
        held: list[_Entry] = []
        to_read: list[tuple[CartridgeFile, _Entry]] = []
        try:
            with self._lock:
                for file in files:
                    entry, is_new = self._enter(file)
                    held.append(entry)
                    if is_new:
                        to_read.append((file, entry))
            for file, entry in to_read:
                entry.tensors = self._read(file)
                entry.ready.set()
            for entry in held:
                entry.await_tensors()
        except BaseException:
            self._give_up(held, to_read)
            raise
        return [file.digest for file, _ in to_read]

    def release(self, digests: Iterable[str]) -> None:
        """Give back one `hold` of each."""
        with self._lock:
            for digest in digests:
                entry = self._entries.get(digest)
                if entry is not None:
                    entry.holders -= 1
                    entry.last_used = time.time()

    def pin(self, file: CartridgeFile, *, pinned: bool) -> None:
        """Keep a cartridge whatever wants room, or no longer. Raises as `hold` does."""
        if pinned:
            self.hold([file])
        with self._lock:
            entry = self._entries.get(file.digest)
            if entry is not None:
                entry.pinned = pinned
        if pinned:
            self.release([file.digest])

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
        """The tensors of a cartridge in memory. Takes no lock: the scheduler calls it."""
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

    def _enter(self, file: CartridgeFile) -> tuple[_Entry, bool]:
        """The cartridge's entry with one holder more, and whether it is now this thread's to read."""
        entry = self._entries.get(file.digest)
        if entry is not None:
            entry.holders += 1
            entry.last_used = time.time()
            self._entries.move_to_end(file.digest)
            return entry, False
        self._make_room(file.size_bytes)
        entry = self._entries[file.digest] = _Entry(file.size_bytes, holders=1)
        return entry, True

    def _give_up(self, held: Iterable[_Entry], to_read: Iterable[tuple[CartridgeFile, _Entry]]) -> None:
        """Release `held`, take out what this thread was to read and has not, and tell those who wait for it."""
        with self._lock:
            for entry in held:
                entry.holders -= 1
            for file, entry in to_read:
                if entry.tensors is None:
                    del self._entries[file.digest]
                    entry.error = UnreadableError(f"cartridge {file.digest} could not be read")
                    entry.ready.set()

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
