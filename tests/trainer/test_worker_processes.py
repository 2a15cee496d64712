"""The real worker and the real dispatcher, killed and stopped in the middle."""

import signal
import time
from pathlib import Path

from cartridge_store.db.tables import JobState
from services.trainer.dispatcher import HEARTBEAT_FILE

from .desk import Desk, tiny_recipe
from .processes import dispatcher, kill, wait_until, worker

# Long enough to be interrupted in, and over soon.
STEPS = 240


def test_a_killed_worker_loses_its_lease_and_another_resumes_from_the_checkpoint(
    desk: Desk, environment: dict[str, str], tmp_path: Path
) -> None:
    job_id = desk.order(tiny_recipe(steps=STEPS, checkpoint_every=10))
    with dispatcher(environment):
        with worker(environment) as victim:
            wait_until(lambda: "checkpoint.safetensors" in desk.outputs(job_id), 60)
            kill(victim)
        killed = desk.job(job_id)
        assert killed.state is JobState.RUNNING
        with worker(environment):
            wait_until(lambda: desk.job(job_id).state.is_terminal, 60)
        assert (tmp_path / HEARTBEAT_FILE).stat().st_mtime > time.time() - 5
    job = desk.job(job_id)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
    assert desk.cartridges(job_id) == 1
    resumed = [event for event in desk.events(job_id, "stage") if event["attempt"] == 2]
    assert resumed
    first_attempt_steps, second_attempt_steps = desk.steps_by_attempt(job_id)
    assert first_attempt_steps[0] == 1
    assert second_attempt_steps[0] > 10
    assert second_attempt_steps[-1] == STEPS


def test_a_worker_that_is_stopped_hands_its_job_on_without_waiting_for_the_lease(
    desk: Desk, environment: dict[str, str]
) -> None:
    environment["CARTRIDGES_TRAINER_LEASE_SECONDS"] = "600"
    job_id = desk.order(tiny_recipe(steps=1_000_000, checkpoint_every=1_000_000))
    with dispatcher(environment):
        with worker(environment) as leaving:
            wait_until(lambda: bool(desk.steps(job_id)), 60)
            leaving.send_signal(signal.SIGTERM)
            assert leaving.wait(10) == 0
        assert desk.job(job_id).state is JobState.QUEUED
        assert "checkpoint.safetensors" in desk.outputs(job_id)
        with worker(environment):
            wait_until(lambda: desk.job(job_id).attempt == 2, 60)
            wait_until(lambda: len(desk.steps_by_attempt(job_id)) == 2, 60)
            desk.cancel(job_id)
            wait_until(lambda: desk.job(job_id).state is JobState.CANCELLED, 5)
    assert desk.steps_by_attempt(job_id)[1][0] > 1
