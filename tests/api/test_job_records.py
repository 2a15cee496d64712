"""What a job has told is there for whoever comes later: stages, loss, events, conversations, and the way to try again."""

from datetime import datetime
from typing import Any

import pytest
from httpx_sse import EventSource

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, jobs, studies
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.repositories.studies import NewChunk, NewConversation, NewShard
from cartridge_store.db.tables import CartridgeStatus, TrainingJob
from services.api.app import create_app
from tests.api.conftest import Belongings, Person, assert_problem, serving
from tests.api.stand_in import FINGERPRINT


@pytest.fixture
def job_id(ann: Person, belongings: Belongings, sessions: SessionFactory) -> str:
    """A job of Ann's that a worker has begun."""
    made = ann.http.post("/v1/training-jobs", json={"corpus_id": belongings.corpus_id})
    job_id: str = made.json()["id"]
    with sessions.begin() as session:
        attempts.claim(session, job_id, "w", 60)
    return job_id


def _tell(sessions: SessionFactory, job_id: str, type_: str, **data: Any) -> None:
    """An event of the job's present attempt."""
    with sessions.begin() as session:
        attempt = session.get_one(TrainingJob, job_id).attempt
        attempts.append_event(session, job_id, attempt, type_, data)


def _stage(sessions: SessionFactory, job_id: str, stage: str, status: str, attempt: int = 1) -> None:
    seconds = 1.5 if status == "finished" else None
    _tell(sessions, job_id, "stage", stage=stage, status=status, attempt=attempt, seconds=seconds)


def _step(sessions: SessionFactory, job_id: str, step: int, loss: float) -> None:
    _tell(
        sessions, job_id, "progress",
        stage="train", step=step, steps=300, loss=loss, tokens_per_second=50.0, eta_seconds=1.0, learning_rate=0.1,
    )  # fmt: skip


def _stages(person: Person, job_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.http.get(f"/v1/training-jobs/{job_id}/stages").json()["data"]
    return found


def test_stages_come_with_their_times_and_say_what_an_attempt_left(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    _stage(sessions, job_id, "parse", "started")
    _stage(sessions, job_id, "parse", "finished")
    _stage(sessions, job_id, "self_study", "started")
    parse, study = _stages(ann, job_id)
    assert (parse["status"], parse["seconds"], study["status"]) == ("finished", 1.5, "running")
    assert datetime.fromisoformat(parse["started_at"]) <= datetime.fromisoformat(study["started_at"])
    assert study["finished_at"] is None

    with sessions.begin() as session:
        attempts.release_for_retry(session, job_id, 1)
    assert [stage["status"] for stage in _stages(ann, job_id)] == ["finished", "interrupted"]
    with sessions.begin() as session:
        attempts.claim(session, job_id, "w2", 60)
    _stage(sessions, job_id, "self_study", "started", attempt=2)
    last = _stages(ann, job_id)[-2:]
    assert [(stage["attempt"], stage["status"]) for stage in last] == [(1, "interrupted"), (2, "running")]
    assert last[0]["finished_at"] == last[1]["started_at"]


def test_the_stage_that_publishes_ends_with_the_job(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    _stage(sessions, job_id, "publish", "started")
    cartridge = PublishedCartridge("c", "ef" * 32, "no/object", 1, 32, FINGERPRINT, CartridgeStatus.READY, {})
    with sessions.begin() as session:
        attempts.publish(session, job_id, 1, cartridge)
    (stage,) = _stages(ann, job_id)
    job = ann.http.get(f"/v1/training-jobs/{job_id}").json()
    assert (stage["status"], stage["finished_at"]) == ("finished", job["finished_at"])


def test_a_stage_that_a_job_failed_in_is_no_finished_one(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    assert _stages(ann, job_id) == []
    _stage(sessions, job_id, "train", "started")
    with sessions.begin() as session:
        attempts.finish_failed(session, job_id, 1, "training_diverged", "no number")
    (stage,) = _stages(ann, job_id)
    assert (stage["status"], stage["seconds"] > 0) == ("interrupted", True)


def test_the_loss_comes_in_few_points_beside_the_levels_of_no_context_and_icl(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    path = f"/v1/training-jobs/{job_id}/loss"
    empty = ann.http.get(path).json()
    assert (empty["steps"], empty["points"], empty["baselines"]) == (1000, [], None)
    scores = {"loss": 2.0, "log_perplexity": 1.9}
    _tell(sessions, job_id, "baselines", none=scores, icl={**scores, "loss": 1.0}, weighting="context_gain")
    for step in range(1, 13):
        _step(sessions, job_id, step, 3.0 - step / 10)
    curve = ann.http.get(path, params={"points": 4}).json()
    assert [point["step"] for point in curve["points"]] == [3, 6, 9, 12]
    assert curve["points"][0]["least"] == pytest.approx(2.7)
    assert curve["baselines"] == {"no_context": 2.0, "icl": 1.0}
    assert_problem(ann.http.get(path, params={"points": 100_000}), 422, "invalid_request")


def test_the_loss_on_conversations_kept_from_training_stands_beside_and_why_it_ended(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    path = f"/v1/training-jobs/{job_id}/loss"
    for step, validated, loss in ((1, 0, 2.0), (2, 2, 1.5), (3, 2, 1.5), (4, 4, 1.7)):
        _tell(
            sessions, job_id, "progress",
            stage="train", step=step, steps=300, loss=1.0, tokens_per_second=50.0, eta_seconds=1.0, learning_rate=0.1,
            validation_loss=loss, validated_step=validated, best_step=2,
        )  # fmt: skip
    curve = ann.http.get(path).json()
    expected = [{"step": 0, "loss": 2.0}, {"step": 2, "loss": 1.5}, {"step": 4, "loss": 1.7}]
    assert (curve["validation"], curve["best_step"], curve["end"]) == (expected, 2, None)
    outcome = {
        "end": "early_stop",
        "steps": 4,
        "best_step": 2,
        "validation_loss": 1.5,
        "tokens": 9,
        "seconds": 1.0,
    }
    with sessions.begin() as session:
        attempts.set_progress(session, job_id, 1, {"outcome": outcome})
    assert ann.http.get(path).json()["end"] == "early_stop"


def test_levels_of_another_loss_than_training_minimises_are_not_drawn(
    ann: Person, belongings: Belongings, sessions: SessionFactory
) -> None:
    """The job's counts by context gain, and these are of an earlier release, which counted all tokens alike."""
    recipe = {"training": {"weighting": "context_gain"}}
    body = {"corpus_id": belongings.corpus_id, "recipe": recipe}
    job_id = ann.http.post("/v1/training-jobs", json=body).json()["id"]
    with sessions.begin() as session:
        attempts.claim(session, job_id, "w", 60)
    _tell(sessions, job_id, "baselines", none={"loss": 2.0}, icl={"loss": 1.0})
    assert ann.http.get(f"/v1/training-jobs/{job_id}/loss").json()["baselines"] is None


def test_events_are_read_by_page_and_type(ann: Person, job_id: str, sessions: SessionFactory) -> None:
    for number in range(3):
        _tell(sessions, job_id, "log", level="info", message=str(number))
        _step(sessions, job_id, number, 1.0)
    path = f"/v1/training-jobs/{job_id}/history"
    first = ann.http.get(path, params={"type": ["log", "state"], "limit": 2}).json()
    assert [event["data"].get("message") for event in first["data"]] == ["2", "1"]
    assert first["has_more"] is True
    rest = ann.http.get(path, params={"type": ["log", "state"], "cursor": first["next_cursor"]}).json()
    assert [event["type"] for event in rest["data"]] == ["log", "state", "state"]
    assert rest["has_more"] is False
    assert [event["seq"] for event in rest["data"]] == [3, 2, 1]
    assert datetime.fromisoformat(rest["data"][0]["created_at"])
    assert ann.http.get(path, params={"cursor": "job_zz"}).json()["data"] == []
    assert_problem(ann.http.get(path, params={"type": "noise"}), 422, "invalid_request")


def test_a_page_of_a_job_begins_to_follow_where_the_job_stood(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    last = ann.http.get(f"/v1/training-jobs/{job_id}").json()["last_event"]
    _tell(sessions, job_id, "log", level="info", message="later")
    newest = ann.http.get(f"/v1/training-jobs/{job_id}/history").json()["data"][0]
    assert newest["seq"] == last + 1


def test_conversations_come_newest_first_with_the_chunk_they_are_about(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    shard = NewShard(
        "train", 0,
        (
            NewConversation(0, "question", "How many beds?", "Eleven."),
            NewConversation(0, "recitation", "Say it.", "Ward 3 has 11 beds."),
            NewConversation(None, "general", "Who are you?", "A model."),
        ),
    )  # fmt: skip
    with sessions.begin() as session:
        attempts.keep_chunks(session, job_id, 1, [NewChunk(0, "wards.txt", 40, "Ward 3 has 11 beds.")])
        studies.put_shard(session, ann.tenant_id, job_id, shard)
    path = f"/v1/training-jobs/{job_id}/conversations"
    page = ann.http.get(path, params={"limit": 2}).json()
    assert [each["question"] for each in page["data"]] == ["Who are you?", "Say it."]
    assert page["data"][0]["chunk"] is None
    assert page["data"][1]["chunk"] == {
        "index": 0, "document": "wards.txt", "position": 40, "text": "Ward 3 has 11 beds.",
    }  # fmt: skip
    rest = ann.http.get(path, params={"cursor": page["next_cursor"]}).json()
    assert [each["answer"] for each in rest["data"]] == ["Eleven."]

    def found(**by: str) -> list[str]:
        return [each["kind"] for each in ann.http.get(path, params=by).json()["data"]]

    assert found(search="BEDS") == ["recitation", "question"]
    assert found(kind="general") == ["general"]
    assert found(stream="held_out") == []


def test_conversations_go_with_the_corpus_they_quote(
    ann: Person, job_id: str, belongings: Belongings, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        attempts.keep_chunks(session, job_id, 1, [NewChunk(0, "d", 0, "t")])
        shard = NewShard("train", 0, (NewConversation(0, "k", "q", "a"),))
        studies.put_shard(session, ann.tenant_id, job_id, shard)
        attempts.finish_failed(session, job_id, 1, "internal_error", "broken")
    assert ann.http.delete(f"/v1/corpora/{belongings.corpus_id}").status_code == 204
    with sessions() as session:
        assert studies.list_page(session, ann.tenant_id, job_id, limit=1).rows == []
        assert studies.chunks(session, ann.tenant_id, job_id, [0]) == {}


def test_a_job_that_failed_is_tried_again_as_a_new_one_and_only_once_for_a_key(
    ann: Person, job_id: str, sessions: SessionFactory
) -> None:
    path = f"/v1/training-jobs/{job_id}/retry"
    assert_problem(ann.http.post(path), 409, "job_unfinished")
    with sessions.begin() as session:
        attempts.finish_failed(session, job_id, 1, "internal_error", "broken")
    key = {"Idempotency-Key": f"again-{job_id}"}
    made = ann.http.post(path, headers=key)
    assert made.status_code == 201
    again = made.json()
    assert (again["state"], again["retry_of"], again["name"]) == ("queued", job_id, "wards")
    assert again["recipe"] == ann.http.get(f"/v1/training-jobs/{job_id}").json()["recipe"]
    assert ann.http.post(path, headers=key).json()["id"] == again["id"]
    entry = ann.http.get("/v1/audit").json()["data"][0]
    assert (entry["action"], entry["details"]["retry_of"]) == ("training_job.created", job_id)


def test_a_recipe_of_another_release_cannot_be_tried_again(
    ann: Person, belongings: Belongings, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        jobs.get(session, ann.tenant_id, belongings.job_id).recipe = {"of_old": 1}
    response = ann.http.post(f"/v1/training-jobs/{belongings.job_id}/retry")
    assert_problem(response, 409, "recipe_invalid")


def test_a_stream_goes_on_after_the_server_was_started_again_without_loss_or_doubling(
    ann: Person, job_id: str, sessions: SessionFactory, settings: Any
) -> None:
    seen: list[int] = []
    headers = {"Authorization": f"Bearer {ann.key}"}
    for round_ in range(3):
        with serving(create_app(settings)) as url:
            if seen:
                headers["Last-Event-ID"] = str(seen[-1])
            path = f"{url}/v1/training-jobs/{job_id}/events"
            with ann.http.stream("GET", path, headers=headers) as response:
                stream = EventSource(response).iter_sse()
                seen += [int(next(stream).id) for _ in range(2 - min(round_, 1))]
        # Told while nobody listens.
        _tell(sessions, job_id, "log", level="info", message=str(round_))
    assert seen == [1, 2, 3, 4]
