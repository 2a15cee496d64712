"""Attempts that do not get to the end, and those that come after them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog
from sqlalchemy import update
from structlog.testing import capture_logs

from cartridge_core import training
from cartridge_core.self_study import SelfStudy
from cartridge_core.training import TrainingProgress
from cartridge_store.db.repositories import attempts
from cartridge_store.db.tables import JobState, TrainingJob
from services.trainer.attempt import Worker, run_attempt
from services.trainer.stages import evaluate as evaluate_stage
from services.trainer.stages import train as train_stage

from .desk import Desk, tiny_recipe


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], None]], None]:
    """`at_step(n, act)`: do something right after training step n."""
    real = training.train

    def install(step: int, act: Callable[[], None]) -> None:
        def watched(*args: Any, on_progress: Callable[[TrainingProgress], None], **options: Any) -> Any:
            def told(progress: TrainingProgress) -> None:
                on_progress(progress)
                if progress.step == step:
                    act()

            return real(*args, on_progress=told, **options)

        monkeypatch.setattr(train_stage, "distil", watched)

    return install


@pytest.fixture
def synthesized(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The shards that self-study makes: stream and first conversation."""
    shards: list[tuple[str, int]] = []
    real = SelfStudy.synthesize

    def recorded(self: SelfStudy, count: int, stream: Any, *, first: int = 0, **options: Any) -> Any:
        shards.append((stream, first))
        return real(self, count, stream, first=first, **options)

    monkeypatch.setattr(SelfStudy, "synthesize", recorded)
    return shards


def break_down() -> None:
    raise RuntimeError("the disk is full")


def test_an_attempt_that_fails_unexpectedly_is_followed_by_one_that_continues(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch, synthesized: list[tuple[str, int]]
) -> None:
    job_id = desk.order()
    with monkeypatch.context() as broken:
        broken.setattr(evaluate_stage, "measure", lambda *_, **__: break_down())
        run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert (job.state, job.lease_expires_at, job.woken_at) == (JobState.QUEUED, None, None)
    spent = job.progress["seconds"]["train"]
    synthesized.clear()
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert desk.job(job_id).attempt == 2
    assert synthesized == []
    assert desk.steps(job_id).count(12) == 1
    assert desk.cartridge(job_id).report["seconds"]["train"] > spent


def test_three_unexpected_failures_end_the_job_without_telling_its_insides(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = desk.order()
    monkeypatch.setattr(evaluate_stage, "measure", lambda *_, **__: break_down())
    for _ in range(4):
        run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert (job.state, job.error_code, job.attempt) == (JobState.FAILED, "internal_error", 3)
    assert [line["level"] for line in desk.events(job_id, "log")] == ["warning", "warning", "error"]
    told = str([event.data for event in desk.all_events(job_id)]) + str(job.error_detail)
    assert "disk is full" not in told
    assert "Traceback" not in told


def test_self_study_is_taken_up_again_at_the_first_missing_shard(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch, synthesized: list[tuple[str, int]]
) -> None:
    job_id = desk.order()
    put = worker.objects.put_file
    with monkeypatch.context() as broken:

        def refuse_the_third(key: str, *args: Any, **options: Any) -> None:
            if key.endswith("shard-00002.safetensors"):
                break_down()
            put(key, *args, **options)

        broken.setattr(worker.objects, "put_file", refuse_the_third)
        run_attempt(worker, job_id)
    assert synthesized == [("train", 0), ("train", 8), ("train", 16)]
    synthesized.clear()
    run_attempt(worker, job_id)
    assert synthesized == [("train", 16), ("held_out", 0)]
    assert desk.job(job_id).state is JobState.SUCCEEDED


def test_outputs_that_cannot_be_read_are_made_again(
    desk: Desk, worker: Worker, at_step: Callable[[int, Callable[[], None]], None]
) -> None:
    job_id = desk.order()
    broken = [break_down]
    at_step(6, lambda: broken.pop()() if broken else None)
    run_attempt(worker, job_id)
    left = desk.outputs(job_id)
    assert {"parsed.json", "conversations/shard-00001.safetensors", "checkpoint.safetensors"} < left
    for name in left:
        desk.replace_output(job_id, name, b"\x08\x00\x00\x00\x00\x00\x00\x00nonsense")
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert "checkpoint" in desk.events(job_id, "log")[-1]["message"]


def test_an_output_that_cannot_be_read_does_not_get_into_the_log(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    desk.replace_output(job_id, "parsed.json", b'{"documents": "Ann has a rash"}')
    with capture_logs() as lines:
        run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    (line,) = [line for line in lines if line["event"] == "stage_output_unusable"]
    assert "documents: Input should be a valid array" in line["detail"]
    assert "rash" not in str(lines)


def test_a_cartridge_whose_bytes_were_deleted_with_an_equal_one_has_them_again(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, taken = worker.objects.put_file, []

    def delete_after_the_first(key: str, *args: Any, **options: Any) -> None:
        put(key, *args, **options)
        if "/cartridges/" in key and not taken:
            taken.append(key)
            worker.objects.delete(key)

    job_id = desk.order()
    monkeypatch.setattr(worker.objects, "put_file", delete_after_the_first)
    run_attempt(worker, job_id)
    cartridge = desk.cartridge(job_id)
    assert taken == [cartridge.object_key]
    assert worker.objects.exists(cartridge.object_key)


def test_training_that_is_interrupted_gives_the_very_same_cartridge(
    desk: Desk, worker: Worker, at_step: Callable[[int, Callable[[], None]], None]
) -> None:
    job_id, uninterrupted = desk.order(), desk.order()
    run_attempt(worker, uninterrupted)
    broken = [break_down]
    at_step(6, lambda: broken.pop()() if broken else None)
    run_attempt(worker, job_id)
    run_attempt(worker, job_id)
    _, resumed = desk.steps_by_attempt(job_id)
    assert resumed[0] == 5, "the checkpoint of step 4 was the last"
    assert desk.cartridge(job_id).digest == desk.cartridge(uninterrupted).digest


def test_a_worker_that_shuts_down_leaves_its_very_last_step_to_the_next(
    desk: Desk, worker: Worker, at_step: Callable[[int, Callable[[], None]], None]
) -> None:
    job_id = desk.order(tiny_recipe(steps=40, checkpoint_every=100))
    stopping: list[bool] = []
    leaving = replace(worker, stopping=lambda: bool(stopping))
    at_step(6, lambda: stopping.append(True))
    run_attempt(leaving, job_id)
    job = desk.job(job_id)
    assert (job.state, job.worker) == (JobState.QUEUED, None)
    assert "checkpoint.safetensors" in desk.outputs(job_id)
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert 1 not in desk.steps(job_id)[1:]


def test_a_job_cancelled_in_the_queue_never_runs(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    desk.cancel(job_id)
    run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert (job.state, job.attempt) == (JobState.CANCELLED, 0)
    assert desk.outputs(job_id) == set()


def test_a_job_cancelled_while_it_trains_stops_and_keeps_its_objects(
    desk: Desk, worker: Worker, at_step: Callable[[int, Callable[[], None]], None]
) -> None:
    job_id = desk.order(tiny_recipe(steps=100_000))
    at_step(6, lambda: desk.cancel(job_id))
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.CANCELLED
    assert desk.events(job_id, "state")[-1]["state"] == "cancelled"
    assert "checkpoint.safetensors" in desk.outputs(job_id)
    assert desk.cartridges(job_id) == 0


def test_a_job_cancelled_during_self_study_stops(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = desk.order(tiny_recipe(conversations=100_000))
    real = SelfStudy.synthesize

    def cancelled_meanwhile(self: SelfStudy, *args: Any, **options: Any) -> Any:
        desk.cancel(job_id)
        return real(self, *args, **options)

    monkeypatch.setattr(SelfStudy, "synthesize", cancelled_meanwhile)
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.CANCELLED


def test_finished_and_unknown_jobs_are_left_alone(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    run_attempt(worker, job_id)
    before = len(desk.all_events(job_id))
    run_attempt(worker, job_id)
    run_attempt(worker, "job_0000000000000000000000000")
    assert len(desk.all_events(job_id)) == before
    assert desk.cartridges(job_id) == 1


def test_a_job_in_other_hands_is_left_alone(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    with desk.sessions.begin() as session:
        attempts.claim(session, job_id, "another", 60)
    run_attempt(worker, job_id)
    assert (desk.job(job_id).attempt, desk.job(job_id).worker) == (1, "another")


def test_an_attempt_that_lost_its_lease_writes_nothing_more(
    desk: Desk, worker: Worker, at_step: Callable[[int, Callable[[], None]], None]
) -> None:
    job_id = desk.order(tiny_recipe(steps=100_000))

    def taken_over() -> None:
        desk.take_over(job_id)
        events.append(len(desk.all_events(job_id)))

    events: list[int] = []
    at_step(6, taken_over)
    run_attempt(worker, job_id)
    job = desk.job(job_id)
    assert (job.state, job.attempt, job.worker) == (JobState.RUNNING, 2, "another")
    assert len(desk.all_events(job_id)) == events[0]


def test_a_stored_recipe_of_another_release_fails_the_job(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    with desk.sessions.begin() as session:
        session.execute(update(TrainingJob).where(TrainingJob.id == job_id).values(recipe={"tokens": "many"}))
    run_attempt(worker, job_id)
    assert desk.job(job_id).error_code == "recipe_invalid"


def test_the_log_of_an_attempt_names_the_request_that_ordered_the_job(desk: Desk, worker: Worker) -> None:
    job_id = desk.order(text="Too short.")
    with desk.sessions.begin() as session:
        session.execute(update(TrainingJob).where(TrainingJob.id == job_id).values(request_id="trace-of-job"))
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        run_attempt(worker, job_id)
    told = [line for line in lines if line["event"] in ("attempt_started", "job_failed")]
    assert [(line["request_id"], line["job"]) for line in told] == [("trace-of-job", job_id)] * 2
