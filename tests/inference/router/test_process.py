"""The router as a process: `python -m services.inference.router`, from start to an ordered stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from services.inference.settings import InferenceSettings
from tests.inference.router.conftest import RunningPod, StartPod, eventually
from tests.inference.serving import Caller, body
from tests.inference.shelf import Shelf
from tests.web.conftest import free_port


@contextmanager
def router_process(
    settings: InferenceSettings, shelf: Shelf, *pods: RunningPod, **variables: str
) -> Iterator[tuple[Caller, subprocess.Popen[bytes]]]:
    port = free_port()
    environment = {
        **os.environ,
        "CARTRIDGES_GRANT_SECRET": settings.grant_secret.get_secret_value(),
        "CARTRIDGES_ROUTER_PODS": ",".join(pod.cable.url for pod in pods),
        "CARTRIDGES_ROUTER_PORT": str(port),
        "CARTRIDGES_ROUTER_POLL_SECONDS": "0.1",
        **variables,
    }
    process = subprocess.Popen([sys.executable, "-m", "services.inference.router"], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            eventually(lambda: _answers(client), seconds=30)
            yield Caller(client, settings, shelf.tenant_id), process
    finally:
        process.kill()
        process.wait()


def test_a_signal_ends_readiness_first_then_new_requests_and_lets_streams_finish(
    settings: InferenceSettings, start_pod: StartPod, shelf: Shelf
) -> None:
    lingering = {"CARTRIDGES_ROUTER_LINGER_SECONDS": "0.5"}
    with router_process(settings, shelf, start_pod(), **lingering) as (router, process):
        long = body(max_tokens=900, stream=True)
        with router.client.stream("POST", "/v1/generate", json=long, headers=router.headers()) as answer:
            lines = answer.iter_lines()
            next(lines)
            process.send_signal(signal.SIGTERM)
            eventually(lambda: router.client.get("/readyz").status_code == 503)
            assert router.client.get("/v1/load").json()["draining"]
            assert '"usage"' in [line for line in lines if line][-1]
        assert process.wait(15) == 0


def test_a_stream_that_outlasts_the_drain_time_does_not_hold_up_the_stop(
    settings: InferenceSettings, start_pod: StartPod, shelf: Shelf
) -> None:
    pod = start_pod()
    with router_process(settings, shelf, pod, CARTRIDGES_ROUTER_DRAIN_SECONDS="0") as (router, process):
        long = body(max_tokens=900, stream=True)
        with router.client.stream("POST", "/v1/generate", json=long, headers=router.headers()) as answer:
            lines = answer.iter_lines()
            next(lines)
            pod.cable.hold()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
    pod.cable.release()
    pod.caller.await_metric("inference_active_rows", 0)


def test_the_router_loads_no_model_code() -> None:
    source = "import sys, services.inference.router.app; print({'torch', 'transformers', 'kubernetes'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True)
    assert printed.stdout.strip() == "set()"


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
