"""Small jobs that one worker takes together come out as each would alone, and end each in its own way."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cartridge_core import training
from cartridge_core.generation import ContinuousBatch, TokenEvent
from cartridge_core.joint_decoding import JointDecoding
from cartridge_core.joint_steps import backward_together
from cartridge_core.training import TrainingProgress
from cartridge_store.db.repositories import attempts
from cartridge_store.db.tables import JobState
from services.trainer.attempt import Worker, run_attempt
from services.trainer.computing import Computing
from services.trainer.stages import train as train_stage
from services.trainer.together import SMALL_BATCH_TOKENS, run_jobs

from .desk import Desk, tiny_recipe

JOBS = 3


@pytest.fixture
def together(worker: Worker) -> Worker:
    # Jobs that wait for each other on a busy machine are long without a step.
    patient = replace(worker.lease_times, lease=60.0)
    return replace(worker, computing=Computing(jobs_at_once=JOBS), lease_times=patient)


@pytest.fixture
def runs_in_step(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs each forward and backward was for."""
    sizes: list[int] = []

    def counted(model: Any, parts: Any) -> list[float]:
        sizes.append(len(parts))
        return backward_together(model, parts)

    monkeypatch.setattr("cartridge_core.joint_steps.backward_together", counted)
    return sizes


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[str], None]], None]:
    """`at_step(n, act)`: call `act` with the cartridge's number of tokens, which tells jobs apart, after step n."""
    real = training.train

    def install(step: int, act: Callable[[str], None]) -> None:
        def watched(
            model: Any,
            initial: Any,
            *args: Any,
            on_progress: Callable[[TrainingProgress], None],
            **options: Any,
        ) -> Any:
            def told(progress: TrainingProgress) -> None:
                on_progress(progress)
                if progress.step == step:
                    act(str(initial.tokens))

            return real(model, initial, *args, on_progress=told, **options)

        monkeypatch.setattr(train_stage, "distil", watched)

    return install


def losses(desk: Desk, job_id: str) -> list[float]:
    told = [event.data for event in desk.all_events(job_id) if event.type == "progress"]
    return [data["loss"] for data in told if data["stage"] == "train" and data["step"] == data["steps"]]


def test_jobs_taken_together_train_as_each_would_alone(
    desk: Desk, worker: Worker, together: Worker, runs_in_step: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_in_step: list[int] = []
    step = ContinuousBatch.step

    def counted(self: ContinuousBatch) -> list[TokenEvent]:
        events = step(self)
        rows_in_step.append(len(events))
        return events

    monkeypatch.setattr(ContinuousBatch, "step", counted)
    decode, both, met = JointDecoding.decode, threading.Barrier(2), set[int]()

    def begin_together(self: JointDecoding, *args: Any, **options: Any) -> Any:
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            both.wait(120)
        return decode(self, *args, **options)

    monkeypatch.setattr(JointDecoding, "decode", begin_together)
    recipes = [tiny_recipe(tokens=24 + 8 * number, steps=5 + number, conversations=8) for number in range(2)]
    alone = [desk.order(recipe) for recipe in recipes]
    for job_id in alone:
        run_attempt(worker, job_id)
    steps_alone = len(rows_in_step)
    rows_in_step.clear()
    jobs = [desk.order(recipe) for recipe in recipes]
    assert run_jobs(together)
    assert [desk.job(job_id).state for job_id in jobs] == [JobState.SUCCEEDED] * 2
    assert [desk.job(job_id).attempt for job_id in jobs] == [1] * 2
    for job_id, expected in zip(jobs, alone, strict=True):
        assert losses(desk, job_id) == pytest.approx(losses(desk, expected), rel=1e-3)
    assert max(runs_in_step) > 1
    assert len(rows_in_step) < steps_alone
    assert not run_jobs(together)


def test_of_jobs_taken_together_one_fails_one_is_cancelled_and_one_succeeds(
    desk: Desk, together: Worker, at_step: Callable[[int, Callable[[str], None]], None]
) -> None:
    failing, cancelled, good = (
        desk.order(tiny_recipe(tokens=24 + 8 * number, steps=40 if number == 1 else 12))
        for number in range(JOBS)
    )

    def act(tokens: str) -> None:
        if tokens == "24":
            raise RuntimeError("the disk is full")
        if tokens == "32":
            desk.cancel(cancelled)

    at_step(6, act)
    # The failed one is due again at once, and joins the others a second and a third time.
    assert run_jobs(together)
    while desk.job(failing).state is not JobState.FAILED:
        assert run_jobs(together)
    assert desk.job(failing).attempt == 3
    assert desk.job(cancelled).state is JobState.CANCELLED
    assert (desk.job(good).state, desk.job(good).attempt) == (JobState.SUCCEEDED, 1)


def test_a_worker_that_shuts_down_gives_all_its_jobs_back(
    desk: Desk, together: Worker, at_step: Callable[[int, Callable[[str], None]], None]
) -> None:
    stopping: list[str] = []
    leaving = replace(together, stopping=lambda: bool(stopping))
    jobs = [desk.order(tiny_recipe(steps=400, checkpoint_every=1000)) for _ in range(2)]
    at_step(6, stopping.append)
    assert run_jobs(leaving)
    assert {desk.job(job_id).state for job_id in jobs} == {JobState.QUEUED}
    for job_id in jobs:
        desk.cancel(job_id)


def test_a_large_job_is_taken_alone_and_passed_over_by_none(
    desk: Desk, together: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[str, int]] = []
    at_work: list[str] = []

    def noted(worker: Worker, job: Any) -> None:
        at_work.append(job.id)
        taken.append((job.id, len(at_work)))
        with worker.sessions.begin() as session:
            attempts.finish_failed(session, job.id, job.attempt, "tried", "noted")
        at_work.remove(job.id)

    monkeypatch.setattr("services.trainer.together.run_claimed", noted)
    training_settings = tiny_recipe().training.model_copy(update={"batch_tokens": 2 * SMALL_BATCH_TOKENS})
    small, large, after = (
        desk.order(),
        desk.order(tiny_recipe().model_copy(update={"training": training_settings})),
        desk.order(),
    )
    assert run_jobs(together)
    assert [job_id for job_id, _ in taken] == [small]
    assert run_jobs(together)
    assert taken[1:] == [(large, 1)]
    assert run_jobs(together)
    assert [job_id for job_id, _ in taken] == [small, large, after]
