"""Processes that are killed, paused and started again."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace

import psutil

from services.cli.stack.process import ManagedProcess
from services.cli.stack.service import ServiceSpec

# Of a busy machine: it only says when waiting is of no use any more.
START_SECONDS = 300.0
# A process is ended with the thread that started it, which therefore has to outlive all lanes.
_STARTER = ThreadPoolExecutor(1, "starter")


@dataclass
class Part:
    """A service of the platform; `well` is asked after a start, where there is a door to knock at."""

    spec: ServiceSpec
    well: Callable[[], None] | None = None
    _process: ManagedProcess | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def pids(self) -> list[int]:
        """The process and those that it forked."""
        process = self._process
        if process is None or not process.alive:
            return []
        pid = process.identity.pid
        with suppress(psutil.NoSuchProcess):
            return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
        return []

    def start(self, **environment: str) -> None:
        """Start it, with more settings than it always has, and wait until it is well. May be called of one that runs."""
        deadline = time.monotonic() + START_SECONDS
        spec = replace(self.spec, environment={**self.spec.environment, **environment})
        with self._lock:
            while True:
                if self._process is None or not self._process.alive:
                    # A server that was killed may leave children, or a socket, that its successor has to wait for.
                    self._process = _STARTER.submit(ManagedProcess, spec).result()
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
        """SIGKILL for the process and all that it forked; it stays away until it is started."""
        with self._lock:
            for pid in self.pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._fetch()

    def kill_and_start(self, away_seconds: float = 0.0) -> None:
        """SIGKILL, and a start after a while; nobody else starts it meanwhile."""
        with self._lock:
            self.kill()
            time.sleep(away_seconds)
            self.start()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it forked."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self) -> None:
        """Ask it to stop."""
        with self._lock:
            self.signal(signal.SIGCONT)
            self._fetch()

    def stop_and_start(self, **environment: str) -> None:
        """Ask it to stop, and start it with more settings than it always has."""
        with self._lock:
            self.stop()
            self.start(**environment)

    def revive(self) -> bool:
        """Start it where it has ended though nobody asked it to; whether it had."""
        if not self._lock.acquire(blocking=False):
            return False  # somebody is at it
        try:
            if self._process is None or self._process.alive:
                return False
            self.start()
            return True
        finally:
            self._lock.release()

    def _fetch(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def with_settings(spec: ServiceSpec, name: str, settings: Mapping[str, str]) -> ServiceSpec:
    """The same service under another name, with a log of its own and these settings."""
    return replace(
        spec, name=name, log=spec.log.with_name(f"{name}.log"), environment={**spec.environment, **settings}
    )
