"""Processes that are told apart by pid and start time, so that a reused pid is never signalled."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from services.cli.stack.service import ServiceSpec

_LAUNCHER = Path(__file__).with_name("launch.py")
_LOG_LIMIT = 20 * 2**20


class ProcessIdentity(BaseModel):
    """A pid together with when its process started (seconds since the epoch)."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        """Raises psutil.NoSuchProcess."""
        return cls(pid=pid, started=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process itself, or None when it is gone (or only a zombie of it is left)."""
        try:
            process = psutil.Process(self.pid)
            # psutil rounds to clock ticks; two processes with one pid are much further apart.
            if abs(process.create_time() - self.started) > 0.05 or process.status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        return process


class ManagedProcess:
    """A running service: in a session of its own, its output in its log."""

    def __init__(self, spec: ServiceSpec) -> None:
        self.spec = spec
        _rotate(spec.log)
        command = [
            sys.executable,
            "-I",
            "-S",
            str(_LAUNCHER),
            str(os.getpid()),
            str(int(spec.stop_signal)),
            spec.user or "-",
            *spec.command,
        ]
        with spec.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the stack's own
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(spec.environment),
                # A terminal's Ctrl-C reaches the supervisor alone, which stops services in order.
                start_new_session=True,
            )
        self.identity = ProcessIdentity.of(self._process.pid)
        self.spawned_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def stop(self) -> None:
        """Asks the process to stop, kills it when it does not, and clears what it left in its session."""
        if self.alive:
            with suppress(ProcessLookupError):
                self._process.send_signal(self.spec.stop_signal)
            try:
                self._process.wait(self.spec.stop_within)
            except subprocess.TimeoutExpired:
                self._kill_group()
                self._process.wait()
        self._kill_group()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def stop_foreign(identity: ProcessIdentity, within: float = 10.0) -> bool:
    """Stops a process that is not our child, with all it started. Returns whether it was there."""
    process = identity.find()
    if process is None:
        return False
    family = [process, *process.children(recursive=True)]
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    for survivor in _still_running(family, within):
        with suppress(psutil.NoSuchProcess):
            survivor.kill()
    _still_running(family, 5.0)
    return True


def is_running(process: psutil.Process) -> bool:
    """Whether a process still does something. A zombie does not, whether or not its parent ever looks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _still_running(processes: Sequence[psutil.Process], within: float) -> list[psutil.Process]:
    deadline = time.monotonic() + within
    while True:
        left = [process for process in processes if is_running(process)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
