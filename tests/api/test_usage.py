"""What was used is told by day and kind, each token once; what a quota leaves no room for is refused."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import quotas, usage
from cartridge_store.quotas import Quota
from tests.api.conftest import PART, Belongings, Person, assert_problem
from tests.api.stand_in import InferenceStandIn

ONE_ANSWER = {"requests": 1, "prompt_tokens": 7, "cartridge_tokens": 32, "completion_tokens": 3}
Limit = Callable[[Quota, int], None]


@pytest.fixture
def limit(sessions: SessionFactory, ann: Person) -> Limit:
    """The operator's word on one of Ann's quotas."""

    def set_limit(quota: Quota, amount: int) -> None:
        with sessions.begin() as session:
            quotas.set_limit(session, ann.tenant_id, quota, amount)

    return set_limit


def _used(person: Person, *, without: tuple[str, ...] = ("gpu_seconds",)) -> dict[str, float]:
    answer = person.http.get("/v1/usage")
    assert answer.status_code == 200
    today = datetime.now(UTC).date().isoformat()
    days: list[dict[str, Any]] = answer.json()["data"]
    assert {each["day"] for each in days} <= {today}
    return {each["kind"]: each["amount"] for each in days if each["kind"] not in without}


def _chat(person: Person, **body: Any) -> httpx.Response:
    messages = [{"role": "user", "content": "How many beds?"}]
    return person.http.post("/v1/chat/completions", json={"model": "tiny", "messages": messages, **body})


def test_answers_are_counted_once_whole_or_streamed(ann: Person, bob: Person) -> None:
    assert _chat(ann).status_code == 200
    assert _used(ann) == ONE_ANSWER
    assert _chat(ann, stream=True).status_code == 200
    assert _used(ann) == {kind: 2 * amount for kind, amount in ONE_ANSWER.items()}
    assert _used(bob) == {}


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_read_to_choose_among_cartridges_counts_as_prompt(
    ann: Person, belongings: Belongings, stream: bool
) -> None:
    before = _used(ann)
    _chat(ann, stream=stream, cartridges=[belongings.cartridge_id], select="relevant")
    after = _used(ann)
    assert after["prompt_tokens"] - before.get("prompt_tokens", 0) == 7 + 2 * 7


def test_what_was_read_to_choose_counts_though_the_answer_breaks_off(
    ann: Person, belongings: Belongings, stand_in: InferenceStandIn
) -> None:
    stand_in.breaks_off = True
    _chat(ann, stream=True, cartridges=[belongings.cartridge_id], select="relevant")
    assert _used(ann) == {"requests": 1, "prompt_tokens": 14, "completion_tokens": 1}


def test_an_answer_that_breaks_off_counts_the_tokens_that_came(
    ann: Person, stand_in: InferenceStandIn
) -> None:
    stand_in.breaks_off = True
    _chat(ann, stream=True)
    assert _used(ann) == {"requests": 1, "completion_tokens": 1}


def test_an_answer_whose_reader_leaves_counts_the_tokens_that_came(
    ann: Person, stand_in: InferenceStandIn
) -> None:
    stand_in.waits = True
    body = {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "stream": True}
    with ann.http.stream("POST", "/v1/chat/completions", json=body) as response:
        next(response.iter_lines())
    assert stand_in.given_up.wait(5)
    until = time.monotonic() + 5
    while not _used(ann) and time.monotonic() < until:
        time.sleep(0.05)
    assert _used(ann) == {"requests": 1, "completion_tokens": 1}


def test_what_was_refused_is_not_counted(ann: Person, stand_in: InferenceStandIn) -> None:
    stand_in.problem = {"status": 503, "code": "busy", "title": "Busy", "detail": "Try later."}
    assert _chat(ann).status_code == 503
    assert _used(ann) == {}


def test_seconds_of_jobs_are_told_with_the_rest(ann: Person, belongings: Belongings) -> None:
    assert _used(ann, without=())["gpu_seconds"] > 0


def test_days_are_asked_for_within_reason(ann: Person) -> None:
    for query in (
        "first_day=2026-02-30", "first_day=2026-03-02&last_day=2026-03-01", "first_day=2001-01-01",
        "last_day=9999-12-31", "last_day=0001-01-01", "first_day=0001-01-01&last_day=0001-01-02",
    ):  # fmt: skip
        assert_problem(ann.http.get(f"/v1/usage?{query}"), 422, "invalid_request")
    told = ann.http.get("/v1/usage?first_day=2026-03-01&last_day=2026-03-01").json()
    assert (told["first_day"], told["last_day"], told["data"]) == ("2026-03-01", "2026-03-01", [])


def test_quotas_tell_their_limits_and_what_is_in_use(
    ann: Person, belongings: Belongings, limit: Limit
) -> None:
    limit(Quota.CORPORA, 7)
    told = {each["name"]: each for each in ann.http.get("/v1/quotas").json()["data"]}
    assert set(told) == {quota.value for quota in Quota}
    assert (told["corpora"]["limit"], told["corpora"]["used"]) == (7, 1)
    # A cartridge, a document, and the room that a begun upload keeps.
    assert told["bytes"]["used"] == 5 + len(belongings.content) + len(PART)
    assert (told["concurrent_jobs"]["used"], told["cartridges"]["used"]) == (0, 1)
    assert told["tokens_minute"]["used"] is None


def _refused(response: httpx.Response, quota: Quota) -> None:
    problem = assert_problem(response, 403, "quota_exceeded")
    assert [error["field"] for error in problem["errors"]] == [quota.value]


def test_corpora_and_bytes_have_an_end(ann: Person, belongings: Belongings, limit: Limit) -> None:
    limit(Quota.CORPORA, 1)
    _refused(ann.http.post("/v1/corpora", json={"name": "one too many"}), Quota.CORPORA)
    limit(Quota.BYTES, len(belongings.content) + 5 + len(PART) + 9)
    path = f"/v1/corpora/{belongings.corpus_id}/documents"
    assert ann.http.post(path, files=[("files", ("a.txt", b"nine byte"))]).status_code == 201
    _refused(ann.http.post(path, files=[("files", ("a.txt", b"x"))]), Quota.BYTES)
    names = [each["name"] for each in ann.http.get(path).json()["data"]]
    assert sorted(names) == ["a.txt", "a.txt", "b.txt"]


@pytest.mark.parametrize("quota", [Quota.CONCURRENT_JOBS, Quota.CARTRIDGES])
def test_jobs_that_ask_at_once_do_not_share_the_last_place(
    ann: Person, belongings: Belongings, limit: Limit, quota: Quota
) -> None:
    room = 2
    limit(quota, room + (1 if quota is Quota.CARTRIDGES else 0))  # there is a cartridge already

    def order(_: int) -> int:
        body = {"corpus_id": belongings.corpus_id}
        return ann.http.post("/v1/training-jobs", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(order, range(6))) == [201] * room + [403] * 4
    (job, *_) = ann.http.get("/v1/training-jobs").json()["data"]
    ann.http.post(f"/v1/training-jobs/{job['id']}/cancel")
    assert order(0) == 201


def test_a_month_whose_seconds_are_used_up_starts_no_job(
    ann: Person, belongings: Belongings, limit: Limit, sessions: SessionFactory
) -> None:
    limit(Quota.GPU_SECONDS_MONTH, 100)
    order = {"corpus_id": belongings.corpus_id}
    assert ann.http.post("/v1/training-jobs", json=order).status_code == 201
    with sessions.begin() as session:
        usage.put(session, ann.tenant_id, "job_long:1", usage.Kind.GPU_SECONDS, 99.5)
    _refused(ann.http.post("/v1/training-jobs", json=order), Quota.GPU_SECONDS_MONTH)
