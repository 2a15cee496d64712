"""Columns of cartridges into SGLang's device pool, layer by layer, beside the forward that waits for them."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cartridge_core.rotation import move_keys
from services.inference.linker.compositions import Composition, Missing
from services.inference.linker.host_store import HostCartridge, HostStore
from services.inference.linker.protocol import Segment

# A forward is over, and its loads with it, long before this many batches later.
_BATCHES_KEPT = 64


class NotHeldError(Exception):
    """A cartridge left host memory while a request needed it."""


@dataclass(frozen=True)
class DevicePool:
    """The buffers of one rank, layer by layer `[slots, kv_heads of the rank, head_dim]`."""

    keys: Sequence[Tensor]
    values: Sequence[Tensor]

    @property
    def device(self) -> torch.device:
        return self.keys[0].device

    @property
    def dtype(self) -> torch.dtype:
        return self.keys[0].dtype

    @property
    def layers(self) -> int:
        return len(self.keys)


@dataclass(frozen=True)
class Load:
    """What one request lacks, and the slots `[tokens]` it has been given for it."""

    missing: Missing
    slots: Tensor


@dataclass(frozen=True)
class Run:
    """Columns `source ..` of a cartridge for the places `target ..` of a load's slots."""

    segment: Segment
    source: int
    target: int
    tokens: int


def runs_of(composition: Composition, first_column: int, columns: int) -> list[Run]:
    """Which columns of which cartridge fill `columns` places from `first_column` on; what is left over is padding."""
    runs = []
    begin = 0  # of the segment, in columns of the composition
    for segment in composition.segments:
        start = max(begin, first_column)
        stop = min(begin + segment.tokens, first_column + columns)
        if start < stop:
            runs.append(Run(segment, segment.start + start - begin, start - first_column, stop - start))
        begin += segment.tokens
    return runs


class LayerCounter:
    """Lets a forward wait for each layer of the loads it depends on, as SGLang's pools ask before they read a layer.

    Events order work on the device, so waiting costs the host nothing; on the CPU everything is copied before the
    forward begins and there is nothing to wait for.
    """

    def __init__(self, num_layers: int) -> None:
        self.num_layers = num_layers
        self.consumer_index = -1
        self._events: dict[int, list[torch.cuda.Event]] = {}
        self._lock = threading.Lock()

    def set_consumer(self, index: int) -> None:
        self.consumer_index = index

    def wait_until(self, threshold: int) -> None:
        events = self._events.get(self.consumer_index)
        if events is not None and threshold < len(events):
            torch.cuda.current_stream().wait_event(events[threshold])

    def begin(self, index: int) -> list[torch.cuda.Event]:
        """The list that takes one event a layer of batch `index`."""
        with self._lock:
            for old in [known for known in self._events if known <= index - _BATCHES_KEPT]:
                del self._events[old]
            return self._events.setdefault(index, [])

    def finish(self, index: int) -> None:
        """Wait until every layer of a batch has been copied."""
        with self._lock:
            events = self._events.pop(index, [])
        for event in events:
            event.synchronize()

    def reset(self) -> None:
        with self._lock:
            indices = list(self._events)
        for index in indices:
            self.finish(index)
        self.consumer_index = -1


class Loader:
    """Copies loads into one rank's pool."""

    def __init__(
        self, pool: DevicePool, host: HostStore, page_size: int, forward_stream: "torch.cuda.Stream | None"
    ) -> None:
        self._pool = pool
        self._host = host
        self._page_size = page_size
        self._forward_stream = forward_stream
        self._stream = torch.cuda.Stream(pool.device) if pool.device.type == "cuda" else None
        self._frequencies: dict[tuple[float, ...], Tensor] = {}

    def copy(self, loads: Sequence[Load], events: "list[torch.cuda.Event]") -> None:
        """Copy all layers of `loads`; on CUDA queued on a stream of its own, an event a layer in `events`.

        Raises `NotHeldError`.
        """
        sources = [(load, self._sources(load)) for load in loads]
        if self._stream is None:
            for layer in range(self._pool.layers):
                self._copy_layer(layer, sources)
            return
        # Slots may have been freed by a request whose last forward still reads them.
        self._stream.wait_stream(torch.cuda.current_stream(self._pool.device))
        if self._forward_stream is not None:
            self._stream.wait_stream(self._forward_stream)
        for load in loads:
            load.slots.record_stream(self._stream)
        try:
            with torch.cuda.stream(self._stream):
                for layer in range(self._pool.layers):
                    self._copy_layer(layer, sources)
                    event = torch.cuda.Event()
                    event.record(self._stream)
                    events.append(event)
        except BaseException:
            # What is queued must not write to slots that the failed requests give back.
            self._stream.synchronize()
            raise

    def size_bytes(self, load: Load) -> int:
        """Bytes that a load writes to the pool."""
        row = self._pool.keys[0][0].nbytes + self._pool.values[0][0].nbytes
        return load.slots.numel() * row * self._pool.layers

    def _sources(self, load: Load) -> "list[_Source]":
        missing = load.missing
        composition = missing.composition
        frequencies = self._frequencies_of(composition)
        sources = []
        for run in runs_of(composition, missing.first * self._page_size, load.slots.numel()):
            cartridge = self._host.get(run.segment.digest)
            if cartridge is None:
                raise NotHeldError(f"cartridge {run.segment.digest} is not in host memory")
            place = load.slots[run.target : run.target + run.tokens]
            sources.append(_Source(run, cartridge, frequencies, _place_of(place)))
        return sources

    def _frequencies_of(self, composition: Composition) -> Tensor:
        """On the device, made once: they belong to the model, and work on another stream reads them later."""
        values = composition.inverse_frequencies
        if values not in self._frequencies:
            self._frequencies[values] = torch.tensor(values, device=self._pool.device)
        return self._frequencies[values]

    def _copy_layer(self, layer: int, sources: "Sequence[tuple[Load, list[_Source]]]") -> None:
        keys, values = self._pool.keys[layer], self._pool.values[layer]
        for load, runs in sources:
            filled = 0
            for source in runs:
                run = source.run
                columns = slice(run.source, run.source + run.tokens)
                key_rows = source.cartridge.keys[layer, columns].to(self._pool.device, non_blocking=True)
                value_rows = source.cartridge.values[layer, columns].to(self._pool.device, non_blocking=True)
                key_rows = move_keys(key_rows, run.segment.distance, source.inverse_frequencies)
                _put(keys, source.place, key_rows)
                _put(values, source.place, value_rows)
                filled = run.target + run.tokens
            if filled < load.slots.numel():
                keys[load.slots[filled:]] = 0
                values[load.slots[filled:]] = 0


@dataclass(frozen=True)
class _Source:
    run: Run
    cartridge: HostCartridge
    inverse_frequencies: Tensor
    place: Tensor | slice


def _place_of(slots: Tensor) -> Tensor | slice:
    """`slots` `[tokens]` as a slice where they are neighbours, as in a pool with room: that copies faster than by index.

    On CUDA they stay as they are, since looking at them would wait for the device.
    """
    if slots.device.type == "cuda" or not bool((slots.diff() == 1).all()):
        return slots
    return slice(int(slots[0]), int(slots[-1]) + 1)


def _put(buffer: Tensor, place: Tensor | slice, rows: Tensor) -> None:
    """Write `rows` `[tokens, kv_heads, head_dim]` to their place in `buffer` `[slots, kv_heads, head_dim]`."""
    if isinstance(place, slice):
        buffer[place].copy_(rows)
    else:
        buffer.index_copy_(0, place, rows.to(buffer.dtype))
