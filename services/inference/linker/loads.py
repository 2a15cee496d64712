"""The linker's part in a request: what can be restored, which loads are queued, which batches landed.

Whatever keeps a request from its cartridge fails its load, and SGLang aborts a request whose load failed. The other
ways to answer "not here" would let SGLang compute an answer without the cartridge.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from services.inference.linker.compositions import Compositions, Poisoned
from services.inference.linker.loading import LayerCounter, Load, Loader
from services.inference.linker.protocol import composition_of

log = logging.getLogger(__name__)

NOTHING_QUEUED = -1


@dataclass(frozen=True)
class _Batch:
    loads: tuple[Load, ...]
    failed: bool


class Loads:
    """Belongs to the scheduler's thread. Counters may be read from any."""

    def __init__(self, compositions: Compositions, loader: Loader, counter: LayerCounter) -> None:
        self.landed = 0
        self.landed_bytes = 0
        self.failed = 0
        self._compositions = compositions
        self._loader = loader
        self._counter = counter
        self._queued: dict[str, Load | None] = {}  # None: this load is to fail
        self._batches: dict[int, _Batch] = {}
        self._last_index = NOTHING_QUEUED

    def lookup(self, rid: str, tail: Sequence[str]) -> list[int]:
        """How many pages of `tail`, the hashes of what a request lacks, can be restored: all of its cartridges or none."""
        name = composition_of(rid)
        if name is None:
            return []
        try:
            missing = self._compositions.find(rid, name, tail)
        except Poisoned:
            return [len(tail)]  # promised, so that `queue` can fail it
        return [] if missing is None else [missing.pages]

    def queue(self, rid: str, tail: Sequence[str], slots: Tensor) -> None:
        """Take what `lookup` promised into the next batch, to be copied to `slots` `[pages * page_size]`."""
        self._queued[rid] = self._load_of(rid, tail, slots)

    def start(self) -> int:
        """Copy all that is queued; the batch's index for `finish`, `NOTHING_QUEUED` when nothing is."""
        self._compositions.next_batch()
        if not self._queued:
            return NOTHING_QUEUED
        queued, self._queued = self._queued, {}
        loads = tuple(load for load in queued.values() if load is not None)
        failed = len(loads) < len(queued)
        self._last_index += 1
        if not failed:
            try:
                self._loader.copy(loads, self._counter.begin(self._last_index))
            except Exception:
                log.exception("cartridges could not be copied to the device")
                failed = True
        self._batches[self._last_index] = _Batch(loads, failed)
        return self._last_index

    def finish(self, index: int) -> bool:
        """Wait for a batch; whether all of it has landed."""
        batch = self._batches.pop(index, None)
        if batch is None:
            return True
        try:
            self._counter.finish(index)
        except RuntimeError:
            log.exception("cartridges did not reach the device")
            batch = _Batch(batch.loads, failed=True)
        if batch.failed:
            self.failed += len(batch.loads) or 1
            return False
        for load in batch.loads:
            self._compositions.landed(load.missing.composition)
        self.landed += len(batch.loads)
        self.landed_bytes += sum(self._loader.size_bytes(load) for load in batch.loads)
        return True

    def cancel(self, rid: str) -> bool:
        """Take a load back that has not been started; whether there was one."""
        return self._queued.pop(rid, self) is not self

    def reset(self) -> None:
        """Wait for what is under way and forget what SGLang's cache held."""
        self._queued.clear()
        self._counter.reset()
        self._batches.clear()
        self._compositions.forget_device()

    def _load_of(self, rid: str, tail: Sequence[str], slots: Tensor) -> Load | None:
        try:
            # `lookup` promises nothing to requests without cartridges, so there is a name.
            missing = self._compositions.find(rid, composition_of(rid) or "", tail)
        except Poisoned as error:
            log.error("request %s is aborted: %s", rid, error)  # noqa: TRY400 - the message says it all
            return None
        if missing is None or missing.pages != len(tail):
            log.error("request %s is aborted: its composition became known while it waited", rid)
            return None
        return Load(missing, slots)
