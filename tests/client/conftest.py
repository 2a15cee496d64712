"""A scripted HTTP server on a real socket: connections can be cut in the middle, which no mock does honestly."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cartridge_client import Client

KEY = "ck_testing_key"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """`cut` promises more bytes than come, and closes: what a broken connection looks like."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Answer":
        return cls(status, json.dumps(value).encode())

    @classmethod
    def events(cls, *events: tuple[int, str, dict[str, Any]], cut: bool = False) -> "Answer":
        text = ": hello\n\n" + "".join(
            f"id: {seq}\nevent: {kind}\ndata: {json.dumps(data)}\n\n" for seq, kind, data in events
        )
        return cls(200, text.encode(), "text/event-stream", cut=cut)


class Script:
    """Answers each path with its list of answers in turn, the last one again and again."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[tuple[str, str], list[Answer]] = {}

    def answer(self, method: str, path: str, *answers: Answer) -> None:
        self._answers[method, path] = list(answers)

    def take(self, request: Request) -> Answer:
        self.requests.append(request)
        left = self._answers.get((request.method, request.path.partition("?")[0]))
        if not left:
            return Answer(500, b"not scripted", "text/plain")
        return left.pop(0) if len(left) > 1 else left[0]


def _handler_for(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = script.take(Request(self.command, self.path, headers, body))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body) + (1000 if answer.cut else 0)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.cut

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def serve(script: Script) -> Iterator[Callable[[], str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(script))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield lambda: f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(serve: Callable[[], str]) -> Iterator[Client]:
    with Client(serve(), KEY, timeout=5.0) as made:
        yield made
