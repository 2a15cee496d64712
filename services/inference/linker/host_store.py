"""Cartridges in host memory: mapped from their files or copied to pinned memory, least recently used go first.

On a machine without a GPU a mapped file is as near as host memory gets, so nothing is copied before the pool. With
one, a rank's share of the heads is copied once, into pinned memory that the device can read on its own.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from services.inference.linker.protocol import CartridgeFile, Resident
from services.inference.linker.shards import HeadShard


class HostFullError(Exception):
    """Cartridges held by requests, and pinned ones, leave no room for others; or, `for_ever`, the budget does not."""

    def __init__(self, detail: str, *, for_ever: bool = False) -> None:
        super().__init__(detail)
        self.for_ever = for_ever


class UnreadableError(Exception):
    """A cartridge file is not what the agent said it is."""


@dataclass(frozen=True)
class HostCartridge:
    """Keys and values `[layers, p, kv_heads of the rank, head_dim]`, a pool's own order."""

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

    def read(self, reader: Callable[[CartridgeFile], HostCartridge], file: CartridgeFile) -> None:
        """Fill the entry, or say in `error` why it cannot be."""
        try:
            self.tensors = reader(file)
        except UnreadableError as error:
            self.error = error
        self.ready.set()

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
        with self._lock:
            wanted = {file.digest: file for file in files}
            self._make_room_for(wanted)
            for file in wanted.values():
                entry, is_new = self._enter(file)
                held.append(entry)
                if is_new:
                    to_read.append((file, entry))
        try:
            # All are read even when one cannot be: other requests may wait for the rest.
            for file, entry in to_read:
                entry.read(self._read, file)
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
        entry = self._entries[file.digest] = _Entry(self._cost(file), holders=1)
        return entry, True

    def _give_up(self, held: Iterable[_Entry], to_read: Iterable[tuple[CartridgeFile, _Entry]]) -> None:
        """Release `held`, and take out what this thread was to read and could not."""
        with self._lock:
            for entry in held:
                entry.holders -= 1
            for file, entry in to_read:
                if entry.tensors is None:
                    del self._entries[file.digest]
                    if not entry.ready.is_set():
                        entry.error = UnreadableError(f"cartridge {file.digest} was given up")
                        entry.ready.set()

    def _make_room_for(self, wanted: Mapping[str, CartridgeFile]) -> None:
        """Evict what it takes to have all of `wanted` in memory, or nothing. Raises `HostFullError`."""
        total = sum(self._cost(file) for file in wanted.values())
        if total > self.budget_bytes:
            raise HostFullError(
                f"the request's cartridges take {total} bytes; of host memory, {self.budget_bytes} are for cartridges",
                for_ever=True,
            )
        needed = sum(self._cost(file) for digest, file in wanted.items() if digest not in self._entries)
        room = self.budget_bytes - self.used_bytes
        idle = [
            digest
            for digest, entry in self._entries.items()
            if not entry.holders and not entry.pinned and digest not in wanted
        ]
        if room + sum(self._entries[digest].size_bytes for digest in idle) < needed:
            raise HostFullError(
                f"{needed} bytes do not fit: of {self.budget_bytes} bytes for cartridges, those in use and pinned "
                "ones leave too few"
            )
        for digest in idle:
            if room >= needed:
                return
            room += self._entries.pop(digest).size_bytes
            self.evictions += 1

    def _cost(self, file: CartridgeFile) -> int:
        """Bytes of this rank's heads, as they are allocated."""
        share = file.size_bytes * self._shard.count // self._shard.heads
        if not self._pin_memory:
            return share
        # Pinned memory comes in powers of two; keys and values are one block each.
        return 2 * (1 << max(0, share // 2 - 1).bit_length())

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
        """`[layers, kv_heads, p, head_dim]` in a pool's order: any columns of a layer are then one run of memory."""
        ordered = tensor.transpose(1, 2)
        if not self._pin_memory:
            return ordered
        return torch.empty(ordered.shape, dtype=ordered.dtype, pin_memory=True).copy_(ordered)
