"""Processes that are killed, paused and started again."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import psutil

from services.cli.stack.process import ManagedProcess
from services.cli.stack.service import ServiceSpec

START_SECONDS = 90.0


@dataclass
class Part:
    """A service of the platform; `well` is asked after a start, where there is a door to knock at."""

    spec: ServiceSpec
    well: Callable[[], None] | None = None
    _process: ManagedProcess | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def died(self) -> bool:
        """Whether it has ended though nobody asked it to."""
        return self._process is not None and not self._process.alive

    @property
    def pids(self) -> list[int]:
        """The process and those that it forked."""
        if self._process is None or not self._process.alive:
            return []
        pid = self._process.identity.pid
        with suppress(psutil.NoSuchProcess):
            return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        return []

    def start(self, **environment: str) -> None:
        """Start it, with more settings than it always has, and wait until it is well. May be called of one that runs."""
        deadline = time.monotonic() + START_SECONDS
        spec = replace(self.spec, environment={**self.spec.environment, **environment})
        while True:
            if self._process is None or not self._process.alive:
                # A server that was killed may leave children, or a socket, that its successor has to wait for.
                self._process = ManagedProcess(spec)
            if self.well is None:
                return
            try:
                self.well()
            except Exception:  # whatever a server says while it starts
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """SIGKILL for the process and all that it forked."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.stop()  # it is dead: only its body is fetched

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it forked."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self) -> float:
        """Ask it to stop; the seconds that it took."""
        began = time.monotonic()
        if self._process is not None:
            self.signal(signal.SIGCONT)
            self._process.stop()
        return time.monotonic() - began


def with_settings(spec: ServiceSpec, name: str, settings: Mapping[str, str]) -> ServiceSpec:
    """The same service under another name, with a log of its own and these settings."""
    return replace(
        spec, name=name, log=spec.log.with_name(f"{name}.log"), environment={**spec.environment, **settings}
    )
