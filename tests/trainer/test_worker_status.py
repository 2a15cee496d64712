"""A Celery worker's own health and numbers."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from services.trainer.settings import WorkerSettings
from services.trainer.worker_status import WorkerStatus, begin

# What a child of the worker does: it counts, and the worker tells.
CHILD = """
from services.trainer.metrics import ATTEMPTS, STAGE_SECONDS
ATTEMPTS.labels("succeeded").inc()
STAGE_SECONDS.labels("train").observe(12)
"""


def test_what_children_count_is_told_by_their_worker_with_the_disk_it_writes_to(tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    status = WorkerStatus()
    port = status.start(0, tmp_path, counts)
    try:
        for _ in range(2):
            environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(counts)}
            subprocess.run([sys.executable, "-c", CHILD], env=environment, check=True)
        url = f"http://127.0.0.1:{port}"
        told = httpx.get(f"{url}/metrics").text
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert httpx.get(f"{url}/readyz").status_code == 503
        status.is_ready()
        assert httpx.get(f"{url}/readyz").status_code == 200
    finally:
        status.stop()
    assert 'trainer_attempts_total{outcome="succeeded"} 2.0' in told
    assert 'trainer_stage_seconds_count{stage="train"} 2.0' in told
    assert "trainer_disk_free_bytes" in told


def test_counts_of_an_earlier_worker_are_forgotten(tmp_path: Path) -> None:
    left = tmp_path / "counter_1.db"
    left.write_bytes(b"\0" * 16)
    status = WorkerStatus()
    status.start(0, tmp_path, tmp_path)
    status.stop()
    assert not left.exists()


def test_a_worker_that_could_not_tell_what_its_children_count_does_not_start(
    settings: WorkerSettings,
) -> None:
    told = settings.model_copy(update={"trainer_status_port": 0})
    with pytest.raises(SystemExit, match="PROMETHEUS_MULTIPROC_DIR"):
        begin(WorkerStatus(), told, {})


def test_a_worker_without_a_port_tells_nothing(settings: WorkerSettings) -> None:
    begin(WorkerStatus(), settings, {})
