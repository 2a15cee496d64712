"""A served application stops when it is told to, and lets an answer under way finish."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from tests.web.conftest import free_port

_SERVICE = """
import asyncio, sys
from fastapi import FastAPI
from cartridge_web.server import serve

app = FastAPI()

@app.get("/wait/{seconds}")
async def wait(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"

serve(app, "127.0.0.1", int(sys.argv[1]), drain_seconds=2)
"""


@contextmanager
def _service() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", _SERVICE, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/wait/0")
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield url, process
    finally:
        process.kill()
        process.wait()


def _ask_in_vain(url: str) -> None:
    with suppress(httpx.HTTPError):
        httpx.get(url)


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_an_ordered_stop_is_a_success_and_answers_end_first(order: signal.Signals) -> None:
    with _service() as (url, process):
        answers: list[httpx.Response] = []
        asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{url}/wait/1")))
        asking.start()
        time.sleep(0.3)
        process.send_signal(order)
        assert process.wait(5) == 0
        asking.join()
        assert answers[0].json() == "done"


def test_an_answer_that_takes_too_long_does_not_hold_up_the_stop() -> None:
    with _service() as (url, process):
        asking = threading.Thread(target=_ask_in_vain, args=[f"{url}/wait/60"])
        asking.start()
        time.sleep(0.3)
        process.terminate()
        assert process.wait(6) == 0
        asking.join()


def test_a_port_that_is_taken_is_a_failure() -> None:
    with _service() as (url, _):
        port = url.rpartition(":")[2]
        second = subprocess.run([sys.executable, "-c", _SERVICE, port], capture_output=True, check=False)
    assert second.returncode != 0
    assert b"address already in use" in second.stderr


def test_a_service_may_hold_as_many_connections_as_the_system_lets_it() -> None:
    asked = (
        "import resource; from cartridge_web.server import allow_many_connections as allow; "
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]; "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard)); allow(); "
        "print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))"
    )
    assert subprocess.check_output([sys.executable, "-c", asked], text=True).strip() == "True"
