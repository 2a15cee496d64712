"""Looks at every pod again and again: ready or not, its load, its model, the cartridges it holds."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import structlog
from pydantic import ValidationError

from services.inference.router.pods import Pods, PodStatus
from services.inference.schemas import LoadOut, ModelOut, ResidentCartridgesOut

_JITTER = 0.1  # of the interval, so that many pods are not all looked at in the same moment

log = structlog.get_logger(__name__)


class Poller:
    """One task for each pod, for as long as it is a member."""

    def __init__(
        self, pods: Pods, http: httpx.AsyncClient, *, interval: float, listing_interval: float, timeout: float
    ) -> None:  # fmt: skip
        self._pods = pods
        self._http = http
        self._interval = interval
        self._listing_interval = listing_interval
        self._timeout = timeout
        self._tasks: dict[int, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Poll until the block ends."""
        self._pods.observe(self._follow_members)
        self._follow_members()
        try:
            yield
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _follow_members(self) -> None:
        """Each task ends by itself when its pod is no longer current; new pods get one."""
        for status in self._pods:
            if id(status) not in self._tasks:
                task = asyncio.create_task(self._watch(status), name=f"poll {status.member.name}")
                self._tasks[id(status)] = task
                task.add_done_callback(partial(self._ended, id(status)))

    def _ended(self, key: int, _: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)

    async def _watch(self, status: PodStatus) -> None:
        loop = asyncio.get_running_loop()
        listed_at = float("-inf")
        late = False
        while self._pods.is_current(status):
            try:
                listing_due = status.card is None or loop.time() - listed_at >= self._listing_interval
                await self._look(status, with_listing=listing_due)
                listed_at = loop.time() if listing_due else listed_at
                late = False
            except httpx.TimeoutException as error:
                # A pod under load may answer late once; to leave it out for that would load the others more.
                if late:
                    self._pods.unreachable(status, f"{type(error).__name__}: {error}")
                late = True
            except (httpx.HTTPError, ValidationError) as error:
                self._pods.unreachable(status, f"{type(error).__name__}: {error}")
            except Exception:
                log.exception("poll_failed", pod=status.member.name)
                self._pods.unreachable(status, "the router could not read its answers")
            await asyncio.sleep(self._interval * random.uniform(1 - _JITTER, 1 + _JITTER))

    async def _look(self, status: PodStatus, *, with_listing: bool) -> None:
        await self._get(status, "/readyz")
        card = status.card
        if card is None:
            card = ModelOut.model_validate_json(await self._get(status, "/v1/model"))
        if with_listing:
            # Before the pod counts as ready, so that a router that has just begun knows who holds what.
            listing = ResidentCartridgesOut.model_validate_json(await self._get(status, "/v1/cartridges"))
            if self._pods.is_current(status):
                self._pods.holders.replace(status.member.name, [each.digest for each in listing.data])
        in_flight = status.in_flight
        load = LoadOut.model_validate_json(await self._get(status, "/v1/load"))
        self._pods.seen(status, load, card, in_flight_before=in_flight)

    async def _get(self, status: PodStatus, path: str) -> bytes:
        response = await self._http.get(status.member.url + path, timeout=self._timeout)
        response.raise_for_status()
        return response.content
