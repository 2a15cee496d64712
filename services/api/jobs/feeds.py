"""What happens in jobs, read once a process for all who follow it.

Of each job that anybody follows here one task asks the database for what is new; followers wait for it, and are sent
the same bytes. A follower who comes late, or who reads more slowly than things happen, asks for itself until it has
reached what the task keeps: nobody misses an event.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import anyio
from fastapi.concurrency import run_in_threadpool
from sse_starlette import ServerSentEvent

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import job_events, jobs
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.db.tables import JobEvent

_EVENTS_AT_ONCE = 500
# Of a job with followers. Events are a few hundred bytes each.
_KEPT = 1000


class Sent(NamedTuple):
    """An event as it goes to everybody."""

    seq: int
    bytes: bytes


class News(NamedTuple):
    """`ended`: nothing comes after `events`. `last` is the number of the job's last event."""

    ended: bool
    last: int
    events: list[Sent]


@dataclass
class Feed:
    """The events of one job after number `begin`, without a hole, as far as they are known here."""

    tenant_id: str
    job_id: str
    begin: int | None = None
    events: list[Sent] = field(default_factory=list)
    ended: bool = False
    error: Exception | None = None
    followers: list[anyio.Event] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    poller: asyncio.Task[None] | None = None

    @property
    def last(self) -> int | None:
        """The number of the last event that is known."""
        return None if self.begin is None else self.begin + len(self.events)

    def after(self, seq: int) -> list[Sent] | None:
        """What is known after number `seq`, or None where that is not all there was."""
        if self.begin is None or seq < self.begin:
            return None
        return self.events[seq - self.begin :]

    def take(self, news: News) -> None:
        """Let followers have what was read."""
        if self.begin is None:
            self.begin = news.last
        else:
            self.events += news.events
            surplus = len(self.events) - _KEPT
            if surplus > 0:
                del self.events[:surplus]
                self.begin += surplus
        self.ended = news.ended
        self.pulse()

    def pulse(self) -> None:
        """Wake whoever waits."""
        self.changed.set()
        self.changed = asyncio.Event()


class Feeds:
    """The feeds of one process."""

    def __init__(self, sessions: SessionFactory, poll_seconds: float) -> None:
        self._sessions = sessions
        self._poll_seconds = poll_seconds
        self._feeds: dict[tuple[str, str], Feed] = {}

    async def follow(
        self, tenant_id: str, job_id: str, after: int, stopping: anyio.Event
    ) -> AsyncGenerator[bytes]:
        """Events after number `after`, as they come, until the job has ended and all of them are out.

        The caller has checked that the job is the tenant's. Ends at once where nothing can follow `after`, and when
        the service stops: the client comes back with the last number it has.
        """
        async with self._joined(tenant_id, job_id, stopping) as feed:
            last = after
            while not stopping.is_set():
                # Taken before anything is looked at: what changes meanwhile is then not waited for.
                changed, ended, known = feed.changed, feed.ended, feed.after(last)
                if known is None:
                    news = await self._read(tenant_id, job_id, last)
                    known, ended = news.events, news.ended
                for event in known:
                    last = event.seq
                    yield event.bytes
                if known:
                    continue
                if ended:
                    return
                if feed.error is not None:
                    raise feed.error
                await changed.wait()

    @asynccontextmanager
    async def _joined(self, tenant_id: str, job_id: str, stopping: anyio.Event) -> AsyncGenerator[Feed]:
        feed = self._feeds.setdefault((tenant_id, job_id), Feed(tenant_id, job_id))
        feed.followers.append(stopping)
        if feed.poller is None or (feed.poller.done() and not feed.ended):
            feed.poller = asyncio.create_task(self._poll(feed))
        try:
            yield feed
        finally:
            feed.followers.remove(stopping)
            if not feed.followers:
                self._drop(feed)
                feed.poller.cancel()

    def _drop(self, feed: Feed) -> None:
        if self._feeds.get((feed.tenant_id, feed.job_id)) is feed:
            del self._feeds[feed.tenant_id, feed.job_id]

    async def _poll(self, feed: Feed) -> None:
        try:
            while True:
                news = await self._read(feed.tenant_id, feed.job_id, feed.last)
                feed.take(news)
                if feed.ended or not feed.followers:
                    return
                if len(news.events) == _EVENTS_AT_ONCE:
                    continue
                with anyio.move_on_after(self._poll_seconds):
                    # All are told of the service's stop in the same moment.
                    await feed.followers[0].wait()
                    feed.pulse()
                    return
        except Exception as error:  # noqa: BLE001 - it ends every stream of the job, each of which tells of it
            feed.error = error
            # Whoever comes after those who are here begins anew.
            self._drop(feed)
            feed.pulse()

    async def _read(self, tenant_id: str, job_id: str, after: int | None) -> News:
        return await run_in_threadpool(_read, self._sessions, tenant_id, job_id, after)


def _read(sessions: SessionFactory, tenant_id: str, job_id: str, after: int | None) -> News:
    """How the job stands, and the next events: looked at in this order, so that an end brings all of them."""
    with tenant_transaction(sessions, tenant_id) as session:
        job = jobs.get(session, tenant_id, job_id)
        events: list[JobEvent] = []
        if after is not None:
            events = job_events.list_after(session, tenant_id, job_id, after, _EVENTS_AT_ONCE)
    sent = [Sent(event.seq, _encoded(event)) for event in events]
    return News(job.state.is_terminal and len(sent) < _EVENTS_AT_ONCE, job.last_event, sent)


def _encoded(event: JobEvent) -> bytes:
    return ServerSentEvent(id=str(event.seq), event=event.type, data=json.dumps(event.data)).encode()
