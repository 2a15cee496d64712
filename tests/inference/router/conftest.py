"""Real pods over the tiny model, each behind a cable, and routers before them."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cartridge_store.objects import ObjectStore
from services.inference.app import create_app
from services.inference.router.app import create_app as create_router
from services.inference.router.settings import RouterSettings
from services.inference.settings import InferenceSettings
from tests.inference.router.cable import Cable, cable_to
from tests.inference.serving import Caller, await_ready, serving
from tests.inference.shelf import Shelf


@dataclass(frozen=True)
class RunningPod:
    """A pod in this process. `caller` reaches it directly; the router through the cable."""

    app: FastAPI
    caller: Caller
    cable: Cable

    @property
    def generated(self) -> float:
        """Requests to generate that have reached the pod and been answered, in any way."""
        lines = self.caller.client.get("/metrics").text.splitlines()
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith("http_requests_total") and 'route="/v1/generate"' in line
        )

    def holds(self, digest: str) -> bool:
        return digest in {each["digest"] for each in self.caller.client.get("/v1/cartridges").json()["data"]}


StartPod = Callable[..., RunningPod]
StartRouter = Callable[..., AbstractContextManager[Caller]]


@contextmanager
def running_pod(settings: InferenceSettings, shelf: Shelf) -> Iterator[RunningPod]:
    app = create_app(settings)
    with (
        serving(app) as url,
        httpx.Client(base_url=url, timeout=30) as client,
        cable_to(url) as cable,
    ):
        await_ready(client)
        yield RunningPod(app, Caller(client, settings, shelf.tenant_id), cable)


@pytest.fixture
def start_pod(
    settings: InferenceSettings, objects: ObjectStore, shelf: Shelf, tmp_path: Path
) -> Iterator[StartPod]:
    """Starts a pod with changed settings; it runs until the test ends."""
    with ExitStack() as stack:
        count = 0

        def start(**changes: Any) -> RunningPod:
            nonlocal count
            count += 1
            own = settings.model_copy(update={"data_dir": tmp_path / f"pod-{count}", **changes})
            return stack.enter_context(running_pod(own, shelf))

        yield start


@pytest.fixture
def start_router(settings: InferenceSettings, shelf: Shelf) -> StartRouter:
    """Runs a router over pods while the block lasts; once those that are expected are ready, it is called."""

    @contextmanager
    def start(*pods: RunningPod, ready: int | None = None, **changes: Any) -> Iterator[Caller]:
        router = router_settings(settings, [pod.cable.url for pod in pods], **changes)
        with (
            serving(create_router(router)) as url,
            httpx.Client(base_url=url, timeout=30) as client,
        ):
            caller = Caller(client, settings, shelf.tenant_id)
            caller.await_metric('router_pods{state="ready"}', len(pods) if ready is None else ready)
            yield caller

    return start


def router_settings(settings: InferenceSettings, pods: list[str], **changes: Any) -> RouterSettings:
    """A router that looks often and forgives fast; its grants are the pods'."""
    return RouterSettings.model_validate(
        {
            "grant_secret": settings.grant_secret,
            "router_pods": pods,
            "router_poll_seconds": 0.1,
            "router_listing_seconds": 0.2,
            "router_ejection_seconds": 0.2,
            **changes,
        }
    )


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until `holds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
