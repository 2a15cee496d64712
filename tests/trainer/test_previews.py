"""A corpus has a preview as soon as it is read: ordered once, made without training, gone when it serves nobody."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cartridge_core.artifact import read_cartridge
from cartridge_core.models import load_model
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_store.db.repositories import cartridges, corpora, documents, jobs, previews, quotas, versions
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import (
    CartridgeKind,
    CartridgeRow,
    CartridgeStatus,
    Corpus,
    DocumentStatus,
    JobKind,
    JobState,
    TrainingJob,
)
from cartridge_store.errors import ConflictError
from cartridge_store.ids import new_id
from cartridge_store.quotas import Quota
from services.trainer.attempt import Worker, run_attempt
from services.trainer.previewing import order_due_previews
from services.trainer.settings import PreviewSettings
from services.trainer.stages import compact as compacting
from services.trainer.sweeper import sweep

from .desk import TEXT, Desk, tiny_recipe

SETTINGS = PreviewSettings(base_model=Path("models/talkative"), preview_tokens=24)


@pytest.fixture(autouse=True)
def _nothing_waits(desk: Desk) -> None:
    """Corpora that other tests have left are not of interest here."""
    with desk.sessions.begin() as session:
        session.execute(update(Corpus).values(preview_due_at=None))


def _upload(
    desk: Desk, corpus_id: str, text: str = TEXT, status: DocumentStatus = DocumentStatus.READY
) -> str:
    """A document, in a version that has settled; its id."""
    document_id, content = new_id("doc"), text.encode()
    key = f"tenants/{desk.tenant_id}/corpora/{corpus_id}/documents/{document_id}"
    desk.objects.put_stream(key, BytesIO(content), size=len(content), content_type="text/plain")
    with desk.sessions.begin() as session:
        new = NewDocument(
            document_id, f"{document_id}.txt", "text/plain", len(content), "0" * 64, key, status
        )
        documents.create(session, desk.tenant_id, corpus_id, new)
    _make_due(desk, corpus_id)
    return document_id


def _make_due(desk: Desk, corpus_id: str, ago: timedelta = timedelta(0)) -> None:
    """Let so much time go by since the corpus's preview was due."""
    with desk.sessions.begin() as session:
        row = corpora.get(session, desk.tenant_id, corpus_id)
        if row.preview_due_at is not None:
            row.preview_due_at -= timedelta(seconds=2) + ago


def _corpus(desk: Desk, text: str = TEXT) -> str:
    with desk.sessions.begin() as session:
        corpus_id = corpora.create(session, desk.tenant_id, "bridges").id
    _upload(desk, corpus_id, text)
    return corpus_id


def _previews(desk: Desk, corpus_id: str) -> list[TrainingJob]:
    """The preview jobs of a corpus, oldest first."""
    with desk.sessions() as session:
        query = select(TrainingJob).where(
            TrainingJob.corpus_id == corpus_id, TrainingJob.kind == JobKind.PREVIEW
        )
        return list(session.scalars(query.order_by(TrainingJob.id)))


def _preview(desk: Desk, corpus_id: str) -> str:
    """The one preview that is ordered now; its job's id."""
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 1
    return _previews(desk, corpus_id)[-1].id


def test_a_corpus_has_a_preview_that_its_base_model_reads(
    desk: Desk, worker: Worker, talkative_model_dir: Path, tmp_path: Path
) -> None:
    corpus_id = _corpus(desk)
    job_id = _preview(desk, corpus_id)
    run_attempt(worker, job_id)
    job, row = desk.job(job_id), desk.cartridge(job_id)
    assert (job.state, job.cartridge_id) == (JobState.SUCCEEDED, row.id)
    assert (row.kind, row.status, row.tokens) == (CartridgeKind.PREVIEW, CartridgeStatus.READY, 24)
    assert (row.corpus_id, row.corpus_version) == (corpus_id, 1)
    path = tmp_path / "preview.safetensors"
    desk.objects.get_file(row.object_key, path)
    model = load_model(talkative_model_dir)
    read = read_cartridge(path, expected_digest=row.digest, identity=model.identity)
    assert read.header.next_position == read.tokens == 24


def test_the_report_of_a_preview_says_what_it_is_and_how_far_to_trust_it(desk: Desk, worker: Worker) -> None:
    job_id = _preview(desk, _corpus(desk))
    run_attempt(worker, job_id)
    report = desk.cartridge(job_id).report
    assert report["kind"] == "preview"
    assert report["note"].startswith("A preview:")
    assert report["corpus_tokens"] == report["read_tokens"] > 500
    assert report["kv_ratio"] == pytest.approx(report["corpus_tokens"] / 24)
    assert 8 <= report["quality"]["questions"] <= PreviewRecipe().measured_questions
    assert {"parse", "compact"} <= report["seconds"].keys()


def test_the_stages_and_the_seconds_of_a_preview_are_told_and_counted(desk: Desk, worker: Worker) -> None:
    job_id = _preview(desk, _corpus(desk))
    run_attempt(worker, job_id)
    told = [(event["stage"], event["status"]) for event in desk.events(job_id, "stage")]
    assert told == [
        ("parse", "started"), ("parse", "finished"), ("compact", "started"), ("compact", "finished"),
        ("publish", "started"),
    ]  # fmt: skip
    assert sum(desk.used().values()) > 0


def test_a_version_has_one_preview_however_often_it_is_looked_at(desk: Desk) -> None:
    corpus_id = _corpus(desk)
    _preview(desk, corpus_id)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 0
    with desk.sessions.begin() as session:
        corpora.get(session, desk.tenant_id, corpus_id).preview_due_at = desk.job(
            _previews(desk, corpus_id)[0].id
        ).created_at
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 0
    with desk.sessions.begin() as session:
        corpus = corpora.get(session, desk.tenant_id, corpus_id)
        with pytest.raises(ConflictError, match="has a preview already"):
            previews.order(session, corpus, base_model="talkative", recipe={})


def test_a_preview_waits_until_all_files_are_read(desk: Desk) -> None:
    corpus_id = _corpus(desk)
    unread = _upload(desk, corpus_id, status=DocumentStatus.CHECKING)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 0
    with desk.sessions.begin() as session:
        documents.get(session, desk.tenant_id, corpus_id, unread).status = DocumentStatus.FAILED
    _make_due(desk, corpus_id)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 1


def test_a_change_that_was_just_made_has_a_second_to_settle(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        corpus = corpora.create(session, desk.tenant_id, "bridges")
        new = NewDocument(new_id("doc"), "a.txt", "text/plain", 5, "0" * 64, "nowhere")
        documents.create(session, desk.tenant_id, corpus.id, new)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 0
    _make_due(desk, corpus.id)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 1


def _remove_all(desk: Desk, corpus_id: str) -> None:
    with desk.sessions.begin() as session:
        for row in documents.list_all(session, desk.tenant_id, corpus_id):
            documents.delete(session, desk.tenant_id, corpus_id, row.id)
    _make_due(desk, corpus_id)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda desk, corpus_id: _make_due(desk, corpus_id, timedelta(hours=2)),
        _remove_all,
    ],
    ids=["it was uploaded long ago", "it is empty again"],
)
def test_a_corpus_has_no_preview_where(spoil: Callable[[Desk, str], None], desk: Desk) -> None:
    corpus_id = _corpus(desk)
    spoil(desk, corpus_id)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 0
    assert _previews(desk, corpus_id) == []


@pytest.mark.parametrize(
    "changes", [{"preview": False}, {"base_model": None}], ids=["switched off", "without a model"]
)
def test_a_dispatcher_orders_no_previews(changes: dict[str, object], desk: Desk) -> None:
    corpus_id = _corpus(desk)
    assert order_due_previews(desk.worker_sessions, SETTINGS.model_copy(update=changes)) == 0
    assert _previews(desk, corpus_id) == []


def test_a_tenant_without_seconds_left_has_no_preview(desk: Desk) -> None:
    corpus_id = _corpus(desk)
    with desk.sessions.begin() as session:
        quotas.set_limit(session, desk.tenant_id, Quota.GPU_SECONDS_MONTH, 0)
    assert order_due_previews(desk.worker_sessions, SETTINGS) == 0
    assert _previews(desk, corpus_id) == []


def test_a_preview_takes_no_place_of_a_tenants_jobs_and_cartridges(desk: Desk, worker: Worker) -> None:
    job_id = _preview(desk, _corpus(desk))
    run_attempt(worker, job_id)
    with desk.sessions() as session:
        for quota in (Quota.CONCURRENT_JOBS, Quota.CARTRIDGES):
            assert quotas.used(session, desk.tenant_id, quota) == 0
        assert (quotas.used(session, desk.tenant_id, Quota.BYTES) or 0) > desk.cartridge(job_id).size_bytes


def test_a_preview_comes_before_the_same_tenants_training(desk: Desk) -> None:
    trained = desk.order()
    with desk.sessions.begin() as session:
        corpus_id = jobs.get(session, desk.tenant_id, trained).corpus_id
    _make_due(desk, corpus_id)
    preview = _preview(desk, corpus_id)
    assert desk.job(preview).priority > desk.job(trained).priority


@pytest.mark.parametrize("overtaken_by", ["a change", "a trained cartridge"])
def test_a_preview_that_serves_nobody_any_more_ends_as_cancelled(
    overtaken_by: str, desk: Desk, worker: Worker
) -> None:
    if overtaken_by == "a change":
        corpus_id = _corpus(desk)
        job_id = _preview(desk, corpus_id)
        _upload(desk, corpus_id, "The tower of Lund stands to this day. " * 10)
    else:
        trained = desk.order(tiny_recipe(steps=1))
        corpus_id = desk.job(trained).corpus_id
        _make_due(desk, corpus_id)
        job_id = _preview(desk, corpus_id)
        run_attempt(worker, trained)
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.CANCELLED
    assert desk.cartridges(job_id) == 0
    assert any("no preview is needed" in line["message"] for line in desk.events(job_id, "log"))


def test_a_preview_is_cancelled_while_it_reads(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = _preview(desk, _corpus(desk))
    real = compacting.make_preview

    def cancelled_meanwhile(*given: object, **named: object) -> object:
        desk.cancel(job_id)
        on_window = named["on_window"]
        assert callable(on_window)
        while True:
            on_window(0, 1)

    monkeypatch.setattr(compacting, "make_preview", cancelled_meanwhile)
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.CANCELLED
    assert real is not compacting.make_preview


def test_a_preview_that_breaks_is_made_by_the_next_attempt(
    desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = _preview(desk, _corpus(desk))

    def breaks(*given: object, **named: object) -> object:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patched:
        patched.setattr(compacting, "make_preview", breaks)
        run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.QUEUED
    run_attempt(worker, job_id)
    assert desk.job(job_id).state is JobState.SUCCEEDED
    assert desk.cartridges(job_id) == 1


def test_a_corpus_means_its_preview_until_it_has_a_trained_cartridge_that_is_ready(
    desk: Desk, worker: Worker
) -> None:
    trained = desk.order(tiny_recipe(steps=1))
    corpus_id = desk.job(trained).corpus_id
    _make_due(desk, corpus_id)
    preview = _preview(desk, corpus_id)
    run_attempt(worker, preview)
    assert _meant(desk, corpus_id) == desk.cartridge(preview).id
    run_attempt(worker, trained)
    assert _meant(desk, corpus_id) == desk.cartridge(trained).id
    with desk.sessions.begin() as session:
        row = cartridges.get(session, desk.tenant_id, desk.cartridge(trained).id)
        row.status = CartridgeStatus.NEEDS_REVIEW
    assert _meant(desk, corpus_id) == desk.cartridge(preview).id


def _meant(desk: Desk, corpus_id: str) -> str:
    with desk.sessions() as session:
        (row,) = cartridges.named(session, desk.tenant_id, [corpus_id], "talkative")
        return row.id


def test_previews_of_older_versions_go_an_hour_after_they_were_made(desk: Desk, worker: Worker) -> None:
    corpus_id = _corpus(desk)
    made = []
    for hours in (2, 0, 0):
        job_id = _preview(desk, corpus_id)
        run_attempt(worker, job_id)
        row = desk.cartridge(job_id)
        made.append(row)
        with desk.sessions.begin() as session:
            older = update(CartridgeRow).where(CartridgeRow.id == row.id)
            session.execute(older.values(created_at=row.created_at - timedelta(hours=hours)))
        _upload(desk, corpus_id, f"The tower of Lund was built {hours} times. " * len(made))
    with desk.sessions() as session:
        left = session.scalars(
            select(CartridgeRow.id).where(CartridgeRow.corpus_id == corpus_id).order_by(CartridgeRow.id)
        ).all()
    assert left == [row.id for row in made[1:]]


def test_with_its_corpus_go_a_preview_and_a_job_that_makes_one(desk: Desk, worker: Worker) -> None:
    corpus_id = _corpus(desk)
    made = _preview(desk, corpus_id)
    run_attempt(worker, made)
    key = desk.cartridge(made).object_key
    _upload(desk, corpus_id, "The tower of Lund stands. " * 20)
    _preview(desk, corpus_id)
    with desk.sessions.begin() as session:
        assert not jobs.has_unfinished(session, desk.tenant_id, corpus_id)
        previews.delete_of_corpus(session, desk.tenant_id, corpus_id, previews.audit.OPERATOR)
        jobs.delete_of_corpus(session, desk.tenant_id, corpus_id)
    assert _previews(desk, corpus_id) == []
    assert desk.objects.exists(key)  # for requests that have found it a moment ago
    with desk.sessions.begin() as session:
        assert versions.get(session, desk.tenant_id, corpus_id, 1).documents == 1
    sweep(desk.worker_sessions, desk.objects)


def test_a_preview_whose_recipe_is_of_another_release_fails_as_such(desk: Desk, worker: Worker) -> None:
    job_id = _preview(desk, _corpus(desk))
    with desk.sessions.begin() as session:
        session.execute(
            update(TrainingJob).where(TrainingJob.id == job_id).values(recipe={"steps_of_old": 1})
        )
    run_attempt(worker, job_id)
    assert (desk.job(job_id).state, desk.job(job_id).error_code) == (JobState.FAILED, "recipe_invalid")
