"""Health and metrics of processes that serve nothing else: `/healthz`, `/readyz`, `/metrics` on a port of their own."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

_TEXT = "text/plain; charset=utf-8"


@contextmanager
def serving_status(
    port: int, registry: CollectorRegistry, *, alive: Callable[[], bool], ready: Callable[[], bool]
) -> Generator[int]:
    """Answer in threads until the block ends; yields the port, which is a free one where 0 was asked for.

    Whoever reaches the port may read it: it tells numbers and no names.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(registry), CONTENT_TYPE_LATEST)
            elif path in {"/healthz", "/readyz"}:
                well = alive() if path == "/healthz" else ready()
                status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, b"ok\n" if well else b"not yet, or no longer\n", _TEXT)
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"there are /healthz, /readyz and /metrics\n", _TEXT)

        def log_message(self, *_: object) -> None:
            """Probes come every few seconds: they are not worth a line."""

        def _answer(self, status: HTTPStatus, body: bytes, media_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104 - the kubelet and Prometheus come from outside
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="status", daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
