"""What a job will take is told before it is ordered, and what it has taken while it goes on."""

from typing import Any

import pytest

from cartridge_core.recipe import Recipe
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, documents, usage
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import CartridgeStatus, TrainingJob
from cartridge_store.ids import new_id
from services.api.jobs.estimates import estimate, speeds_of
from tests.api.conftest import Belongings, Person, assert_problem
from tests.api.stand_in import FINGERPRINT

_RECIPE = {
    "cartridge_tokens": 64,
    "self_study": {"conversations": 100, "recitations": 0},
    "training": {"steps": 100},
}


def _estimate(person: Person, corpus_id: str, **body: Any) -> dict[str, Any]:
    answer = person.http.post(
        "/v1/training-jobs/estimate", json={"corpus_id": corpus_id, "recipe": _RECIPE, **body}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _train(person: Person, sessions: SessionFactory, corpus_id: str, progress: dict[str, Any]) -> str:
    """A job of these counts that has made a cartridge; the cartridge's id."""
    job_id = person.http.post("/v1/training-jobs", json={"corpus_id": corpus_id, "recipe": _RECIPE}).json()[
        "id"
    ]
    made = PublishedCartridge(
        "c", job_id[-8:] * 8, "no/object", 1, 64, FINGERPRINT, CartridgeStatus.READY, {}
    )
    with sessions.begin() as session:
        attempts.claim(session, job_id, "w", 60)
        attempts.set_progress(session, job_id, 1, progress)
        return attempts.publish(session, job_id, 1, made).id


_PROGRESS = {
    "seconds": {"parse": 1.0, "self_study": 9.0, "baselines": 2.0, "train": 22.0, "evaluate": 5.0},
    "synthesis": {"tokens": 8200, "seconds": 10.0},
    "training": {"tokens": 51200, "seconds": 20.0},
    "outcome": {"end": "early_stop", "steps": 50, "best_step": 25, "validation_loss": 1.5, "tokens": 51200, "seconds": 20.0},
}  # fmt: skip


def test_before_any_job_the_estimate_is_a_guess_and_says_so(ann: Person, belongings: Belongings) -> None:
    jobs = ann.http.get("/v1/training-jobs").json()["data"]
    found = _estimate(ann, belongings.corpus_id)
    assert (found["based_on_jobs"], found["retrains"], found["corpus_tokens_counted"]) == (0, None, False)
    assert found["training_tokens"] <= 100 * 1024
    seconds = found["seconds"]
    assert found["gpu_seconds"] == pytest.approx(sum(seconds.values()))
    month = found["month"]
    assert month["after"] == pytest.approx(month["used"] + found["gpu_seconds"])
    assert ann.http.get("/v1/training-jobs").json()["data"] == jobs


def test_finished_jobs_tell_how_fast_the_deployment_is(
    ann: Person, belongings: Belongings, sessions: SessionFactory
) -> None:
    _train(ann, sessions, belongings.corpus_id, _PROGRESS)
    found = _estimate(ann, belongings.corpus_id)
    assert found["based_on_jobs"] == 1
    # 164 conversations asked for took 8,200 tokens; 50 steps with room for 51,200 tokens held as many.
    assert found["synthesis_tokens"] == 8200
    assert found["training_tokens"] == 102_400
    assert found["seconds"]["self_study"] == pytest.approx(10.0)
    assert found["seconds"]["train"] == pytest.approx(40.0)
    assert found["seconds"]["other"] == pytest.approx(10.0 / 30.0 * 50.0)


def test_a_budget_bounds_the_estimate(ann: Person, belongings: Belongings) -> None:
    whole = _estimate(ann, belongings.corpus_id)
    tokens = _estimate(ann, belongings.corpus_id, recipe={**_RECIPE, "training": {"budget_tokens": 1000}})
    assert tokens["training_tokens"] == 1000
    seconds = _estimate(ann, belongings.corpus_id, recipe={**_RECIPE, "training": {"budget_seconds": 5}})
    assert seconds["seconds"]["train"] == 5
    assert seconds["training_tokens"] < whole["training_tokens"]


def test_a_job_that_does_not_fit_the_month_is_told_of(
    ann: Person, belongings: Belongings, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        usage.put(session, ann.tenant_id, "job_a:1", usage.Kind.GPU_SECONDS, 1e9)
    month = _estimate(ann, belongings.corpus_id)["month"]
    assert month["fits"] is False
    assert month["used"] == pytest.approx(1e9)


def test_a_job_on_another_version_tells_which_cartridge_it_goes_on_from(
    ann: Person, belongings: Belongings, sessions: SessionFactory
) -> None:
    cartridge_id = _train(ann, sessions, belongings.corpus_id, _PROGRESS)
    assert _estimate(ann, belongings.corpus_id)["retrains"] is None  # it is of this version
    with sessions.begin() as session:
        more = NewDocument(new_id("doc"), "more.txt", "text/plain", 5, "0" * 64, "no/object")
        documents.create(session, ann.tenant_id, belongings.corpus_id, more)
    assert _estimate(ann, belongings.corpus_id)["retrains"] == cartridge_id
    afresh = {**_RECIPE, "retraining": {"from_previous": False}}
    assert _estimate(ann, belongings.corpus_id, recipe=afresh)["retrains"] is None
    larger = {**_RECIPE, "cartridge_tokens": 128}
    assert _estimate(ann, belongings.corpus_id, recipe=larger)["retrains"] is None
    missing = {"corpus_id": belongings.corpus_id, "corpus_version": 99}
    assert_problem(ann.http.post("/v1/training-jobs/estimate", json=missing), 404, "not_found")


def test_a_corpus_of_another_tenant_and_another_model_are_not_estimated(
    ann: Person, bob: Person, belongings: Belongings
) -> None:
    path = "/v1/training-jobs/estimate"
    assert_problem(bob.http.post(path, json={"corpus_id": belongings.corpus_id}), 404, "not_found")
    other = {"corpus_id": belongings.corpus_id, "base_model": "other"}
    assert_problem(ann.http.post(path, json=other), 404, "model_not_found")


def test_a_jobs_cost_and_what_it_uses_again_come_with_its_stages(
    ann: Person, belongings: Belongings, sessions: SessionFactory
) -> None:
    job_id = ann.http.post("/v1/training-jobs", json={"corpus_id": belongings.corpus_id}).json()["id"]
    path = f"/v1/training-jobs/{job_id}/stages"
    nothing = ann.http.get(path).json()
    assert (nothing["reuse"], nothing["eta_seconds"], nothing["cost"]["training"]["tokens"]) == (
        None,
        None,
        0,
    )
    reuse = {
        "cartridge_id": "ctg_x",
        "conversations": 40,
        "corrections": 3,
        "chunks_kept": 8,
        "chunks_written": 1,
    }
    step = {"stage": "train", "step": 5, "steps": 10, "tokens": 512, "seconds": 3.0, "eta_seconds": 3.0}
    with sessions.begin() as session:
        attempts.claim(session, job_id, "w", 60)
        attempts.set_stage(session, job_id, 1, "train")
        progress = {"reuse": reuse, "current": step, "synthesis": {"tokens": 99, "seconds": 1.0}}
        attempts.set_progress(session, job_id, 1, progress)
        usage.put(session, ann.tenant_id, f"{job_id}:1", usage.Kind.GPU_SECONDS, 7.0)
        usage.put(session, ann.tenant_id, f"{job_id}:train:0:1", usage.Kind.GPU_SECONDS, 2.0)
    found = ann.http.get(path).json()
    assert found["reuse"] == reuse
    assert found["eta_seconds"] == 3.0
    assert found["cost"]["gpu_seconds"] == pytest.approx(9.0)
    assert found["cost"]["synthesis"] == {"tokens": 99, "seconds": 1.0}
    assert found["cost"]["training"] == {"tokens": 512, "seconds": 3.0}


def test_jobs_without_counts_or_with_recipes_of_another_release_tell_nothing() -> None:
    job = TrainingJob(recipe={"no": "recipe"}, progress=_PROGRESS)
    silent = TrainingJob(recipe=_RECIPE, progress={})
    assert speeds_of([job, silent]) == speeds_of([])
    assert estimate(Recipe(), speeds_of([])).seconds > 0
