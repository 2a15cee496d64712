"""Runs an application under uvicorn until a signal stops it, and lets answers under way finish."""

import resource
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE_SECONDS = 30
# How long a thread that computes keeps the others waiting, where Python's own 5 ms would be the price of each answer
# of a database or a store that a handler's thread waits for while the event loop is busy.
_SWITCH_SECONDS = 0.0005


def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    drain_seconds: int = 6,
    on_stop: Callable[[], None] | None = None,
    linger_seconds: float = 0,
) -> None:
    """Serve on `host:port` until SIGTERM or SIGINT; then give answers `drain_seconds` to end.

    The signal calls `on_stop`, and connections are taken for `linger_seconds` more, so that whoever balances
    over several services can learn of the stop before it meets a closed port. A second signal ends that wait.

    Expects that `configure_logging` has been called: uvicorn writes through the root logger.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    allow_many_connections()
    for stop in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when it has stopped; an ordered stop is no failure.
        signal.signal(stop, _leave)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=drain_seconds,
    )
    server = _Server(config, on_stop or _nothing, linger_seconds)
    server.run()
    if not server.started:
        sys.exit(1)


def allow_many_connections() -> None:
    """Let this process open as many files as it may: each connection is one, and 1,024 are soon used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Server(uvicorn.Server):
    """uvicorn's server, which tells of a stop before it begins."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None], linger_seconds: float) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._linger_seconds = linger_seconds
        self._leaves_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._leaves_at is None and self._linger_seconds > 0:
            self._leaves_at = time.monotonic() + self._linger_seconds
            self._signal = sig
        else:
            super().handle_exit(sig, frame)
        self._on_stop()

    async def on_tick(self, counter: int) -> bool:
        if self._leaves_at is not None and not self.should_exit and time.monotonic() >= self._leaves_at:
            super().handle_exit(self._signal, None)
        return await super().on_tick(counter)


def _nothing() -> None:
    """What a stop calls where nobody asked to be told."""


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)
