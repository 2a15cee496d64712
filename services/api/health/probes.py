"""Looks at the parts that the api needs: all at once, each with a time limit, none looked at twice at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from cartridge_store.db.repositories import tenants
from cartridge_store.db.roles import RoleTooPowerfulError, check_bound
from cartridge_store.errors import NotFoundError, StoreError
from cartridge_web.problems import Problem
from services.api.platform import Platform

# Shorter than the time that supervisors and load balancers give a probe.
SECONDS = 3.0

log = structlog.get_logger(__name__)


class Probes:
    """The state of each part, by its name: None where it answers, else what is wrong with it."""

    def __init__(self, platform: Platform) -> None:
        self._looks: Mapping[str, Callable[[], Awaitable[None]]] = {
            "database": lambda: run_in_threadpool(_look_at_database, platform),
            "storage": lambda: run_in_threadpool(platform.objects.check),
            "inference": platform.inference.check,
        }
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def look(self, *, without: str | None = None) -> dict[str, str | None]:
        """Look at every part, but for one."""
        parts = [part for part in self._looks if part != without]
        found = await asyncio.gather(*(self._one(part) for part in parts))
        return dict(zip(parts, found, strict=True))

    async def _one(self, part: str) -> str | None:
        # A part that hangs holds the thread that looks at it; asking again must not take another.
        task = self._under_way.get(part)
        if task is None or task.done():
            task = self._under_way[part] = asyncio.ensure_future(self._looks[part]())
        done, _ = await asyncio.wait({task}, timeout=SECONDS)
        if not done:
            return f"no answer within {SECONDS:.0f} s"
        error = task.exception()
        if error is None:
            return None
        if not isinstance(error, StoreError | SQLAlchemyError | Problem):
            raise error
        log.warning("part_not_ready", part=part, detail=str(error))
        if isinstance(error, Problem):
            return str(error.detail)
        return str(error) if isinstance(error, RoleTooPowerfulError) else "it cannot be reached"


def _look_at_database(platform: Platform) -> None:
    """A real query: a database without its tables is not ready either, nor is one that would show everything."""
    with platform.sessions() as session:
        check_bound(session)
        try:
            tenants.find(session, "")
        except NotFoundError:
            return
