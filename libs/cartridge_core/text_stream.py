"""Token ids in, text out as soon as it is final: whole characters only, and nothing of a stop string."""

from collections.abc import Callable, Sequence

# A tokenizer may need some ids before the current one to put spaces right.
_CONTEXT_IDS = 4
_UNFINISHED = "\ufffd"


class TextStream:
    """Incremental decoding of one row."""

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: tuple[str, ...] = ()) -> None:
        self._decode = decode
        self._stop = stop
        self._ids: list[int] = []
        self._read = 0  # ids whose text is in _held or was given out
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """Text that is final now; sets `stopped` when a stop string is complete."""
        self._ids.append(token)
        start = max(0, self._read - _CONTEXT_IDS)
        before = self._decode(self._ids[start : self._read])
        now = self._decode(self._ids[start:])
        if now.endswith(_UNFINISHED):
            return ""
        self._held += now[len(before) :]
        self._read = len(self._ids)
        places = [place for stop in self._stop if (place := self._held.find(stop)) >= 0]
        if places:
            self.stopped = True
            self._held = self._held[: min(places)]
            return self._give(len(self._held))
        return self._give(len(self._held) - self._possible_stop())

    def flush(self) -> str:
        """What was held back, when no more ids come."""
        if self.stopped:
            return ""
        start = max(0, self._read - _CONTEXT_IDS)
        before = self._decode(self._ids[start : self._read])
        self._held += self._decode(self._ids[start:])[len(before) :]
        self._read = len(self._ids)
        return self._give(len(self._held))

    def _give(self, count: int) -> str:
        text, self._held = self._held[:count], self._held[count:]
        return text

    def _possible_stop(self) -> int:
        """Length of the longest end of the held text that could be the beginning of a stop string."""
        longest = max((len(stop) for stop in self._stop), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stop):
                return length
        return 0
