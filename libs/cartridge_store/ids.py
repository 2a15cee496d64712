"""Ids: a readable prefix and a UUIDv7 in Crockford's base 32, so that ids sort by the time they were made."""

import os
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
_lock = threading.Lock()
_last_milliseconds = 0


def new_id(prefix: str) -> str:
    """`prefix_` and 26 characters; later ids of one process are greater."""
    global _last_milliseconds  # noqa: PLW0603 - the clock of this process
    with _lock:
        _last_milliseconds = max(_last_milliseconds + 1, time.time_ns() // 1_000_000)
        milliseconds = _last_milliseconds
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76  # version 7
    value = value & ~(0x3 << 62) | 0x2 << 62  # RFC 9562 variant
    return f"{prefix}_" + "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH)))
