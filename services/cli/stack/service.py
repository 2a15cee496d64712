"""What a supervised service is: how it starts, how one sees that it is well, how it stops."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ServiceState = Literal["starting", "healthy", "unhealthy", "restarting", "stopped", "failed"]


@dataclass(frozen=True)
class ServiceSpec:
    """One process of the stack.

    `check` returns when the service is well and raises when it is not; `ready`, where it asks more,
    is what the start waits for.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    check: Callable[[], None]
    ready: Callable[[], None] | None = None
    tier: int = 0
    """Services of a higher tier use those of a lower one, so they are stopped before them."""
    endpoint: str = ""
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 10.0
    """Seconds the service has to stop by itself before it is killed."""
    check_every: float = 2.0
    hung_after: float = 120.0
    """Seconds of failing checks after which a process that still lives is restarted."""
    start_within: float = 120.0
    """The same for a process that has not been well yet."""


class ServiceFailedError(RuntimeError):
    """A service did not come up. The message ends with the last lines of its log."""

    code = "service_failed"

    def __init__(self, name: str, reason: str, log: Path) -> None:
        super().__init__(f"{name} {reason}; its log is {log}\n{_tail(log)}".rstrip())
        self.name = name
        self.log = log


@dataclass
class ServiceStatus:
    """What the supervisor knows about a service now."""

    name: str
    state: ServiceState = "stopped"
    pid: int | None = None
    started: float | None = None
    restarts: int = 0
    endpoint: str = ""
    last_error: str = ""
    log: Path = field(default_factory=Path)


def _tail(log: Path, lines: int = 15) -> str:
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
