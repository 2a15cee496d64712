"""Runs an application under uvicorn until a signal stops it, and lets answers under way finish."""

import signal
import sys
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE_SECONDS = 30


def serve(app: ASGIApp, host: str, port: int, *, drain_seconds: int = 6) -> None:
    """Serve on `host:port` until SIGTERM or SIGINT; then give answers `drain_seconds` to end.

    Expects that `configure_logging` has been called: uvicorn writes through the root logger.
    """
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
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        sys.exit(1)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)
