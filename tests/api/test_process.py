"""`python -m services.api` starts from its environment and stops in order, open event streams included."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from cartridge_store.db.repositories import jobs
from services.api.settings import ApiSettings
from tests.api.conftest import GRANT_SECRET, PEPPER, Belongings, Person


@contextmanager
def running_api(
    backing: Any, settings: ApiSettings, *, output: int = subprocess.PIPE
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        **backing.environment,
        "CARTRIDGES_DATABASE_URL": settings.database_url,
        "CARTRIDGES_API_PORT": str(port),
        "CARTRIDGES_INFERENCE_URL": settings.inference_url,
        "CARTRIDGES_BASE_MODEL": "models/tiny",
        "CARTRIDGES_GRANT_SECRET": GRANT_SECRET,
        "CARTRIDGES_KEY_PEPPER": PEPPER.get_secret_value(),
    }
    command = [sys.executable, "-m", "services.api"]
    process = subprocess.Popen(command, env=environment, stdout=output, text=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/healthz", process)
        yield url, process
    finally:
        process.kill()
        process.communicate()


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(url)
        except httpx.ConnectError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the api did not start")


def test_a_stop_ends_open_event_streams_and_is_a_success(
    backing: Any, settings: ApiSettings, sessions: Any, ann: Person, belongings: Belongings
) -> None:
    with sessions.begin() as session:
        job = jobs.create(
            session, ann.tenant_id, corpus_id=belongings.corpus_id, name="j", recipe={}, base_model="tiny"
        )
    headers = {"Authorization": f"Bearer {ann.key}", "X-Request-ID": "trace-of-the-stop"}
    with running_api(backing, settings) as (url, process):
        with httpx.stream("GET", f"{url}/v1/training-jobs/{job.id}/events", headers=headers) as response:
            lines = response.iter_lines()
            assert next(lines) == "id: 1"
            process.terminate()
            started = time.monotonic()
            # The body ends as a whole body does: a client cannot mistake it for a broken connection.
            assert "event: state" in list(lines)
        output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert time.monotonic() - started < 8
    requests = [json.loads(line) for line in output.splitlines() if '"event": "request"' in line]
    assert {line["request_id"] for line in requests} == {"trace-of-the-stop"}


def test_settings_that_are_missing_or_weak_stop_the_start() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
    environment["CARTRIDGES_GRANT_SECRET"] = "short-secret"
    done = subprocess.run(
        [sys.executable, "-m", "services.api"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "database_url" in done.stderr
    assert "grant_secret" in done.stderr
    assert "short-secret" not in done.stderr
