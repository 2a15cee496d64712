"""Training beside the tenant's finished cartridges: kept as they were, and done without where they are gone."""

from pathlib import Path
from typing import Any

from cartridge_core.recipe import Recipe
from cartridge_store.db.tables import JobState
from cartridge_store.ids import new_id
from services.trainer.attempt import Worker, run_attempt

from .desk import Desk, tiny_recipe


def _beside(*cartridge_ids: str) -> Recipe:
    recipe = tiny_recipe(steps=4)
    training = recipe.training.model_copy(update={"beside": cartridge_ids, "beside_share": 1.0})
    return recipe.model_copy(update={"training": training})


def test_a_cartridge_beside_changes_training_and_is_kept_with_the_job(desk: Desk, worker: Worker) -> None:
    first = desk.order(tiny_recipe(steps=4))
    run_attempt(worker, first)
    other = desk.cartridge(first)
    alone, beside = desk.order(tiny_recipe(steps=4)), desk.order(_beside(other.id))
    for job_id in (alone, beside):
        run_attempt(worker, job_id)
        assert desk.job(job_id).state is JobState.SUCCEEDED
    assert desk.cartridge(beside).digest != desk.cartridge(alone).digest
    kept = f"tenants/{desk.tenant_id}/jobs/{beside}/beside/{other.id}.safetensors"
    assert desk.objects.exists(kept)


def test_of_those_that_are_gone_the_log_tells_and_training_goes_on(desk: Desk, worker: Worker) -> None:
    gone = new_id("ctg")
    job_id = desk.order(_beside(gone))
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert [gone in event["message"] for event in _warnings(desk, job_id)] == [True]


def test_the_copy_serves_a_later_attempt_whatever_becomes_of_the_cartridge(
    desk: Desk, worker: Worker, tmp_path: Path
) -> None:
    first = desk.order(tiny_recipe(steps=4))
    run_attempt(worker, first)
    desk.objects.get_file(desk.cartridge(first).object_key, tmp_path / "copy")
    gone = new_id("ctg")
    job_id = desk.order(_beside(gone))
    desk.replace_output(job_id, f"beside/{gone}.safetensors", (tmp_path / "copy").read_bytes())
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert _warnings(desk, job_id) == []


def _warnings(desk: Desk, job_id: str) -> list[dict[str, Any]]:
    return [event for event in desk.events(job_id, "log") if event["level"] == "warning"]
