"""How one sees that a service of the platform is well: checks that return, or raise what is wrong."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
from celery import Celery

_HEARTBEAT_SECONDS = 30.0


class WorkerSilentError(RuntimeError):
    """The Celery worker does not answer a ping."""

    code = "worker_silent"


class HeartbeatStaleError(RuntimeError):
    """A service lives but has not got its work done for a while."""

    code = "heartbeat_stale"


def answers(url: str, within: float = 5.0) -> Callable[[], None]:
    """Whether `url` gives a good answer in `within` seconds."""
    # Made once: making a client costs more than asking, and a starting service is asked ten times a second. No
    # connection is kept, for the next answer may be another process'.
    client = httpx.Client(timeout=within, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))

    def check() -> None:
        client.get(url).raise_for_status()

    return check


def beats(heartbeat: Path) -> Callable[[], None]:
    """Whether the file `heartbeat` was touched lately."""

    def check() -> None:
        age = time.time() - heartbeat.stat().st_mtime
        if age > _HEARTBEAT_SECONDS:
            raise HeartbeatStaleError(f"no round has succeeded for {age:.0f} s")

    return check


def worker_answers(broker_url: str, worker: str) -> Callable[[], None]:
    """Whether the Celery worker of this name answers a ping."""
    client = Celery(broker=broker_url, set_as_current=False)

    def check() -> None:
        replies = client.control.inspect(destination=[worker], timeout=3.0, limit=1).ping()
        if not replies:
            raise WorkerSilentError(f"{worker} did not answer a ping")

    return check
