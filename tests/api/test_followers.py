"""Followers of a job share one reader of its events, and none of them misses or doubles one."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import anyio
import pytest

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.repositories import attempts, corpora, jobs
from cartridge_store.errors import NotFoundError
from services.api.jobs import feeds as module
from services.api.jobs.feeds import Feeds
from tests.api.conftest import Person

POLL = 0.05


@pytest.fixture
def api_sessions(settings: Any) -> Iterator[SessionFactory]:
    engine = make_engine(settings)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def job_id(sessions: SessionFactory, ann: Person) -> str:
    """A running job of Ann's, of which two states are told."""
    with sessions.begin() as session:
        corpus = corpora.create(session, ann.tenant_id, "followed")
        job = jobs.create(
            session, ann.tenant_id, corpus_id=corpus.id, name="followed", recipe={}, base_model="m"
        )
        attempts.claim(session, job.id, "w", 600)
    return job.id


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The numbers after which the database was asked for events."""
    found: list[int | None] = []
    real = module._read

    def counted(sessions: SessionFactory, tenant_id: str, job_id: str, after: int | None) -> Any:
        found.append(after)
        return real(sessions, tenant_id, job_id, after)

    monkeypatch.setattr(module, "_read", counted)
    return found


def _tell(sessions: SessionFactory, job_id: str, count: int) -> None:
    for number in range(count):
        with sessions.begin() as session:
            attempts.append_event(session, job_id, 1, "log", {"level": "info", "message": str(number)})


def _end(sessions: SessionFactory, job_id: str) -> None:
    with sessions.begin() as session:
        attempts.finish_failed(session, job_id, 1, "test", "the end")


async def _numbers(feeds: Feeds, tenant_id: str, job_id: str, after: int = 0, pause: float = 0) -> list[int]:
    seen = []
    async with aclosing(feeds.follow(tenant_id, job_id, after, anyio.Event())) as events:
        async for event in events:
            seen.append(int(event.split(b"id: ")[1].split(b"\r\n")[0]))
            await asyncio.sleep(pause)
    return seen


def test_a_hundred_followers_cost_one_reader_and_see_every_event(
    api_sessions: SessionFactory, sessions: SessionFactory, ann: Person, job_id: str, reads: list[int | None]
) -> None:
    feeds = Feeds(api_sessions, POLL)

    async def scene() -> tuple[list[list[int]], int, float]:
        following = [asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id, after=2)) for _ in range(100)]
        await asyncio.sleep(10 * POLL)
        begun, asked_before = time.monotonic(), len(reads)
        await asyncio.to_thread(_tell, sessions, job_id, 30)
        await asyncio.to_thread(_end, sessions, job_id)
        seen = await asyncio.gather(*following)
        return seen, len(reads) - asked_before, time.monotonic() - begun

    seen, asked, seconds = asyncio.run(scene())
    with sessions() as session:
        last = jobs.get(session, ann.tenant_id, job_id).last_event
    assert last > 30
    assert all(numbers == list(range(3, last + 1)) for numbers in seen)
    # One reader pauses after each look; a hundred would look a hundred times as often.
    assert asked <= seconds / POLL + 2
    assert not feeds._feeds


def test_those_who_come_late_or_read_slowly_miss_nothing(
    api_sessions: SessionFactory, sessions: SessionFactory, ann: Person, job_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The reader keeps few events: whoever falls behind them asks for itself."""
    monkeypatch.setattr(module, "_KEPT", 4)
    monkeypatch.setattr(module, "_EVENTS_AT_ONCE", 5)
    feeds = Feeds(api_sessions, POLL)

    async def scene() -> list[list[int]]:
        first = asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id))
        slow = asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id, pause=0.02))
        await asyncio.to_thread(_tell, sessions, job_id, 23)
        late = asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id, after=10))
        await asyncio.to_thread(_tell, sessions, job_id, 20)
        await asyncio.to_thread(_end, sessions, job_id)
        after_the_end = await _numbers(feeds, ann.tenant_id, job_id, after=30)
        return [await first, await slow, await late, after_the_end]

    seen = asyncio.run(scene())
    with sessions() as session:
        last = jobs.get(session, ann.tenant_id, job_id).last_event
    assert seen == [list(range(begin + 1, last + 1)) for begin in (0, 0, 10, 30)]


def test_nobody_reads_where_nobody_follows_any_more(
    api_sessions: SessionFactory, ann: Person, job_id: str, reads: list[int | None]
) -> None:
    feeds = Feeds(api_sessions, POLL)

    async def scene() -> int:
        following = asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id))
        await asyncio.sleep(6 * POLL)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await asyncio.sleep(4 * POLL)
        asked = len(reads)
        await asyncio.sleep(6 * POLL)
        return len(reads) - asked

    assert asyncio.run(scene()) == 0
    assert not feeds._feeds


def test_the_services_stop_ends_every_stream(api_sessions: SessionFactory, ann: Person, job_id: str) -> None:
    feeds, stopping = Feeds(api_sessions, 30), anyio.Event()

    async def scene() -> None:
        async def one() -> None:
            async for _ in feeds.follow(ann.tenant_id, job_id, 0, stopping):
                pass

        following = [asyncio.create_task(one()) for _ in range(3)]
        await asyncio.sleep(0.5)
        stopping.set()
        await asyncio.wait_for(asyncio.gather(*following), 5)

    asyncio.run(scene())


def test_what_the_reader_meets_ends_the_streams_and_the_next_follower_begins_anew(
    api_sessions: SessionFactory, ann: Person, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = Feeds(api_sessions, POLL)
    real = module._read

    def broken(*_: Any) -> Any:
        raise NotFoundError("it was deleted meanwhile")

    async def scene() -> None:
        following = [asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id, after=2)) for _ in range(3)]
        await asyncio.sleep(6 * POLL)
        monkeypatch.setattr(module, "_read", broken)
        ends = await asyncio.wait_for(asyncio.gather(*following, return_exceptions=True), 30)
        assert all(isinstance(end, NotFoundError) for end in ends), ends
        monkeypatch.setattr(module, "_read", real)
        again = asyncio.create_task(_numbers(feeds, ann.tenant_id, job_id))
        await asyncio.sleep(6 * POLL)
        assert not again.done()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)

    asyncio.run(scene())
