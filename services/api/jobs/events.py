"""A job's events as server-sent events: numbered, resumable, ended by the job's end."""

import asyncio
import json
from collections.abc import AsyncGenerator

from fastapi.concurrency import run_in_threadpool
from sse_starlette import ServerSentEvent

from cartridge_store.db.repositories import job_events
from cartridge_store.db.tables import JobEvent, JobState
from services.api.platform import Platform

_EVENTS_AT_ONCE = 500


async def stream_events(
    platform: Platform, tenant_id: str, job_id: str, after: int
) -> AsyncGenerator[ServerSentEvent]:
    """Events after number `after`, as they come, until one says that the job has ended.

    The caller has checked that the job is the tenant's. Ends at once where the end lies before `after`.
    """
    last = after
    while True:
        events = await run_in_threadpool(_read, platform, tenant_id, job_id, last)
        for event in events:
            last = event.seq
            yield ServerSentEvent(id=str(event.seq), event=event.type, data=json.dumps(event.data))
            if _ends(event):
                return
        if not events and await run_in_threadpool(_ended_before, platform, tenant_id, job_id, last):
            return
        await asyncio.sleep(platform.settings.event_poll_seconds)


def _read(platform: Platform, tenant_id: str, job_id: str, after: int) -> list[JobEvent]:
    with platform.sessions() as session:
        return job_events.list_after(session, tenant_id, job_id, after, _EVENTS_AT_ONCE)


def _ended_before(platform: Platform, tenant_id: str, job_id: str, last: int) -> bool:
    """Whether the event numbered `last` is the job's end (a client that asks again after it)."""
    with platform.sessions() as session:
        found = job_events.list_after(session, tenant_id, job_id, last - 1, 1) if last > 0 else []
        return bool(found) and found[0].seq == last and _ends(found[0])


def _ends(event: JobEvent) -> bool:
    return event.type == "state" and JobState(event.data["state"]).is_terminal
