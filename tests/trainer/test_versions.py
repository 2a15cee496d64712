"""A job learns the version of the corpus that it began with, and may begin where another cartridge ended."""

from pathlib import Path

from sqlalchemy import update

from cartridge_core.artifact import read_cartridge
from cartridge_store.db.repositories import cartridges, deletions, documents
from cartridge_store.db.tables import JobState, TrainingJob
from cartridge_store.ids import new_id
from services.trainer.attempt import Worker, run_attempt
from services.trainer.sweeper import sweep

from .desk import TEXT, Desk, tiny_recipe


def _remove(desk: Desk, corpus_id: str, name: str) -> str:
    """Take a document out of its corpus as the api does; the key of its object."""
    with desk.sessions.begin() as session:
        (row,) = documents.list_page(session, desk.tenant_id, corpus_id, limit=1, name=name).rows
        documents.delete(session, desk.tenant_id, corpus_id, row.id)
        deletions.promise_unless_used(session, desk.tenant_id, [row.object_key], deletions.AT_ONCE)
        return row.object_key


def test_a_document_that_is_removed_meanwhile_is_learned_to_the_end_and_then_goes(
    desk: Desk, worker: Worker
) -> None:
    job_id = desk.order_of(
        {"a.txt": ("text/plain", TEXT), "b.txt": ("text/plain", "The tower of Lund. " * 40)}
    )
    job = desk.job(job_id)
    assert job.corpus_version == 2
    key = _remove(desk, job.corpus_id, "b.txt")
    sweep(desk.worker_sessions, desk.objects)
    assert desk.objects.exists(key)
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert desk.cartridge(job_id).corpus_version == 2
    with desk.sessions() as session:
        held = documents.list_all(session, desk.tenant_id, job.corpus_id, 2)
        assert [(row.name, row.tokens is not None) for row in held] == [("a.txt", True), ("b.txt", True)]
        assert [row.name for row in documents.list_all(session, desk.tenant_id, job.corpus_id)] == ["a.txt"]
    # Put off while the job went on; due again a little later.
    with desk.sessions.begin() as session:
        deletions.promise_unless_used(session, desk.tenant_id, [key], deletions.AT_ONCE)
    sweep(desk.worker_sessions, desk.objects)
    assert not desk.objects.exists(key)


def _start_from(desk: Desk, job_id: str, cartridge_id: str) -> None:
    with desk.sessions.begin() as session:
        mine = update(TrainingJob).where(TrainingJob.id == job_id)
        session.execute(mine.values(initialize_from=cartridge_id))


def test_training_goes_on_from_the_cartridge_that_it_is_asked_to_start_from(
    desk: Desk, worker: Worker, tmp_path: Path
) -> None:
    first = desk.order()
    run_attempt(worker, first)
    earlier = desk.cartridge(first)
    second = desk.order(tiny_recipe(steps=1))
    _start_from(desk, second, earlier.id)
    run_attempt(worker, second)
    assert desk.job(second).state is JobState.SUCCEEDED
    initial, previous = tmp_path / "initial", tmp_path / "previous"
    desk.objects.get_file(f"tenants/{desk.tenant_id}/jobs/{second}/initial.safetensors", initial)
    desk.objects.get_file(earlier.object_key, previous)
    began, ended = read_cartridge(initial), read_cartridge(previous)
    assert (began.keys == ended.keys.float()).all()
    assert (began.values == ended.values.float()).all()
    assert began.header.evaluation is None
    assert desk.cartridge(second).digest != earlier.digest


def test_a_job_whose_beginning_was_deleted_fails_and_says_so(desk: Desk, worker: Worker) -> None:
    job_id = desk.order()
    _start_from(desk, job_id, new_id("ctg"))
    run_attempt(worker, job_id)
    assert (desk.job(job_id).state, desk.job(job_id).error_code) == (
        JobState.FAILED,
        "initial_cartridge_gone",
    )


def test_a_beginning_of_another_size_is_refused_with_both_sizes(desk: Desk, worker: Worker) -> None:
    first = desk.order(tiny_recipe(tokens=16, steps=1))
    run_attempt(worker, first)
    with desk.sessions() as session:
        earlier = cartridges.list_page(session, desk.tenant_id, limit=1).rows[0]
    second = desk.order(tiny_recipe(steps=1))
    _start_from(desk, second, earlier.id)
    run_attempt(worker, second)
    job = desk.job(second)
    assert (job.state, job.error_code) == (JobState.FAILED, "initial_cartridge_unfit")
    assert "16" in str(job.error_detail)
    assert "32" in str(job.error_detail)
