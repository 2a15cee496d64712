"""Pods from Kubernetes: the real client against a server that lists, watches, forgets and breaks off."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.inference.router.app import create_app
from services.inference.router.errors import DiscoveryError
from services.inference.router.kubernetes_pods import EndpointSliceWatch
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import Member
from services.inference.router.settings import RouterSettings
from services.inference.settings import InferenceSettings
from tests.inference.router.api_server import NAMESPACE, SERVICE, ApiServer, api_server, endpoint
from tests.inference.router.conftest import StartPod
from tests.inference.serving import Caller, serving
from tests.inference.shelf import Shelf


@dataclass
class Followed:
    """What the watch has told so far."""

    api: ApiServer
    metrics: RouterMetrics
    members: dict[str, Member] | None = None
    tellings: int = 0

    def set_members(self, members: Collection[Member]) -> None:
        self.members = {member.name: member for member in members}
        self.tellings += 1

    async def become(self, *numbers: int, draining: Collection[int] = ()) -> None:
        """Wait until the members are these pods."""
        wanted = {
            f"inference-{number}": Member(
                f"inference-{number}", f"http://10.0.0.{number}:8100", number in draining
            )
            for number in numbers
        }
        deadline = time.monotonic() + 10
        while self.members != wanted:
            assert time.monotonic() < deadline, self.members
            await asyncio.sleep(0.01)

    async def until_watching(self) -> None:
        deadline = time.monotonic() + 10
        while not self.api.watching:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)

    def failures(self, cause: str) -> float:
        value = self.metrics.registry.get_sample_value("router_discovery_failures_total", {"cause": cause})
        return value or 0.0


@asynccontextmanager
async def following(*, port_name: str | None = None) -> AsyncIterator[Followed]:
    with api_server() as (api, url):
        api.put("inference-abc", endpoint(1), endpoint(2))
        metrics = RouterMetrics()
        watch = EndpointSliceWatch(SERVICE, NAMESPACE, port_name=port_name, api_url=url, metrics=metrics)
        followed = Followed(api, metrics)
        async with watch.running(followed.set_members):
            yield followed


def test_the_list_is_told_first_and_then_every_change() -> None:
    async def scenario() -> None:
        async with following() as followed:
            await followed.become(1, 2)
            followed.api.put("inference-def", endpoint(3))
            await followed.become(1, 2, 3)
            followed.api.put("inference-abc", endpoint(2), endpoint(4))
            await followed.become(2, 4, 3)
            followed.api.delete("inference-def")
            await followed.become(2, 4)
            assert followed.api.lists == 1

    asyncio.run(scenario())


def test_a_terminating_endpoint_drains() -> None:
    async def scenario() -> None:
        async with following() as followed:
            await followed.become(1, 2)
            terminating = endpoint(2, ready=False, serving=True, terminating=True)
            followed.api.put("inference-abc", endpoint(1), terminating)
            await followed.become(1, 2, draining=[2])
            followed.api.put("inference-abc", endpoint(1))
            await followed.become(1)

    asyncio.run(scenario())


def test_a_pod_in_two_slices_counts_once_and_serves_while_either_says_so() -> None:
    async def scenario() -> None:
        async with following() as followed:
            followed.api.put("inference-def", endpoint(2, terminating=True), endpoint(3))
            await followed.become(1, 2, 3)

    asyncio.run(scenario())


def test_a_connection_that_is_cut_is_taken_up_where_it_was_bookmarks_included() -> None:
    async def scenario() -> None:
        async with following() as followed:
            await followed.become(1, 2)
            followed.api.put("inference-def", endpoint(3))
            await followed.become(1, 2, 3)
            tellings = followed.tellings
            bookmarked = followed.api.bookmark()
            await asyncio.sleep(0.2)
            assert followed.tellings == tellings
            followed.api.cut()
            followed.api.put("inference-ghi", endpoint(4))
            await followed.become(1, 2, 3, 4)
            assert followed.api.watched_from[-1] == bookmarked
            assert followed.api.lists == 1
            assert followed.failures("connection") == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("in_the_middle", [True, False])
def test_a_version_that_is_too_old_leads_to_a_new_list(in_the_middle: bool) -> None:
    async def scenario() -> None:
        async with following() as followed:
            await followed.become(1, 2)
            await followed.until_watching()
            if in_the_middle:
                followed.api.expire_watches()
            else:
                followed.api.forget_changes()
                followed.api.cut()
            followed.api.put("inference-def", endpoint(3))
            await followed.become(1, 2, 3)
            assert followed.api.lists == 2
            assert followed.failures("gone") == 1

    asyncio.run(scenario())


def test_an_api_server_that_fails_takes_no_pod_away() -> None:
    async def scenario() -> None:
        async with following() as followed:
            await followed.become(1, 2)
            await followed.until_watching()
            followed.api.failing = True
            followed.api.cut()
            while not followed.failures("api"):
                await asyncio.sleep(0.01)
            await followed.become(1, 2)
            followed.api.put("inference-def", endpoint(3))
            followed.api.failing = False
            await followed.become(1, 2, 3)

    asyncio.run(scenario())


def test_ports_are_chosen_by_name_and_slices_without_them_are_left_out() -> None:
    async def scenario() -> None:
        async with following(port_name="http") as followed:
            await followed.become(1, 2)
            followed.api.put("metrics", endpoint(7), ports=[{"name": "metrics", "port": 9000}])
            followed.api.put("bare", endpoint(8), ports=None)
            followed.api.put(
                "two", endpoint(3), ports=[{"name": "metrics", "port": 9000}, {"name": "http", "port": 8100}]
            )
            await followed.become(1, 2, 3)

    asyncio.run(scenario())


def test_addresses_of_the_sixth_version_stand_in_brackets() -> None:
    async def scenario() -> None:
        async with following() as followed:
            followed.api.delete("inference-abc")
            followed.api.put("six", {"addresses": ["fd00::7"], "conditions": {}}, addressType="IPv6")
            url = "http://[fd00::7]:8100"
            while followed.members != {url: Member(url, url)}:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_without_a_cluster_or_a_kubeconfig_the_router_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "none"))
    with pytest.raises(DiscoveryError, match="CARTRIDGES_ROUTER_KUBERNETES_API"):
        EndpointSliceWatch(SERVICE, NAMESPACE, port_name=None, api_url=None, metrics=RouterMetrics())


def test_the_watch_ends_at_once_when_the_router_stops() -> None:
    async def scenario() -> float:
        async with following() as followed:
            await followed.until_watching()
            started = time.monotonic()
        return time.monotonic() - started

    assert asyncio.run(scenario()) < 2


def test_a_router_finds_its_pods_through_kubernetes(
    start_pod: StartPod, settings: InferenceSettings, shelf: Shelf
) -> None:
    pods = [start_pod(), start_pod()]

    def slice_of(number: int, *, terminating: bool = False) -> dict[str, object]:
        port = int(pods[number].cable.url.rpartition(":")[2])
        found = endpoint(number, terminating=terminating) | {"addresses": ["127.0.0.1"]}
        api.put(f"slice-{number}", found, ports=[{"name": "http", "port": port}])
        return found

    with api_server() as (api, url):
        slice_of(0)
        router = RouterSettings.model_validate(
            {
                "grant_secret": settings.grant_secret,
                "router_kubernetes_service": SERVICE,
                "router_kubernetes_namespace": NAMESPACE,
                "router_kubernetes_api": url,
                "router_poll_seconds": 0.1,
            }
        )
        with serving(create_app(router)) as address, httpx.Client(base_url=address, timeout=30) as client:
            caller = Caller(client, settings, shelf.tenant_id)
            caller.await_metric('router_pods{state="ready"}', 1)
            assert caller.ask(max_tokens=1).status_code == 200
            slice_of(1)
            caller.await_metric('router_pods{state="ready"}', 2)
            slice_of(0, terminating=True)
            caller.await_metric('router_pods{state="draining"}', 1)
            before = pods[0].generated
            assert [caller.ask(max_tokens=1).status_code for _ in range(3)] == [200] * 3
            assert pods[0].generated == before
            api.delete("slice-0")
            caller.await_metric('router_pods{state="draining"}', 0)
