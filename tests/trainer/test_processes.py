"""A job that several processes of one worker train, which come and go with it."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from cartridge_core.data_parallel import FollowerFailedError
from cartridge_core.models import load_model
from cartridge_store.db.tables import JobState
from services.trainer.attempt import Worker, run_attempt
from services.trainer.computing import Computing
from services.trainer.processes import how_many, leading
from services.trainer.settings import WorkerSettings

from .desk import Desk, tiny_recipe


def children() -> set[str]:
    """Command lines of followers that this process has started."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    ids = [each for task in tasks.iterdir() for each in (task / "children").read_text().split()]
    lines = [Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ") for each in ids]
    return {line for line in lines if "services.trainer.follower" in line}


def test_a_job_trained_by_two_processes_succeeds_and_leaves_none_behind(
    desk: Desk, worker: Worker, settings: WorkerSettings
) -> None:
    pair = replace(worker, computing=Computing(processes=2, model_path=settings.base_model))
    job_id = desk.order(tiny_recipe(steps=4, conversations=8))
    run_attempt(pair, job_id)
    job = desk.job(job_id)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)
    assert desk.steps(job_id)[-1] == 4
    assert children() == set()


def test_a_process_that_cannot_start_is_told_of_at_once(settings: WorkerSettings, tmp_path: Path) -> None:
    model = load_model(settings.base_model)
    started = time.monotonic()
    with pytest.raises(FollowerFailedError, match="process 1 did not start"), leading(model, tmp_path, 2):
        pass
    assert time.monotonic() - started < 200
    assert children() == set()


@pytest.mark.parametrize(("asked", "device", "count"), [(3, "cpu", 3), (None, "cpu", 1), (None, "cuda:1", 1)])
def test_a_cpu_and_a_named_gpu_are_one_process_unless_more_are_asked_for(
    asked: int | None, device: str, count: int
) -> None:
    assert how_many(asked, device) == count


def test_several_jobs_at_once_and_several_processes_exclude_each_other(settings: WorkerSettings) -> None:
    both = settings.model_dump() | {"trainer_jobs_at_once": 4, "trainer_processes": 2}
    with pytest.raises(ValidationError, match="CARTRIDGES_TRAINER_PROCESSES"):
        WorkerSettings.model_validate(both)
    assert WorkerSettings.model_validate(both | {"trainer_processes": "auto"}).trainer_jobs_at_once == 4
