"""Follows a job's events over connections that may break: each new one goes on after the last event seen."""

import time
from collections.abc import Callable, Iterator

from httpx_sse import EventSource, SSEError
from pydantic import ValidationError

from cartridge_client.errors import ApiError, ApiUnreachableError, UnexpectedAnswerError
from cartridge_client.schemas import JobEvent
from cartridge_client.transport import Transport

# The server sends keepalive comments far more often than this.
_SILENCE_SECONDS = 60.0
_FIRST_PAUSE = 0.5
_LAST_PAUSE = 10.0
_TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})


def follow_events(
    transport: Transport,
    path: str,
    *,
    after: int,
    is_finished: Callable[[], bool],
    reconnect_for: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[JobEvent]:
    """Yields events in order, each once, until the job ended.

    Gives up with the last error when `reconnect_for` seconds of trying brought no new event.
    Raises ApiError, ApiUnreachableError, UnexpectedAnswerError.
    """
    last, pause = after, _FIRST_PAUSE
    failing_since: float | None = None
    while True:
        try:
            for event in _one_connection(transport, path, last):
                failing_since, pause = None, _FIRST_PAUSE
                if event.seq <= last:
                    continue
                last = event.seq
                yield event
                if event.terminal:
                    return
            # Ended without a word about the end: either all of it had been seen before, or it was cut.
            if is_finished():
                return
        except (ApiError, ApiUnreachableError) as error:
            if isinstance(error, ApiError) and error.status not in _TRANSIENT_STATUSES:
                raise
            now = time.monotonic()
            failing_since = failing_since or now
            if now - failing_since + pause > reconnect_for:
                raise
        sleep(pause)
        pause = min(pause * 2, _LAST_PAUSE)


def _one_connection(transport: Transport, path: str, last: int) -> Iterator[JobEvent]:
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if last:
        headers["Last-Event-ID"] = str(last)
    with transport.stream("GET", path, headers=headers, read_timeout=_SILENCE_SECONDS) as response:
        try:
            for message in EventSource(response).iter_sse():
                if message.data:
                    yield JobEvent(seq=int(message.id), type=message.event, data=message.json())
        except (SSEError, ValueError, ValidationError) as error:
            raise UnexpectedAnswerError(f"{transport.base_url}{path} sends no job events: {error}") from error
