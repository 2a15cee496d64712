"""An HTTP server that speaks list and watch of discovery.k8s.io/v1, as far as a client of EndpointSlices sees it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NAMESPACE = "serving"
SERVICE = "inference"
_PATH = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
_KINDS = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice"}


def endpoint(number: int, **conditions: bool) -> dict[str, Any]:
    """The endpoint of pod `number`, ready unless `conditions` say otherwise."""
    return {
        "addresses": [f"10.0.0.{number}"],
        "conditions": {"ready": True, "serving": True, "terminating": False, **conditions},
        "targetRef": {"kind": "Pod", "name": f"inference-{number}", "namespace": NAMESPACE},
    }


class ApiServer:
    """Objects with versions, and the log of their changes. Every method may be called while clients watch."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 1000
        self._objects: dict[str, dict[str, Any]] = {}
        self._log: list[tuple[int, dict[str, Any]]] = []
        self._oldest = 0  # changes up to this version are forgotten
        self._watchers: list[socket.socket] = []
        self.lists = 0
        self.watched_from: list[int] = []
        self.failing = False

    @property
    def watching(self) -> int:
        """How many watches are open."""
        with self._changed:
            return len(self._watchers)

    def put(self, name: str, *endpoints: dict[str, Any], service: str = SERVICE, **changes: Any) -> None:
        """Make or change a slice."""
        with self._changed:
            kind = "MODIFIED" if name in self._objects else "ADDED"
            self._version += 1
            self._objects[name] = {
                **_KINDS,
                "metadata": {
                    "name": name,
                    "namespace": NAMESPACE,
                    "labels": {"kubernetes.io/service-name": service},
                    "resourceVersion": str(self._version),
                },
                "addressType": "IPv4",
                "endpoints": list(endpoints),
                "ports": [{"name": "http", "port": 8100, "protocol": "TCP"}],
                **changes,
            }
            self._append(kind, self._objects[name])

    def delete(self, name: str) -> None:
        with self._changed:
            self._version += 1
            gone = self._objects.pop(name)
            gone = {**gone, "metadata": {**gone["metadata"], "resourceVersion": str(self._version)}}
            self._append("DELETED", gone)

    def bookmark(self) -> int:
        """Tell watchers how far they have seen everything; that version."""
        with self._changed:
            self._version += 5  # other objects have changed meanwhile
            self._append("BOOKMARK", {**_KINDS, "metadata": {"resourceVersion": str(self._version)}})
            return self._version

    def forget_changes(self) -> None:
        """From now on, every version but the present one is too old to watch from."""
        with self._changed:
            self._version += 1
            self._oldest = self._version

    def expire_watches(self) -> None:
        """Tell open watches that they can not go on, in the stream, as the API server does after a compaction."""
        with self._changed:
            self._version += 1
            self._append("ERROR", _status(410, "Expired", "too old resource version"))

    def cut(self) -> None:
        """Break every open watch off, in the middle of its chunked answer."""
        with self._changed:
            watchers, self._watchers = self._watchers, []
        for connection in watchers:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _append(self, kind: str, found: dict[str, Any]) -> None:
        self._log.append((self._version, {"type": kind, "object": found}))
        self._changed.notify_all()

    def listing(self) -> dict[str, Any]:
        with self._changed:
            self.lists += 1
            return {
                "apiVersion": _KINDS["apiVersion"],
                "kind": "EndpointSliceList",
                "metadata": {"resourceVersion": str(self._version)},
                "items": list(self._objects.values()),
            }

    def changes(self, after: int, connection: socket.socket) -> Iterator[dict[str, Any]]:
        """The changes after a version, as they come, until the watch is cut."""
        with self._changed:
            self.watched_from.append(after)
            if after < self._oldest:
                yield {"type": "ERROR", "object": _status(410, "Expired", "too old resource version")}
                return
            self._watchers.append(connection)
            sent = 0
            while connection in self._watchers:
                while sent < len(self._log):
                    version, event = self._log[sent]
                    sent += 1
                    if version > after:
                        yield event
                self._changed.wait(0.05)

    def ended(self, connection: socket.socket) -> None:
        with self._changed, suppress(ValueError):
            self._watchers.remove(connection)


def _status(code: int, reason: str, message: str) -> dict[str, Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: ApiServer

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(split.query).items()}
        if self.api.failing:
            self._answer(500, _status(500, "InternalError", "etcd is away"))
        elif split.path != _PATH or asked.get("labelSelector") != f"kubernetes.io/service-name={SERVICE}":
            self._answer(404, _status(404, "NotFound", self.path))
        elif asked.get("watch") == "True" or asked.get("watch") == "true":
            self._watch(int(asked["resourceVersion"]))
        else:
            self._answer(200, self.api.listing())

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _watch(self, version: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        try:
            for event in self.api.changes(version, self.connection):
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()
                if event["type"] == "ERROR":
                    self.wfile.write(b"0\r\n\r\n")
                    return
        except OSError:
            return
        finally:
            self.api.ended(self.connection)


@contextmanager
def api_server() -> Iterator[tuple[ApiServer, str]]:
    """The server and its address."""
    api = ApiServer()
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield api, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        api.cut()
        server.shutdown()
        server.server_close()
        thread.join()
