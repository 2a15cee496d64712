"""Limits by the minute: exact token buckets in a real Redis, told in every answer, let go where Redis is away."""

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import quotas
from cartridge_store.ids import new_id
from cartridge_store.quotas import Quota
from services.api.app import create_app
from services.api.limits.buckets import Allowance, Buckets
from tests.api.conftest import Person, assert_problem, serving

Limit = Callable[[Quota, int], None]


@pytest.fixture
def buckets(settings: Any) -> Iterator[Buckets]:
    made = Buckets(settings.limits_redis_url, CollectorRegistry())
    yield made
    made.close()


@pytest.fixture
def limit(sessions: SessionFactory, ann: Person) -> Limit:
    def set_limit(quota: Quota, amount: int) -> None:
        with sessions.begin() as session:
            quotas.set_limit(session, ann.tenant_id, quota, amount)

    return set_limit


def test_many_who_take_at_once_get_what_the_bucket_holds(buckets: Buckets) -> None:
    tenant = new_id("ten")

    def take(_: int) -> bool:
        answer = buckets.take(tenant, "x", 20)
        assert answer is not None
        return answer.allowed

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(60))) == 20


def test_a_slow_bucket_refills_however_often_it_is_asked(buckets: Buckets) -> None:
    tenant, taken, until = new_id("ten"), 0, time.monotonic() + 1.5
    buckets.take(tenant, "x", 120, cost=120)
    while time.monotonic() < until:
        answer = buckets.take(tenant, "x", 120)  # two a second
        assert answer is not None
        taken += answer.allowed
        time.sleep(0.01)
    assert taken in {2, 3}


def test_a_bucket_in_debt_tells_when_it_is_out_of_it(buckets: Buckets) -> None:
    tenant = new_id("ten")
    buckets.take(tenant, "x", 60, cost=90, need=-1e18)
    answer = buckets.take(tenant, "x", 60, cost=0, need=1)
    assert answer is not None
    assert (answer.allowed, answer.remaining) == (False, 0)
    assert answer.seconds_until(1) in {30, 31}


def test_tenants_have_buckets_of_their_own(buckets: Buckets) -> None:
    for tenant in (new_id("ten"), new_id("ten")):
        answer = buckets.take(tenant, "x", 1)
        assert answer is not None
        assert answer.allowed


def test_every_answer_tells_what_is_left_and_a_refusal_when_to_come_back(
    ann: Person, bob: Person, limit: Limit
) -> None:
    limit(Quota.REQUESTS_MINUTE, 3)
    left = []
    for _ in range(3):
        answer = ann.http.get("/v1/me")
        assert answer.headers["ratelimit-policy"] == '"requests_minute";q=3;w=60'
        left.append(re.fullmatch(r'"requests_minute";r=(\d+);t=\d+', answer.headers["ratelimit"]))
    assert [found and found[1] for found in left] == ["2", "1", "0"]
    refused = ann.http.get("/v1/me")
    problem = assert_problem(refused, 429, "rate_limited")
    assert problem["error"]["type"] == "rate_limit_error"
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit"].startswith('"requests_minute";r=0;')
    assert bob.http.get("/v1/me").status_code == 200


def _chat(person: Person, **body: Any) -> httpx.Response:
    messages = [{"role": "user", "content": "How many beds?"}]
    return person.http.post("/v1/chat/completions", json={"model": "tiny", "messages": messages, **body})


@pytest.mark.parametrize("stream", [False, True])
def test_answers_take_their_tokens_afterwards_and_the_next_one_waits(
    ann: Person, limit: Limit, stream: bool
) -> None:
    limit(Quota.TOKENS_MINUTE, 15)
    for remaining in (15, 5):  # an answer takes 7 of prompt and 3 of completion
        answer = _chat(ann, stream=stream)
        assert answer.status_code == 200
        assert f'"tokens_minute";r={remaining};' in answer.headers["ratelimit"]
    refused = _chat(ann, stream=stream)
    assert_problem(refused, 429, "rate_limited")
    assert 20 <= int(refused.headers["retry-after"]) <= 24
    assert ann.http.get("/v1/corpora").status_code == 200


def test_a_limit_of_nothing_lets_nothing_through(ann: Person, limit: Limit) -> None:
    limit(Quota.TOKENS_MINUTE, 0)
    assert_problem(_chat(ann), 429, "rate_limited")


def test_while_redis_is_away_requests_go_through_without_delay_and_are_counted(
    ann: Person, settings: Any, limit: Limit
) -> None:
    limit(Quota.REQUESTS_MINUTE, 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = SecretStr(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        with serving(create_app(settings.model_copy(update={"limits_redis_url": url}))) as api:
            headers = {"Authorization": f"Bearer {ann.key}"}
            started = time.monotonic()
            for _ in range(5):
                answer = httpx.get(f"{api}/v1/me", headers=headers)
                assert answer.status_code == 200
                assert "ratelimit" not in answer.headers
            assert time.monotonic() - started < 10
            assert "rate_limit_unchecked_total 5.0" in httpx.get(f"{api}/metrics").text
            silent.close()


def test_a_redis_that_is_silent_is_waited_for_once(ann: Person) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.setblocking(False)
        url = SecretStr(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        made = Buckets(url, CollectorRegistry())
        assert made.take(ann.tenant_id, "x", 1) is None
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
        made.close()


def test_without_a_redis_there_are_no_limits(ann: Person, settings: Any, limit: Limit) -> None:
    limit(Quota.REQUESTS_MINUTE, 1)
    with serving(create_app(settings.model_copy(update={"limits_redis_url": None}))) as api:
        for _ in range(3):
            answer = httpx.get(f"{api}/v1/me", headers={"Authorization": f"Bearer {ann.key}"})
            assert answer.status_code == 200


def test_what_is_taken_in_the_same_moment_is_taken_once_each_in_few_messages(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, ask = [], Pipeline.execute

    async def counted(pipeline: Pipeline, *args: Any, **kwargs: Any) -> Any:
        sent.append(len(pipeline))
        return await ask(pipeline, *args, **kwargs)

    monkeypatch.setattr(Pipeline, "execute", counted)
    tenant = new_id("ten")

    async def scene() -> list[Allowance | None]:
        made = Buckets(settings.limits_redis_url, CollectorRegistry())
        try:
            return await asyncio.gather(*(made.take_soon(tenant, "x", 20) for _ in range(60)))
        finally:
            await made.aclose()

    answers = asyncio.run(scene())
    assert sum(answer is not None and answer.allowed for answer in answers) == 20
    assert sorted(answer.remaining for answer in answers if answer is not None and answer.allowed) == list(
        range(20)
    )
    assert sum(sent) in {60, 120}  # again where this Redis did not know the script
    assert len(sent) <= 4


def test_one_who_gives_up_takes_nobody_elses_answer(settings: Any) -> None:
    tenants = [new_id("ten") for _ in range(8)]

    async def scene() -> list[Any]:
        made = Buckets(settings.limits_redis_url, CollectorRegistry())
        try:
            taking = [asyncio.create_task(made.take_soon(tenant, "x", 5)) for tenant in tenants]
            await asyncio.sleep(0)
            for each in taking[::2]:
                each.cancel()
            return await asyncio.gather(*taking, return_exceptions=True)
        finally:
            await made.aclose()

    for place, answer in enumerate(asyncio.run(scene())):
        if place % 2:
            assert isinstance(answer, Allowance)
            assert answer.allowed
        else:
            assert isinstance(answer, asyncio.CancelledError)


def test_a_redis_that_forgot_the_script_is_told_it_again(settings: Any) -> None:
    tenant = new_id("ten")

    async def scene() -> list[int]:
        made = Buckets(settings.limits_redis_url, CollectorRegistry())
        redis = Redis.from_url(settings.limits_redis_url.get_secret_value())
        try:
            left = []
            for _ in range(2):
                await redis.script_flush()
                answer = await made.take_soon(tenant, "x", 5)
                assert answer is not None
                left.append(answer.remaining)
            return left
        finally:
            await redis.aclose()
            await made.aclose()

    assert asyncio.run(scene()) == [4, 3]


def test_a_redis_that_is_away_lets_the_event_loops_requests_through_too() -> None:
    async def scene() -> Allowance | None:
        made = Buckets(SecretStr("redis://127.0.0.1:1/0"), CollectorRegistry())
        try:
            return await made.take_soon("ten_x", "x", 5)
        finally:
            await made.aclose()

    assert asyncio.run(scene()) is None
