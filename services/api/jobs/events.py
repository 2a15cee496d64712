"""A job's events as server-sent events: numbered, resumable, ended by the job's end."""

import json
from collections.abc import AsyncGenerator

import anyio
from fastapi.concurrency import run_in_threadpool
from sse_starlette import ServerSentEvent

from cartridge_store.db.repositories import job_events, jobs
from cartridge_store.db.tables import JobEvent
from services.api.platform import Platform

_EVENTS_AT_ONCE = 500


async def stream_events(
    platform: Platform, tenant_id: str, job_id: str, after: int, stopping: anyio.Event
) -> AsyncGenerator[ServerSentEvent]:
    """Events after number `after`, as they come, until the job has ended and all of them are out.

    The caller has checked that the job is the tenant's. Ends at once where nothing can follow `after`, and when
    the service stops: the client comes back with the last number it has.
    """
    last = after
    while True:
        ended, events = await run_in_threadpool(_read, platform, tenant_id, job_id, last)
        for event in events:
            last = event.seq
            yield ServerSentEvent(id=str(event.seq), event=event.type, data=json.dumps(event.data))
        if len(events) == _EVENTS_AT_ONCE:
            continue
        with anyio.move_on_after(platform.settings.event_poll_seconds):
            if not ended:
                await stopping.wait()
        if ended or stopping.is_set():
            return


def _read(platform: Platform, tenant_id: str, job_id: str, after: int) -> tuple[bool, list[JobEvent]]:
    """Whether the job has ended, and the next events: looked at in this order, so that an end brings all of them."""
    with platform.rows_of(tenant_id) as session:
        ended = jobs.get(session, tenant_id, job_id).state.is_terminal
        return ended, job_events.list_after(session, tenant_id, job_id, after, _EVENTS_AT_ONCE)
