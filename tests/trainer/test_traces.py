"""Spans of the processes that train: Celery's child, which is forked and never ends by itself, and a job's own."""

import hashlib

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sqlalchemy import update

from cartridge_store.db.tables import TrainingJob

from .collector import collector
from .desk import TEXT, Desk
from .processes import dispatcher, running, wait_until, worker

STAGES = {f"training.{stage}" for stage in ("parse", "self_study", "baselines", "train", "evaluate")}


def _ordered(desk: Desk, request_id: str) -> str:
    job_id = desk.order()
    with desk.sessions.begin() as session:
        session.execute(update(TrainingJob).where(TrainingJob.id == job_id).values(request_id=request_id))
    return job_id


def _told(spans: list[Span], request_id: str) -> set[str]:
    """Names of the spans in the trace that belongs to a request."""
    trace_id = hashlib.sha256(request_id.encode()).digest()[:16]
    return {span.name for span in list(spans) if span.trace_id == trace_id}


@pytest.mark.parametrize("way", ["celery", "one job"])
def test_every_stage_of_a_job_is_in_the_trace_of_the_request_that_ordered_it(
    desk: Desk,
    environment: dict[str, str],
    way: str,
) -> None:
    request_id = f"trace-of-a-request-{way}"
    with collector() as (spans, endpoint):
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
        job_id = _ordered(desk, request_id)
        if way == "celery":
            with dispatcher(environment), worker(environment):
                # From a child that goes on living: nothing waits for its end.
                wait_until(lambda: _told(spans, request_id) >= STAGES, 180)
        else:
            with running(environment, "services.trainer.one_job", job_id) as process:
                assert process.wait(180) == 0
        assert _told(spans, request_id) >= STAGES
        sent = "".join(str(span) for span in spans)
    assert TEXT[:40] not in sent
    assert "bridge" not in sent.lower()
