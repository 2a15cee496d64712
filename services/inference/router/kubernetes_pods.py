"""Pods from Kubernetes: the endpoints of one service, followed through list and watch of its EndpointSlices.

The kubernetes client blocks, so the watch has a thread of its own and hands each change to the event loop. The
thread lists, watches from that list's version on, and lists again whenever the watch cannot go on: a version too
old (410 Gone), a connection cut, an API server away. What it knew stays in force meanwhile: a control plane that
is down takes no pod out of service.
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import structlog
import urllib3
from kubernetes import client, watch

from cartridge_web.cluster import ClusterUnknownError, cluster_client
from services.inference.router.errors import DiscoveryError
from services.inference.router.metrics import RouterMetrics
from services.inference.router.pods import Member

SetMembers = Callable[[Collection[Member]], None]

_SERVICE_LABEL = "kubernetes.io/service-name"
_GONE = 410
# The server ends a watch after this; one that says nothing for longer is dead (bookmarks come about each minute).
_WATCH_SECONDS = 300
_SILENCE_SECONDS = 120
_CONNECT_SECONDS = 5
_FIRST_BACKOFF_SECONDS, _LAST_BACKOFF_SECONDS = 0.2, 10.0

log = structlog.get_logger(__name__)


class EndpointSliceWatch:
    """Follows one service's EndpointSlices."""

    def __init__(
        self,
        service: str,
        namespace: str,
        *,
        port_name: str | None,
        api_url: str | None,
        metrics: RouterMetrics,
    ) -> None:
        self._service = service
        self._namespace = namespace
        self._port_name = port_name
        self._metrics = metrics
        self._api = client.DiscoveryV1Api(_api_client(api_url))
        self._slices: dict[str, Any] = {}  # name to V1EndpointSlice
        self._stopping = threading.Event()
        self._watch: watch.Watch | None = None

    @asynccontextmanager
    async def running(self, set_members: SetMembers) -> AsyncGenerator[None]:
        """Tell the members, in this event loop, at the start and with every change until the block ends."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            members = members_of(self._slices.values(), self._port_name)
            loop.call_soon_threadsafe(set_members, members)

        thread = threading.Thread(target=self._follow, args=[tell], name="endpointslices", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            await asyncio.to_thread(self._end, thread)

    def _end(self, thread: threading.Thread) -> None:
        """Wait for the thread, which may wait for the API server: a watch can be stopped only once it is open."""
        deadline = time.monotonic() + _CONNECT_SECONDS
        while thread.is_alive() and time.monotonic() < deadline:
            if self._watch is not None:
                self._watch.stop()
            thread.join(0.05)

    def _follow(self, tell: Callable[[], None]) -> None:
        backoff = _FIRST_BACKOFF_SECONDS
        version: str | None = None
        while not self._stopping.is_set():
            try:
                if version is None:
                    version = self._list()
                    tell()
                version = self._watch_from(version, tell)
                backoff = _FIRST_BACKOFF_SECONDS
            except client.ApiException as error:
                version = None
                if error.status == _GONE:
                    self._metrics.discovery_failures.labels("gone").inc()
                    continue
                self._failed("api", error)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                # The watch goes on from the last version it has seen, if the server still knows it.
                version = self._seen_version() or version
                self._failed("connection", error)
            except Exception as error:
                version = None
                log.exception("endpointslices_unreadable")
                self._failed("unreadable", error)
            else:
                continue
            self._stopping.wait(backoff)
            backoff = min(2 * backoff, _LAST_BACKOFF_SECONDS)

    def _failed(self, cause: str, error: Exception) -> None:
        if not self._stopping.is_set():
            self._metrics.discovery_failures.labels(cause).inc()
            log.warning("endpointslices_not_read", cause=cause, error=str(error))

    def _seen_version(self) -> str | None:
        return None if self._watch is None else self._watch.resource_version

    def _list(self) -> str:
        """Take the list for all there is; its version."""
        found = self._api.list_namespaced_endpoint_slice(
            self._namespace,
            label_selector=f"{_SERVICE_LABEL}={self._service}",
            _request_timeout=(_CONNECT_SECONDS, _SILENCE_SECONDS),
        )
        self._slices = {each.metadata.name: each for each in found.items}
        return str(found.metadata.resource_version)

    def _watch_from(self, version: str, tell: Callable[[], None]) -> str:
        """Follow changes until the server ends the watch; the last version seen."""
        self._watch = watch.Watch()
        stream = self._watch.stream(
            self._api.list_namespaced_endpoint_slice,
            self._namespace,
            label_selector=f"{_SERVICE_LABEL}={self._service}",
            resource_version=version,
            allow_watch_bookmarks=True,
            timeout_seconds=_WATCH_SECONDS,
            _request_timeout=(_CONNECT_SECONDS, _SILENCE_SECONDS),
        )
        for event in stream:
            if self._stopping.is_set():
                break
            if event["type"] == "BOOKMARK":
                continue
            found = event["object"]
            if event["type"] == "DELETED":
                self._slices.pop(found.metadata.name, None)
            else:
                self._slices[found.metadata.name] = found
            tell()
        return self._watch.resource_version or version


def members_of(slices: Collection[Any], port_name: str | None) -> list[Member]:
    """The pods that EndpointSlices name. A pod may stand in two of them while it moves; it counts once.

    Readiness is left to the router's own looks at each pod; what it takes from here is who terminates.
    """
    members: dict[str, Member] = {}
    for found in slices:
        port = _port_of(found, port_name)
        if port is None:
            continue
        for endpoint in found.endpoints or ():
            draining = bool(endpoint.conditions is not None and endpoint.conditions.terminating)
            for address in endpoint.addresses[:1]:
                host = f"[{address}]" if found.address_type == "IPv6" else address
                url = f"http://{host}:{port}"
                name = endpoint.target_ref.name if endpoint.target_ref is not None else url
                known = members.get(name)
                if known is None or known.draining:
                    members[name] = Member(name, url, draining)
    return list(members.values())


def _port_of(found: Any, port_name: str | None) -> int | None:
    ports = [port for port in found.ports or () if port_name in (None, port.name) and port.port is not None]
    return ports[0].port if ports else None


def _api_client(api_url: str | None) -> client.ApiClient:
    """Raises `DiscoveryError` where nothing tells the API server's address."""
    try:
        return cluster_client(api_url)
    except ClusterUnknownError as error:
        raise DiscoveryError(
            "no Kubernetes API is known here: run the router in a cluster, give it a kubeconfig, or set "
            "CARTRIDGES_ROUTER_KUBERNETES_API"
        ) from error
