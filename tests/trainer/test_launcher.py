"""A Kubernetes Job for each training job: the real client against a server of Jobs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cartridge_store.db.roles import Role
from cartridge_store.db.tables import JobState
from cartridge_web.cluster import ClusterUnknownError, cluster_client
from services.trainer.dispatcher import wake_due_jobs
from services.trainer.launch_template import LaunchError, LaunchTemplateError, read_template
from services.trainer.launcher import JOB_LABEL, JobLauncher
from tests.conftest import Backing

from .desk import Desk, tiny_recipe
from .jobs_server import NAMESPACE, JobsServer, jobs_server

TEMPLATE: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "cartridges-training", "namespace": NAMESPACE, "labels": {"team": "ml"}},
    "spec": {
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "trainer", "command": ["python", "-m", "services.trainer.one_job"]}],
            }
        }
    },
}


@pytest.fixture
def cluster() -> Iterator[tuple[JobsServer, str]]:
    with jobs_server() as (server, url):
        yield server, url


@pytest.fixture
def server(cluster: tuple[JobsServer, str]) -> JobsServer:
    return cluster[0]


@pytest.fixture
def launcher(cluster: tuple[JobsServer, str]) -> JobLauncher:
    return JobLauncher(cluster_client(cluster[1]), TEMPLATE, max_active=2)


def launched(server: JobsServer) -> list[str]:
    """The training jobs of all Jobs there are, oldest first."""
    return [each["metadata"]["labels"][JOB_LABEL] for each in server.jobs.values()]


def test_a_job_is_made_as_described_with_the_training_jobs_id(
    server: JobsServer, launcher: JobLauncher
) -> None:
    launcher.room()
    launcher.wake("job_1")
    (made,) = server.jobs.values()
    assert made["metadata"]["name"].startswith("cartridges-training-")
    assert made["metadata"]["labels"] == {"team": "ml", JOB_LABEL: "job_1"}
    pod = made["spec"]["template"]
    assert pod["metadata"]["labels"] == {JOB_LABEL: "job_1"}
    assert pod["spec"]["containers"][0]["command"][-2:] == ["services.trainer.one_job", "job_1"]
    assert "job_1" not in json.dumps(TEMPLATE)


def test_what_has_a_job_already_gets_no_second_one_until_that_has_ended(
    server: JobsServer, launcher: JobLauncher
) -> None:
    for _ in range(2):
        launcher.room()
        launcher.wake("job_1")
        launcher.wake("job_1")
    assert launched(server) == ["job_1"]
    server.end(next(iter(server.jobs)), well=False)
    assert launcher.room() == 2
    launcher.wake("job_1")
    assert launched(server) == ["job_1", "job_1"]


def test_another_dispatcher_sees_what_the_first_one_made(
    cluster: tuple[JobsServer, str], launcher: JobLauncher
) -> None:
    server, url = cluster
    launcher.room()
    launcher.wake("job_1")
    other = JobLauncher(cluster_client(url), TEMPLATE, max_active=2)
    assert other.room() == 1
    other.wake("job_1")
    assert launched(server) == ["job_1"]


def test_no_more_jobs_are_made_than_may_be_active(
    desk: Desk, server: JobsServer, launcher: JobLauncher
) -> None:
    ordered = [desk.order() for _ in range(4)]
    wake_due_jobs(desk.worker_sessions, launcher, 60)
    assert len(launched(server)) == 2
    assert launcher.room() == 0
    for name in list(server.jobs):
        server.end(name)
    wake_due_jobs(desk.worker_sessions, launcher, 0)
    assert len(launched(server)) == 4
    for job_id in ordered:
        desk.cancel(job_id)


@pytest.mark.parametrize("status", [403, 409, 500])
def test_a_refusal_is_told_and_costs_nothing_but_time(
    server: JobsServer, launcher: JobLauncher, status: int
) -> None:
    server.refusing = status
    with pytest.raises(LaunchError, match=str(status)):
        launcher.room()
    with pytest.raises(LaunchError, match=f"job_1: {status}"):
        launcher.wake("job_1")
    server.refusing = None
    launcher.wake("job_1")
    assert launched(server) == ["job_1"]


def test_an_api_server_that_is_away_is_told_as_such() -> None:
    with pytest.raises(LaunchError, match="could not be listed"):
        JobLauncher(cluster_client("http://127.0.0.1:9"), TEMPLATE, max_active=1).room()


def test_without_a_cluster_it_is_said_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterUnknownError, match="kubeconfig"):
        cluster_client()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({**TEMPLATE, "kind": "Pod"}),
        json.dumps({**TEMPLATE, "metadata": {"name": "a"}}),
    ],
)
def test_a_description_that_cannot_be_used_is_refused_at_the_start(text: str, tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text(text)
    with pytest.raises(LaunchTemplateError, match=r"job\.json does not describe"):
        read_template(tmp_path / "job.json")


def test_a_description_that_the_client_would_not_send_is_refused_at_the_start() -> None:
    nameless = json.loads(json.dumps(TEMPLATE))
    del nameless["spec"]["template"]["spec"]["containers"][0]["name"]
    with pytest.raises(LaunchTemplateError, match="name"):
        JobLauncher(cluster_client("http://127.0.0.1:9"), nameless, max_active=1)


def test_the_program_of_such_a_job_trains_it_and_ends(
    desk: Desk, backing: Backing, talkative_model_dir: Path, tmp_path: Path
) -> None:
    job_id = desk.order(tiny_recipe())
    environment = {
        **os.environ,
        **backing.environment,
        "CARTRIDGES_DATABASE_URL": backing.environment[Role.WORKER.url_variable],
        "CARTRIDGES_BASE_MODEL": str(talkative_model_dir),
        "CARTRIDGES_DATA_DIR": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "services.trainer.one_job"]
    ended = subprocess.run([*command, job_id], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-2000:]
    assert desk.job(job_id).state is JobState.SUCCEEDED
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "which job?" in asked.stderr
