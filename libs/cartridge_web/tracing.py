"""Traces: one from a request to the job that it orders and to the engine that answers it, over OTLP to a collector.

The trace's id is made from the request's id, which goes along in headers and in the job's row already: whoever knows
the one finds the other, and a worker that begins hours later needs nothing more to go on with the trace. Attributes
are ids, routes, statuses and stages alone: never a path, a query, a body or a text.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# A collector that is away must not hold up a worker.
_FLUSH_MILLISECONDS = 5000
WIRE = TraceContextTextMapPropagator()
TRACER = trace.get_tracer("cartridges")


def configure_tracing(service: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send this process's spans to the collector that the environment names; whether it names one."""
    if not any(environment.get(name) for name in _ENDPOINTS):
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": f"cartridges-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


def is_on() -> bool:
    """Whether this process's spans go anywhere."""
    is_proxy = isinstance(TRACER, trace.ProxyTracer)
    return not (is_proxy and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider))


def flush_traces() -> None:
    """Send what has been traced so far: for processes that are ended and do not end by themselves."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(_FLUSH_MILLISECONDS)


def trace_of(request_id: str | None) -> Context:
    """Where spans that belong to this request go on; without one they begin a trace."""
    if request_id is None:
        return Context()
    digest = hashlib.sha256(request_id.encode()).digest()
    root = SpanContext(
        trace_id=int.from_bytes(digest[:16], "big"),
        span_id=int.from_bytes(digest[16:24], "big"),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(NonRecordingSpan(root), Context())


@contextmanager
def span(name: str, request_id: str | None, attributes: Mapping[str, str | int]) -> Iterator[None]:
    """A span of work for a request. An error is named by its type alone: its words may quote a document."""
    with TRACER.start_as_current_span(
        name,
        trace_of(request_id),
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def pass_on(headers: MutableMapping[str, str]) -> None:
    """Let the service that is asked go on with the trace of what is being done now."""
    WIRE.inject(headers)
