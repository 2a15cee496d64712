"""Health and metrics of processes that serve nothing else."""

import shutil
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry, Counter

from cartridge_web.disk import watch_disk
from cartridge_web.status import serving_status


def test_health_and_readiness_are_asked_for_at_each_look() -> None:
    state = {"alive": True, "ready": False}
    with (
        serving_status(
            0, CollectorRegistry(), alive=lambda: state["alive"], ready=lambda: state["ready"]
        ) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        state.update(alive=False, ready=True)
        assert client.get("/healthz").status_code == 503
        assert client.get("/readyz?verbose").status_code == 200
        assert client.get("/elsewhere").status_code == 404


def test_metrics_are_told_with_the_disk_under_a_directory(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    Counter("things", "Things.", registry=registry).inc(3)
    watch_disk(registry, "service", tmp_path)
    with serving_status(0, registry, alive=lambda: True, ready=lambda: True) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "things_total 3.0" in answer.text
    assert registry.get_sample_value("service_disk_size_bytes") == shutil.disk_usage(tmp_path).total
    free = registry.get_sample_value("service_disk_free_bytes")
    assert free is not None
    assert 0 < free < shutil.disk_usage(tmp_path).total


def test_the_port_is_free_again_afterwards() -> None:
    with serving_status(0, CollectorRegistry(), alive=lambda: True, ready=lambda: True) as port:
        pass
    with serving_status(port, CollectorRegistry(), alive=lambda: True, ready=lambda: True):
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
