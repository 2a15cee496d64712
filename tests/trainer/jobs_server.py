"""An HTTP server that speaks create and list of batch/v1 Jobs, as far as the launcher sees it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAMESPACE = "training"
_VERBS = {"POST": "create", "GET": "list", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class JobsServer:
    """The Jobs there are, and what was asked."""

    def __init__(self, namespace: str) -> None:
        self.path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self.jobs: dict[str, dict[str, Any]] = {}
        self.verbs: set[tuple[str, str]] = set()
        self.refusing: int | None = None

    def create(self, job: dict[str, Any]) -> dict[str, Any]:
        """As the API server does: the name is a beginning and some letters of its own."""
        name = f"{job['metadata']['generateName']}{len(self.jobs):05d}"
        made = {**job, "metadata": {**job["metadata"], "name": name}, "status": {"active": 1}}
        self.jobs[name] = made
        return made

    def end(self, name: str, *, well: bool = True) -> None:
        condition = {"type": "Complete" if well else "Failed", "status": "True"}
        self.jobs[name]["status"] = {"conditions": [condition]}

    def listing(self, label: str) -> dict[str, Any]:
        items = [each for each in self.jobs.values() if label in each["metadata"]["labels"]]
        return {"apiVersion": "batch/v1", "kind": "JobList", "metadata": {}, "items": items}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: JobsServer

    def do_GET(self) -> None:
        self._take(lambda asked, _: (200, self.server_state.listing(asked["labelSelector"][0])))

    def do_POST(self) -> None:
        self._take(lambda _, body: (201, self.server_state.create(body)))

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _take(self, answer: Any) -> None:
        split = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        resource = split.path.rpartition("/")[2]
        self.server_state.verbs.add((_VERBS[self.command], resource))
        if self.server_state.refusing is not None:
            self._send(self.server_state.refusing, {"kind": "Status", "reason": "Forbidden"})
        elif split.path != self.server_state.path:
            self._send(404, {"kind": "Status", "reason": "NotFound"})
        else:
            self._send(*answer(parse_qs(split.query), body))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def jobs_server(namespace: str = NAMESPACE) -> Iterator[tuple[JobsServer, str]]:
    """The server and its address."""
    state = JobsServer(namespace)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_state": state}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
