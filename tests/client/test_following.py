"""A followed job yields each event once and in order, however often the connection breaks."""

import pytest

from cartridge_client import ApiError, ApiUnreachableError, Client, JobEvent
from cartridge_client.following import follow_events
from cartridge_client.transport import Transport

from .conftest import KEY, Answer, Script

PATH = "/v1/training-jobs/job_1/events"
JOB = {
    "id": "job_1",
    "corpus_id": "crp_1",
    "base_model": "tiny",
    "recipe": {},
    "created_at": "2026-01-01T00:00:00Z",
}
STARTED = (1, "state", {"state": "running"})
STEP = (2, "progress", {"stage": "train", "step": 5, "steps": 10, "loss": 1.5})
DONE = (3, "state", {"state": "succeeded"})


def seqs(client: Client, *, after: int = 0, reconnect_for: float = 60.0) -> list[int]:
    return [event.seq for event in client.follow("job_1", after=after, reconnect_for=reconnect_for)]


def test_the_stream_ends_with_the_terminal_state(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.events(STARTED, STEP, DONE))
    events = list(client.follow("job_1"))
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[-1] == JobEvent(seq=3, type="state", data={"state": "succeeded"})


def test_a_cut_connection_is_taken_up_after_the_last_event_seen(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.events(STARTED, STEP, cut=True), Answer.events(DONE))
    assert seqs(client) == [1, 2, 3]
    assert [request.headers.get("last-event-id") for request in script.requests] == [None, "2"]


def test_events_that_a_server_repeats_are_yielded_once(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.events(STARTED, STEP, cut=True), Answer.events(STARTED, STEP, DONE))
    assert seqs(client) == [1, 2, 3]


def test_a_server_that_is_busy_for_a_moment_is_asked_again(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.of({"title": "Busy", "status": 503}, 503), Answer.events(STARTED, DONE))
    assert seqs(client) == [1, 3]


def test_following_a_job_that_ended_before_ends_at_once(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.events())
    script.answer("GET", "/v1/training-jobs/job_1", Answer.of(JOB | {"state": "failed"}))
    assert seqs(client, after=3) == []


def test_a_stream_that_ends_early_is_reopened_while_the_job_runs(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.events(STARTED), Answer.events(DONE))
    script.answer("GET", "/v1/training-jobs/job_1", Answer.of(JOB | {"state": "running"}))
    assert seqs(client) == [1, 3]


def test_a_refusal_is_not_retried(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.of({"title": "No such job", "status": 404}, 404))
    with pytest.raises(ApiError, match="No such job"):
        seqs(client)
    assert len(script.requests) == 1


def test_it_gives_up_when_nothing_comes_for_long_enough(client: Client, script: Script) -> None:
    script.answer("GET", PATH, Answer.events(cut=True))
    with pytest.raises(ApiUnreachableError):
        seqs(client, reconnect_for=1.0)


def test_pauses_between_tries_grow_and_shrink_again_after_an_event(client: Client, script: Script) -> None:
    cut = Answer.events(cut=True)
    script.answer("GET", PATH, cut, cut, Answer.events(STARTED, cut=True), cut, Answer.events(DONE))
    pauses: list[float] = []
    transport = Transport(client._transport.base_url, KEY, 5.0)
    events = follow_events(
        transport, PATH, after=0, is_finished=lambda: False, reconnect_for=60.0, sleep=pauses.append
    )
    assert [event.seq for event in events] == [1, 3]
    assert pauses == [0.5, 1.0, 0.5, 1.0]
    transport.close()
