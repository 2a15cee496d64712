"""One thread that owns a `ContinuousBatch`: requests join between decode steps, answers leave as events.

Other work on the model, an errand, is done between decode steps as well, one errand at a time.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any, Generic, TypeVar

import structlog

from cartridge_core.errors import CartridgeError
from cartridge_core.generation import ContinuousBatch, GenerationRequest, TokenEvent
from services.inference.errors import BusyError, EngineFailedError, EngineNotReadyError
from services.inference.metrics import InferenceMetrics

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class _Ticket:
    """One request on its way through the thread; its events arrive in the event loop that submitted it."""

    def __init__(self, request: GenerationRequest) -> None:
        self.request = request
        self.cancelled = False
        self.row_id: int | None = None
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[TokenEvent | Exception] = asyncio.Queue()

    def deliver(self, event: TokenEvent | Exception) -> None:
        """Hand an event over from the batch's thread."""
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def next_event(self) -> TokenEvent:
        event = await self._events.get()
        if isinstance(event, Exception):
            raise event
        return event


class _Errand(Generic[Result]):
    """Work that a coroutine waits for while the thread does it."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Result] = self._loop.create_future()

    def run(self) -> None:
        """Do the work and hand its result, or its failure, over from the batch's thread."""
        try:
            result = self._work()
        except CartridgeError as error:
            self.fail(error)
        except Exception:
            log.exception("errand_failed")
            self.fail(EngineFailedError("the engine failed while it read the prompt"))
        else:
            self._loop.call_soon_threadsafe(self._end, lambda: self.done.set_result(result))

    def fail(self, error: Exception) -> None:
        self._loop.call_soon_threadsafe(self._end, lambda: self.done.set_exception(error))

    def _end(self, how: Callable[[], None]) -> None:
        if not self.done.done():  # whoever has left cancelled it
            how()


class BatchThread:
    """Decodes up to `max_rows` requests together and lets `max_waiting` more wait for a row."""

    def __init__(
        self, new_batch: Callable[[], ContinuousBatch], *, max_waiting: int, metrics: InferenceMetrics
    ) -> None:  # fmt: skip
        self._new_batch = new_batch
        self._batch = new_batch()
        self._max_waiting = max_waiting
        self._metrics = metrics
        self._changed = threading.Condition()
        # Guarded by `_changed`; everything else belongs to the thread.
        self._waiting: deque[_Ticket] = deque()
        self._errands: deque[_Errand[Any]] = deque()
        self._on_errand = 0
        self._cancelled: list[_Ticket] = []
        self._closing = False
        self._aborting = False
        self._running: dict[int, _Ticket] = {}
        self._thread = threading.Thread(target=self._run, name="batch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[TokenEvent]:
        """The events of one request. Closing the generator frees its row before the next decode step.

        Raises `BusyError` when the queue is full, `EngineNotReadyError` once `drain` was called,
        `CartridgeError` when the batch refuses the request, `EngineFailedError` on a fault of the engine.
        """
        ticket = self._submit(request)
        finished = False
        try:
            while not finished:
                event = await ticket.next_event()
                finished = event.finish_reason is not None
                yield event
        finally:
            if not finished:
                self._cancel(ticket)

    async def run(self, work: Callable[[], Result], *, admitted: bool = False) -> Result:
        """What `work` returns, done by the thread between two decode steps. Raises as `generate` does.

        `admitted`: it goes on with what was let in already, and is not refused for want of room.
        """
        errand = _Errand(work)
        with self._changed:
            self._require_room(admitted=admitted)
            self._errands.append(errand)
            self._show_waiting()
            self._changed.notify()
        try:
            return await errand.done
        finally:
            with self._changed:
                if errand in self._errands:
                    self._errands.remove(errand)
                    self._show_waiting()

    @property
    def counts(self) -> tuple[int, int]:
        """How many requests hold a row or are being read, and how many wait for that."""
        with self._changed:
            # `_running` belongs to the thread; its length alone is safe to read here.
            return len(self._running) + self._on_errand, len(self._waiting) + len(self._errands)

    def drain(self, seconds: float) -> None:
        """Take no more requests, let those at hand finish for `seconds`, fail the rest, end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        with self._changed:
            self._aborting = True
            self._changed.notify()
        self._thread.join()

    def _submit(self, request: GenerationRequest) -> _Ticket:
        with self._changed:
            self._require_room()
            ticket = _Ticket(request)
            self._waiting.append(ticket)
            self._show_waiting()
            self._changed.notify()
        return ticket

    def _require_room(self, *, admitted: bool = False) -> None:
        """Raise `EngineNotReadyError` when the server stops, `BusyError` when too much waits already."""
        if self._closing:
            raise EngineNotReadyError("the server is stopping")
        waiting = len(self._waiting) + len(self._errands)
        if waiting >= self._max_waiting and not admitted:
            raise BusyError(f"{waiting} requests are waiting already")

    def _show_waiting(self) -> None:
        self._metrics.waiting.set(len(self._waiting) + len(self._errands))

    def _cancel(self, ticket: _Ticket) -> None:
        with self._changed:
            ticket.cancelled = True
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                self._show_waiting()
            else:
                self._cancelled.append(ticket)
            self._changed.notify()

    def _run(self) -> None:
        while self._await_work():
            self._drop_cancelled()
            self._admit_waiting()
            self._do_errand()
            self._decode_step()
        self._fail_running(EngineNotReadyError("the server stopped before the answer was complete"))

    def _await_work(self) -> bool:
        """Block until there is something to do; false when the thread is to end."""
        with self._changed:
            while not (self._waiting or self._errands or self._cancelled or self._running or self._closing):
                self._changed.wait()
            if self._aborting:
                for ticket in self._waiting:
                    ticket.deliver(EngineNotReadyError("the server is stopping"))
                for errand in self._errands:
                    errand.fail(EngineNotReadyError("the server is stopping"))
                self._waiting.clear()
                self._errands.clear()
                return False
            return bool(self._waiting or self._errands or self._running) or not self._closing

    def _drop_cancelled(self) -> None:
        with self._changed:
            dropped, self._cancelled = self._cancelled, []
        for ticket in dropped:
            # A ticket whose request was refused or has finished meanwhile holds no row.
            if ticket.row_id is not None and self._running.get(ticket.row_id) is ticket:
                del self._running[ticket.row_id]
                self._batch.cancel(ticket.row_id)

    def _admit_waiting(self) -> None:
        while self._batch.has_room:
            with self._changed:
                if not self._waiting:
                    return
                ticket = self._waiting.popleft()
                self._show_waiting()
            try:
                ticket.row_id = self._batch.add(ticket.request)
            except CartridgeError as error:
                ticket.deliver(error)
            except Exception:
                log.exception("admission_failed")
                ticket.deliver(EngineFailedError("the engine could not take the request"))
            else:
                self._running[ticket.row_id] = ticket

    def _do_errand(self) -> None:
        with self._changed:
            if not self._errands:
                return
            errand = self._errands.popleft()
            self._on_errand = 1
            self._show_waiting()
        errand.run()
        with self._changed:
            self._on_errand = 0

    def _decode_step(self) -> None:
        self._metrics.rows.set(len(self._running))
        if not self._running:
            return
        try:
            events = self._batch.step()
        except Exception:
            # The batch's state is unknown now: start over rather than answer from it.
            log.exception("decode_step_failed", rows=len(self._running))
            self._fail_running(EngineFailedError("the engine failed while it decoded the answer"))
            self._batch = self._new_batch()
            return
        for event in events:
            ticket = self._running.get(event.row_id)
            if ticket is None:
                continue
            if event.finish_reason is not None:
                del self._running[event.row_id]
            ticket.deliver(event)

    def _fail_running(self, error: Exception) -> None:
        for ticket in self._running.values():
            ticket.deliver(error)
        self._running.clear()
        self._metrics.rows.set(0)
