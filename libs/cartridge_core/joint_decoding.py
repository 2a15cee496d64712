"""Rows of several jobs decoded in one batch: a job that asks for few rows at a time shares its steps with others.

Reading the weights costs the same for eight rows as for sixty. Jobs that synthesize at the same time on one model
therefore hand their requests to one place, where whatever there is room for is decoded together.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from cartridge_core.computing_thread import ComputingThread
from cartridge_core.generation import (
    ContinuousBatch,
    GeneratedRow,
    GenerationRequest,
    TokenEvent,
    by_context,
)
from cartridge_core.models import Model
from cartridge_core.shared_contexts import SharedContexts

_LOOK_SECONDS = 0.2


@dataclass(eq=False)
class _Asked:
    """One job's requests, and how far they are; to be looked at under the meeting place's lock."""

    requests: Sequence[GenerationRequest]
    waiting: deque[int]  # indices of requests that are in no batch yet
    rows: list[GeneratedRow]
    places: dict[int, int] = field(default_factory=dict)  # from ids in the batch to indices
    tokens: int = 0
    told: int = 0
    left: bool = False
    error: Exception | None = None

    @property
    def finished(self) -> bool:
        return self.error is not None or not (self.waiting or self.places)


class JointDecoding:
    """Where jobs of one model meet to decode, `max_rows` rows at a time.

    `computing`: the thread in which others compute on the same device.
    """

    def __init__(self, model: Model, max_rows: int, computing: ComputingThread | None = None) -> None:
        self._model = model
        self._computing = computing or ComputingThread()
        self._max_rows = max_rows
        self._contexts = SharedContexts(model)
        self._batch = ContinuousBatch(model, max_rows, contexts=self._contexts)
        self._change = threading.Condition()
        self._asked: OrderedDict[int, _Asked] = OrderedDict()
        self._driven = False

    def decode(
        self,
        requests: Sequence[GenerationRequest],
        *,
        on_tokens: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> list[GeneratedRow]:
        """A `Decoder`'s, for any number of threads at once. Raises what decoding raised for a batch with these rows."""
        asked = _Asked(requests, deque(by_context(requests)), [GeneratedRow() for _ in requests])
        with self._entered(asked):
            finished = False
            while not finished and not should_stop():
                if self._takes_over():
                    try:
                        self._step()
                    finally:
                        self._let_go()
                tokens, finished = self._news(asked)
                if tokens:
                    on_tokens(tokens)
        return asked.rows

    @contextmanager
    def _entered(self, asked: _Asked) -> Iterator[None]:
        with self._change:
            self._asked[id(asked)] = asked
        try:
            yield
        finally:
            with self._change:
                asked.left = True
                if not asked.places:
                    self._asked.pop(id(asked), None)

    def _news(self, asked: _Asked) -> tuple[int, bool]:
        """Tokens made since the last call, and whether these were all; waits for them while another thread drives."""
        with self._change:
            self._change.wait_for(
                lambda: asked.finished or asked.tokens > asked.told or not self._driven, _LOOK_SECONDS
            )
            if asked.error is not None:
                raise asked.error
            tokens, asked.told = asked.tokens - asked.told, asked.tokens
            return tokens, asked.finished

    def _takes_over(self) -> bool:
        """Whether the calling thread makes the next step: one does at a time."""
        with self._change:
            if self._driven:
                return False
            self._driven = True
            return True

    def _let_go(self) -> None:
        with self._change:
            self._driven = False
            self._change.notify_all()

    def _step(self) -> None:
        """One step of the batch, for all who have rows in it."""
        with self._change:
            self._remove_those_who_left()
            self._fill()
        try:
            events = self._computing.run(self._batch.step)
        except Exception as error:  # noqa: BLE001 - told to all whose rows it was about
            self._give_up(error)
            return
        with self._change:
            self._deal_out(events)

    def _remove_those_who_left(self) -> None:
        for key, asked in list(self._asked.items()):
            if asked.left:
                for row_id in asked.places:
                    self._batch.cancel(row_id)
                del self._asked[key]

    def _fill(self) -> None:
        """Requests into the batch while there is room: in turns between jobs, so that none waits for all of another's."""
        while self._batch.has_room:
            asked = next((each for each in self._asked.values() if each.waiting and not each.error), None)
            if asked is None:
                return
            self._asked.move_to_end(id(asked))
            # A whole group at a time: those after one context are to be in the batch together.
            context = asked.requests[asked.waiting[0]].context_ids
            while (
                self._batch.has_room
                and asked.waiting
                and asked.requests[asked.waiting[0]].context_ids == context
            ):
                index = asked.waiting.popleft()
                try:
                    asked.places[self._batch.add(asked.requests[index])] = index
                except Exception as error:  # noqa: BLE001 - told to the one who asked for it
                    asked.error = error
                    asked.left = True
                    break

    def _deal_out(self, events: Sequence[TokenEvent]) -> None:
        owners = {row_id: asked for asked in self._asked.values() for row_id in asked.places}
        for event in events:
            asked = owners[event.row_id]
            asked.rows[asked.places[event.row_id]].take(event)
            asked.tokens += 1
            if event.finish_reason is not None:
                del asked.places[event.row_id]

    def _give_up(self, error: Exception) -> None:
        """The batch cannot be gone on with: a new one takes its place, and whoever had rows in it is told."""
        self._batch = ContinuousBatch(self._model, self._max_rows, contexts=self._contexts)
        with self._change:
            for asked in self._asked.values():
                if asked.places:
                    asked.places.clear()
                    asked.error = error
