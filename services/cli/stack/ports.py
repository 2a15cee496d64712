"""Chooses loopback ports: last time's when free, else the usual one, else any."""

import json
import random
import socket
from contextlib import suppress
from pathlib import Path

HOST = "127.0.0.1"

# Below the range kernels hand out for outgoing connections, so that nobody's client socket
# takes a port between our choosing it and the server's binding it.
_CANDIDATES = range(15_000, 32_000)


class NoFreePortError(RuntimeError):
    """No port could be bound on the loopback address."""

    code = "no_free_port"


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set SO_REUSEADDR themselves; without it a port in TIME_WAIT would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class PortChooser:
    """Hands out a port per name: free now, handed out to nobody before, and if possible last time's.

    With `prefer_usual=False` the usual ports are left alone, which is what stacks in tests want:
    two of them started in the same second would both see the usual port free.
    """

    def __init__(self, memory: Path, *, prefer_usual: bool = True) -> None:
        self._memory = memory
        self._prefer_usual = prefer_usual
        self._given: dict[str, int] = {}
        self._last: dict[str, int] = {}
        # Only a preference: a damaged memory costs a port's number, not a start.
        with suppress(OSError, ValueError):
            self._last = json.loads(memory.read_text(encoding="utf-8"))

    def choose(self, name: str, usual: int | None = None) -> int:
        """A free port for the part called `name`. Raises NoFreePortError."""
        preferred = [self._last.get(name), usual if self._prefer_usual else None]
        anywhere = (random.choice(_CANDIDATES) for _ in range(500))
        for port in (*(port for port in preferred if port is not None), *anywhere):
            if port not in self._given.values() and is_free(port):
                self._given[name] = port
                return port
        raise NoFreePortError("No loopback port is free between 15000 and 31999.")

    def forget(self) -> None:
        """Forgets last time's ports, after one of them turned out to be taken."""
        self._memory.unlink(missing_ok=True)

    def remember(self) -> None:
        """Keeps the ports for the next start."""
        self._memory.write_text(json.dumps(self._given), encoding="utf-8")
