"""Stages that take too long: stopped with a reason, tried again where that can help, and never waited for for ever."""

import threading
import time
from dataclasses import replace
from typing import Any, get_args

import pytest
from sqlalchemy import update

from cartridge_core.self_study import SelfStudy
from cartridge_store.db.tables import JobState, TrainingJob
from services.trainer.attempt import HUNG, Worker, run_attempt
from services.trainer.events import Stage
from services.trainer.failures import MAX_FAILURES
from services.trainer.lease import LeaseTimes
from services.trainer.limits import StageLimits
from services.trainer.stages import parse as parse_stage

from .desk import Desk, tiny_recipe


def hurried(worker: Worker, stage: Stage, seconds: float) -> Worker:
    """The worker with little time for one stage."""
    return replace(worker, limits=StageLimits({**worker.limits.seconds, stage: seconds}))


def test_training_that_takes_too_long_fails_with_what_to_do(desk: Desk, worker: Worker) -> None:
    job_id = desk.order(tiny_recipe(steps=1_000_000))
    run_attempt(hurried(worker, "train", 0.5), job_id)
    job = desk.job(job_id)
    assert (job.state, job.error_code, job.attempt) == (JobState.FAILED, "stage_timed_out", 1)
    assert job.error_detail is not None
    assert "training.steps" in job.error_detail
    assert "CARTRIDGES_TRAINER_TRAIN_SECONDS" in job.error_detail


def test_time_of_earlier_attempts_counts_where_their_work_does(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = desk.order(tiny_recipe(conversations=100_000))
    with desk.sessions.begin() as session:
        session.execute(
            update(TrainingJob)
            .where(TrainingJob.id == job_id)
            .values(progress={"seconds": {"self_study": 3600.0}})
        )
    began = time.monotonic()
    run_attempt(hurried(worker, "self_study", 3600.0), job_id)
    assert desk.job(job_id).error_code == "stage_timed_out"
    assert time.monotonic() - began < 60


def _slowly(monkeypatch: pytest.MonkeyPatch, times: list[float]) -> None:
    """Documents are read as slowly as is said, attempt by attempt."""
    real = parse_stage.learned_text

    def slow(*args: Any) -> str:
        time.sleep(times.pop(0) if times else 0.0)
        return real(*args)

    monkeypatch.setattr(parse_stage, "learned_text", slow)


def test_a_stage_that_may_be_over_next_time_is_tried_again(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"{number}.txt": ("text/plain", f"The bridge of Lund is number {number}. " * 40)
        for number in range(2)
    }
    job_id = desk.order_of(files)
    _slowly(monkeypatch, [0.6])
    run_attempt(hurried(worker, "parse", 0.3), job_id)
    assert desk.job(job_id).state is JobState.QUEUED
    run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)


def test_a_stage_that_takes_too_long_each_time_fails(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{number}.txt": ("text/plain", "Much to read.") for number in range(2)}
    job_id = desk.order_of(files)
    _slowly(monkeypatch, [0.6] * MAX_FAILURES)
    for _ in range(MAX_FAILURES):
        run_attempt(hurried(worker, "parse", 0.3), job_id)
    job = desk.job(job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "stage_timed_out")


def test_a_process_that_hangs_says_so_and_ends(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = desk.order()
    left: list[int] = []
    goes_on = threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        goes_on.wait(60)
        raise RuntimeError("the process would have ended")

    def leave(status: int) -> None:
        left.append(status)
        goes_on.set()

    monkeypatch.setattr(SelfStudy, "synthesize", hang)
    hanging = replace(
        hurried(worker, "self_study", 4.0),
        lease_times=LeaseTimes(lease=5.0, beat=0.2, poll=0.02, grace=0.3),
        leave=leave,
    )
    run_attempt(hanging, job_id)
    assert left == [HUNG]
    assert (desk.job(job_id).state, desk.job(job_id).error_code) == (JobState.FAILED, "stage_timed_out")


@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_stage_has_a_limit_and_advice(worker: Worker, stage: Stage) -> None:
    assert worker.limits.left(stage, 0.0) > 0
    assert "; " in str(worker.limits.overrun(stage))
