"""Workers and the dispatcher as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module in a process group of its own, which does not outlive the block."""
    process = subprocess.Popen([sys.executable, "-m", *arguments], env=environment, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for a process and the children it forked."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    options = ("--queues=training", "--concurrency=1", "--without-gossip", "--without-mingle")
    with running(environment, "celery", "--app=services.trainer.app:app", "worker", *options) as process:
        yield process


@contextmanager
def dispatcher(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with running(environment, "services.trainer.dispatcher") as process:
        yield process


def wait_until(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.1)
