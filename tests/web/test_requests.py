"""Every request has an id, a line in the log, and a place in the metrics."""

import json
import subprocess
import sys

import httpx
import pytest


def test_an_id_is_made_or_taken_over(url: str) -> None:
    made = httpx.get(f"{url}/teapot").headers["x-request-id"]
    assert len(made) == 32
    kept = httpx.get(f"{url}/teapot", headers={"X-Request-ID": "trace-12345"}).headers["x-request-id"]
    assert kept == "trace-12345"


@pytest.mark.parametrize("given", ["short", "x" * 129, "has space in it", 'quote"quote"'])
def test_an_id_that_would_soil_the_logs_is_replaced(url: str, given: str) -> None:
    assert httpx.get(f"{url}/teapot", headers={"X-Request-ID": given}).headers["x-request-id"] != given


_LOGGING = """
import logging, structlog
from cartridge_web.logs import configure_logging

configure_logging("shop")
with structlog.contextvars.bound_contextvars(request_id="trace-12345"):
    structlog.get_logger("a.module").info("brewed", cups=3)
    logging.getLogger("a.library").warning("hot %s", "water")
    try:
        1 / 0
    except ZeroDivisionError:
        structlog.get_logger("a.module").exception("failed")
"""


def test_log_lines_are_json_with_service_and_fields() -> None:
    done = subprocess.run([sys.executable, "-c", _LOGGING], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in lines] == ["brewed", "hot water", "failed"]
    assert {line["service"] for line in lines} == {"shop"}
    assert {line["request_id"] for line in lines} == {"trace-12345"}
    assert lines[0]["cups"] == 3
    assert lines[2]["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_metrics_count_routes_and_not_paths(url: str) -> None:
    httpx.post(f"{url}/orders", json={"cups": 1})
    httpx.get(f"{url}/nowhere/123")
    metrics = httpx.get(f"{url}/metrics").text
    assert 'http_requests_total{method="POST",route="/orders",status="200"}' in metrics
    assert 'http_request_duration_seconds_bucket{le="0.005",method="POST",route="/orders"}' in metrics
    assert 'route="unmatched",status="404"' in metrics
    assert "123" not in {part for line in metrics.splitlines() for part in line.split("/")}
