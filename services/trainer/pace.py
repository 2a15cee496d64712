"""Lets progress through at a bounded rate, so that a fast loop does not fill the events table."""

import time
from collections.abc import Callable


class Pace:
    """Says yes at most once in `seconds`; the caller lets the last one through by itself."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._last: float | None = None

    def allows(self) -> bool:
        """Whether enough time has passed since the last yes."""
        now = self._now()
        if self._last is not None and now - self._last < self._seconds:
            return False
        self._last = now
        return True
