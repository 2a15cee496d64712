"""A stack as a program of its own: in the foreground until a signal, or detached, and stopping one that runs."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from services.cli.stack.engine import Engine
from services.cli.stack.paths import DataPaths
from services.cli.stack.process import stop_foreign
from services.cli.stack.service import ServiceFailedError
from services.cli.stack.stack import Stack
from services.cli.stack.state import (
    StackAlreadyRunningError,
    StackState,
    clear_leftovers,
    exclusive,
    read_state,
    running_state,
)

START_TIMEOUT = 1800.0
STOP_TIMEOUT = 90.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], None]


class StopRequested(BaseException):
    """A signal asked to stop. No Exception: nothing on the way may take it for an error and go on."""


def run_in_foreground(
    data_dir: Path,
    base_model: str | None,
    engine: Engine,
    *,
    say: Say,
    on_ready: Callable[[str | None], None],
) -> None:
    """Runs a stack until SIGINT, SIGTERM or SIGHUP, then stops it in order.

    `on_ready` gets the first API key when this start made it. Raises what `Stack.start` raises.
    """
    stack = Stack(data_dir, base_model, engine=engine)
    with suppress(StopRequested), stopped_in_order(stack, say):
        stack.start(say)
        stack.wait_ready(progress=say)
        on_ready(stack.first_key if stack.first_key_is_new else None)
        _sleep_forever()
    say("Stopped")


@contextmanager
def stopped_in_order(stack: Stack, say: Say) -> Iterator[None]:
    """Stops `stack` at the end of the block, however it ends; SIGINT, SIGTERM and SIGHUP end it by `StopRequested`."""
    with _signals_as_requests():
        try:
            yield
        except StopRequested:
            say("Stopping")
            raise
        finally:
            _ignore_signals()
            stack.stop()


def start_detached(data_dir: Path, base_model: str | None, engine: Engine, say: Say) -> str | None:
    """Starts a stack in a session of its own and returns when it is ready, with the first key if it is new.

    Raises ServiceFailedError when it does not come up, StackAlreadyRunningError when another is on its way.
    """
    paths = DataPaths(data_dir)
    paths.create()
    had_key = paths.first_key_file.exists()
    log = paths.log("supervisor")
    # A relative model path means the same to the detached process: it keeps this directory.
    command = [
        sys.executable,
        "-m",
        "services.cli.stack",
        str(data_dir),
        engine,
        *([base_model] if base_model else []),
    ]
    begin = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _relay_until_ready(process, paths, log, begin, say)
    except BaseException:
        # Also when the person who waits for it gives up.
        process.terminate()
        raise
    return None if had_key else paths.first_key_file.read_text(encoding="utf-8").strip()


def _relay_until_ready(
    process: "subprocess.Popen[bytes]", paths: DataPaths, log: Path, begin: int, say: Say
) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(begin)
        while True:
            state = read_state(paths)
            if state is not None and state.phase == "ready" and state.supervisor.pid == process.pid:
                return
            exited = process.poll() is not None
            for line in lines:
                say(line.rstrip())
            if exited:
                other = running_state(paths.root)
                if other is not None:
                    raise StackAlreadyRunningError(paths.root, other)
                raise ServiceFailedError("The stack", f"exited with status {process.returncode}", log)
            if time.monotonic() > deadline:
                raise ServiceFailedError("The stack", f"was not ready after {START_TIMEOUT:.0f} s", log)
            time.sleep(0.1)


def stop_running(data_dir: Path) -> bool:
    """Stops the stack of a data directory, also what a killed one left. Returns whether there was any."""
    paths = DataPaths(data_dir)
    state = read_state(paths)
    if state is None:
        return False
    if _stop_supervisor(state):
        return True
    try:
        with exclusive(paths):
            return bool(clear_leftovers(paths))
    except StackAlreadyRunningError as error:
        # Another one started in this very moment.
        return error.state is not None and _stop_supervisor(error.state)


def _stop_supervisor(state: StackState) -> bool:
    supervisor = state.supervisor.find()
    if supervisor is None:
        return False
    supervisor.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT
    while state.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    if state.alive:
        # Its children have the kernel's order to end with it.
        stop_foreign(state.supervisor, within=5.0)
    return True


@contextmanager
def _signals_as_requests() -> Iterator[None]:
    def request(number: int, frame: FrameType | None) -> None:
        _ignore_signals()
        raise StopRequested

    before = {number: signal.signal(number, request) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    # A second Ctrl-C while services stop would leave some of them running.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _sleep_forever() -> None:
    forever = threading.Event()
    while True:
        forever.wait(3600.0)
