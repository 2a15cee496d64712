"""One trace from a request to all that is done for it, without a word of what was sent."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cartridge_web import tracing
from cartridge_web.tracing import configure_tracing, pass_on, span, trace_of

SECRET = "the handbook says 4711"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def _trace_id(request_id: str) -> int:
    return trace.get_current_span(trace_of(request_id)).get_span_context().trace_id


def _finished(exporter: InMemorySpanExporter, count: int) -> tuple[Any, ...]:
    # A span ends after its answer is out.
    until = time.monotonic() + 20
    while len(spans := exporter.get_finished_spans()) < count and time.monotonic() < until:
        time.sleep(0.02)
    assert len(spans) == count
    return spans


def test_a_request_and_the_work_that_it_orders_are_one_trace(
    url: str, exporter: InMemorySpanExporter
) -> None:
    httpx.post(f"{url}/orders?note={SECRET}", json={"cups": 1}, headers={"X-Request-ID": "trace-12345"})
    with span("train", "trace-12345", {"cartridges.stage": "train"}):
        pass
    work, request = sorted(_finished(exporter, 2), key=lambda each: each.name != "train")
    assert {request.context.trace_id, work.context.trace_id} == {_trace_id("trace-12345")}
    assert request.name == "POST /orders"
    assert request.attributes["http.response.status_code"] == 200


def test_the_service_that_is_asked_goes_on_with_the_trace(url: str, exporter: InMemorySpanExporter) -> None:
    headers: dict[str, str] = {}
    with span("ask", "trace-of-the-api", {}):
        pass_on(headers)
    httpx.get(f"{url}/teapot", headers=headers)
    asking, asked = sorted(_finished(exporter, 2), key=lambda each: each.name != "ask")
    assert asked.context.trace_id == asking.context.trace_id == _trace_id("trace-of-the-api")
    assert asked.parent.span_id == asking.context.span_id


def test_nothing_that_was_sent_or_stored_gets_into_a_span(url: str, exporter: InMemorySpanExporter) -> None:
    httpx.post(
        f"{url}/orders?q={SECRET}", json={"cups": 0, "text": SECRET}, headers={"Authorization": SECRET}
    )
    httpx.get(f"{url}/broken", timeout=60)  # fails with a secret in its words
    httpx.get(f"{url}/{SECRET}")
    with pytest.raises(ValueError, match="4711"), span("train", "trace-12345", {}):
        raise ValueError(SECRET)
    spans = _finished(exporter, 4)
    assert "4711" not in "".join(each.to_json() for each in spans)
    (failed,) = (each for each in spans if each.name == "train")
    assert failed.status.description == "ValueError"


def test_probes_make_no_spans_and_without_a_collector_nothing_is_sent(
    url: str, exporter: InMemorySpanExporter
) -> None:
    httpx.get(f"{url}/metrics")
    assert exporter.get_finished_spans() == ()
    assert configure_tracing("shop", {}) is False


def test_spans_are_sent_where_the_environment_names_a_collector() -> None:
    code = (
        "from opentelemetry import trace; from cartridge_web.tracing import configure_tracing; "
        "print(configure_tracing('shop', {'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:9'}), "
        "trace.get_tracer_provider().resource.attributes['service.name'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "cartridges-shop"]
