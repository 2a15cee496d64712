"""Training jobs: made from good recipes only, followed without a hole, cancelled once and for all."""

import threading
import time
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent

from cartridge_store.db.repositories import attempts
from tests.api.conftest import Belongings, Person, assert_problem


def _create(person: Person, corpus_id: str, **body: Any) -> httpx.Response:
    return person.http.post("/v1/training-jobs", json={"corpus_id": corpus_id, **body})


def _follow(person: Person, job_id: str, **options: Any) -> list[ServerSentEvent]:
    with person.http.stream("GET", f"/v1/training-jobs/{job_id}/events", **options) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(EventSource(response).iter_sse())


def test_a_job_is_queued_with_its_whole_recipe(ann: Person, belongings: Belongings) -> None:
    response = _create(ann, belongings.corpus_id, recipe={"cartridge_tokens": 64, "training": {"steps": 7}})
    assert response.status_code == 201
    job = response.json()
    assert (job["state"], job["name"], job["base_model"]) == ("queued", "wards", "tiny")
    assert job["recipe"]["training"]["steps"] == 7
    assert job["recipe"]["self_study"]["top_k"] == 20
    assert ann.http.get(f"/v1/training-jobs/{job['id']}").json() == job
    listed = ann.http.get("/v1/training-jobs", params={"corpus_id": belongings.corpus_id}).json()["data"]
    assert [each["id"] for each in listed] == [job["id"], belongings.job_id]


def test_a_job_says_how_urgent_it_is_to_its_tenant_and_so_does_one_that_does_it_again(
    ann: Person, belongings: Belongings
) -> None:
    assert _create(ann, belongings.corpus_id).json()["priority"] == "normal"
    urgent = _create(ann, belongings.corpus_id, priority="high").json()
    assert urgent["priority"] == "high"
    ann.http.post(f"/v1/training-jobs/{urgent['id']}/cancel")
    again = ann.http.post(f"/v1/training-jobs/{urgent['id']}/retry").json()
    assert (again["retry_of"], again["priority"]) == (urgent["id"], "high")
    assert_problem(_create(ann, belongings.corpus_id, priority="now"), 422, "invalid_request")


@pytest.mark.parametrize(
    ("recipe", "named"),
    [
        ({"cartridge_tokens": 0}, "cartridge_tokens"),
        ({"training": {"learning_rate": -1}}, "learning_rate"),
        ({"unknown": 1}, "unknown"),
        ({"self_study": {"chunk_min_tokens": 300, "chunk_max_tokens": 100}}, "chunk_min_tokens"),
        ({"initialization": {"kind": "text"}}, "initialization.text"),
    ],
)
def test_a_bad_recipe_is_refused_by_the_name_of_its_setting(
    ann: Person, belongings: Belongings, recipe: dict[str, Any], named: str
) -> None:
    body = assert_problem(_create(ann, belongings.corpus_id, recipe=recipe), 422, "invalid_request")
    assert named in body["detail"]


def test_a_corpus_without_documents_cannot_be_trained_on(ann: Person) -> None:
    corpus_id = ann.http.post("/v1/corpora", json={"name": "empty"}).json()["id"]
    assert_problem(_create(ann, corpus_id), 409, "corpus_empty")


def test_another_base_model_is_refused_and_the_right_one_named(ann: Person, belongings: Belongings) -> None:
    body = assert_problem(_create(ann, belongings.corpus_id, base_model="gpt-2"), 404, "model_not_found")
    assert "tiny" in body["detail"]
    assert _create(ann, belongings.corpus_id, base_model="tiny").status_code == 201


def test_events_come_in_order_and_end_with_the_job(ann: Person, belongings: Belongings) -> None:
    events = _follow(ann, belongings.job_id)
    assert [event.id for event in events] == ["1", "2", "3", "4"]
    assert [event.event for event in events] == ["state", "state", "log", "state"]
    assert events[-1].json()["state"] == "succeeded"


def test_a_client_that_comes_back_goes_on_where_it_was(ann: Person, belongings: Belongings) -> None:
    assert [e.id for e in _follow(ann, belongings.job_id, headers={"Last-Event-ID": "2"})] == ["3", "4"]
    assert [e.id for e in _follow(ann, belongings.job_id, params={"after": 3})] == ["4"]
    for nothing_follows in ("4", "5", str(2**31 - 1)):
        assert _follow(ann, belongings.job_id, headers={"Last-Event-ID": nothing_follows}) == []


def test_events_arrive_while_the_job_runs(ann: Person, sessions: Any, belongings: Belongings) -> None:
    job_id = _create(ann, belongings.corpus_id).json()["id"]

    def work() -> None:
        for write in (
            lambda session: attempts.claim(session, job_id, "w", 60),
            lambda session: attempts.append_event(session, job_id, 1, "progress", {"step": 1}),
            lambda session: attempts.finish_failed(session, job_id, 1, "corpus_too_short", "too short"),
        ):
            time.sleep(0.2)
            with sessions.begin() as session:
                write(session)

    thread = threading.Thread(target=work)
    thread.start()
    events = _follow(ann, job_id)
    thread.join()
    assert [event.event for event in events] == ["state", "state", "progress", "state"]
    assert events[-1].json()["error"] == {"code": "corpus_too_short", "detail": "too short"}
    job = ann.http.get(f"/v1/training-jobs/{job_id}").json()
    assert (job["state"], job["error_code"]) == ("failed", "corpus_too_short")


def test_a_queued_job_is_cancelled_at_once_and_twice_is_as_once(ann: Person, belongings: Belongings) -> None:
    job_id = _create(ann, belongings.corpus_id).json()["id"]
    for _ in range(2):
        response = ann.http.post(f"/v1/training-jobs/{job_id}/cancel")
        assert response.status_code == 200
        assert response.json()["state"] == "cancelled"
    assert [event.json()["state"] for event in _follow(ann, job_id)] == ["queued", "cancelled"]


def test_a_job_that_has_ended_cannot_be_cancelled(ann: Person, belongings: Belongings) -> None:
    assert_problem(ann.http.post(f"/v1/training-jobs/{belongings.job_id}/cancel"), 409, "job_finished")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=not%20one"])
def test_limits_of_lists_are_checked(ann: Person, query: str) -> None:
    assert_problem(ann.http.get(f"/v1/training-jobs?{query}"), 422, "invalid_request")


def test_a_job_keeps_the_id_of_the_request_that_ordered_it(ann: Person, belongings: Belongings) -> None:
    headers = {"X-Request-ID": "trace-of-the-order"}
    made = ann.http.post("/v1/training-jobs", json={"corpus_id": belongings.corpus_id}, headers=headers)
    job = ann.http.get(f"/v1/training-jobs/{made.json()['id']}").json()
    assert job["request_id"] == "trace-of-the-order"
