"""Keeps services running: starts them, watches them, restarts what dies, stops them from the top down."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from services.cli.stack.process import ManagedProcess, ProcessIdentity
from services.cli.stack.service import ServiceFailedError, ServiceSpec, ServiceStatus

_log = logging.getLogger(__name__)

_FIRST_BACKOFF = 0.5
_LAST_BACKOFF = 30.0
_STEADY_AFTER = 60.0


@dataclass
class _Watched:
    spec: ServiceSpec
    status: ServiceStatus
    process: ManagedProcess | None = None
    backoff: float = _FIRST_BACKOFF
    restart_at: float = 0.0
    next_check: float = 0.0
    failing_since: float | None = None
    was_well: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Supervisor:
    """Owns the processes of a stack. Every method may be called from any thread."""

    def __init__(self, on_change: Callable[[], None] | None = None) -> None:
        self._services: list[_Watched] = []
        self._on_change = on_change or (lambda: None)
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        # The kernel's death signal fires when the *thread* that forked ends, so one thread
        # that lives as long as the supervisor does all the forking.
        self._forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stack-forker")

    def start(self, specs: Sequence[ServiceSpec]) -> None:
        """Spawns the services without waiting for them, and watches them from now on."""
        for spec in specs:
            status = ServiceStatus(spec.name, endpoint=spec.endpoint, log=spec.log)
            watched = _Watched(spec, status)
            self._spawn(watched)
            self._services.append(watched)

    def wait_healthy(self, names: Sequence[str], timeout: float) -> None:
        """Returns once each named service passed its check.

        Raises ServiceFailedError when one exits on the way (a service that cannot start should say
        so at once, so restarting begins only with `watch`) or when `timeout` seconds have passed.
        """
        deadline = time.monotonic() + timeout
        waiting = [watched for watched in self._services if watched.spec.name in names]
        while waiting:
            for watched in list(waiting):
                process = watched.process
                if process is None or not process.alive:
                    code = None if process is None else process.exit_code
                    watched.status.state = "failed"
                    raise ServiceFailedError(
                        watched.spec.name, f"exited with status {code}", watched.spec.log
                    )
                if self._passes(watched, watched.spec.ready or watched.spec.check):
                    waiting.remove(watched)
                    self._on_change()
            if waiting and time.monotonic() > deadline:
                late = waiting[0]
                raise ServiceFailedError(
                    late.spec.name,
                    f"was not ready after {timeout:.0f} s ({late.status.last_error})",
                    late.spec.log,
                )
            if waiting and self._stopping.wait(0.1):
                raise ServiceFailedError(waiting[0].spec.name, "was stopped", waiting[0].spec.log)

    def watch(self) -> None:
        """From now on, restart what dies."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="stack-watcher", daemon=True)
            self._watcher.start()

    def stop(self) -> None:
        """Stops every service, tier by tier from the top. May be called twice."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for tier in sorted({watched.spec.tier for watched in self._services}, reverse=True):
            members = [watched for watched in reversed(self._services) if watched.spec.tier == tier]
            with ThreadPoolExecutor(max_workers=len(members)) as stoppers:
                list(stoppers.map(_stop, members))
        self._forker.shutdown()

    def statuses(self) -> list[ServiceStatus]:
        """A copy of what is known about every service, in start order."""
        return [replace(watched.status) for watched in self._services]

    def identities(self) -> dict[str, ProcessIdentity]:
        """The processes that run now, by service name."""
        return {
            watched.spec.name: watched.process.identity
            for watched in self._services
            if watched.process is not None
        }

    def _spawn(self, watched: _Watched) -> None:
        with watched.lock:
            process = self._forker.submit(ManagedProcess, watched.spec).result()
            watched.process = process
            watched.failing_since = None
            watched.was_well = False
            watched.next_check = 0.0
            watched.status.state = "starting"
            watched.status.pid = process.identity.pid
            watched.status.started = process.identity.started
        self._on_change()

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            for watched in self._services:
                if self._stopping.is_set():
                    return
                self._look_after(watched)

    def _look_after(self, watched: _Watched) -> None:
        now = time.monotonic()
        process = watched.process
        if process is None:
            if now >= watched.restart_at:
                watched.status.restarts += 1
                self._spawn(watched)
        elif not process.alive:
            self._schedule_restart(watched, f"exited with status {process.exit_code}")
        elif now >= watched.next_check:
            watched.next_check = now + watched.spec.check_every
            before = watched.status.state
            if self._passes(watched, watched.spec.check):
                if now - process.spawned_at > _STEADY_AFTER:
                    watched.backoff = _FIRST_BACKOFF
            elif _hangs(watched, now):
                self._schedule_restart(watched, f"hangs ({watched.status.last_error})")
            if watched.status.state != before:
                self._on_change()

    def _schedule_restart(self, watched: _Watched, reason: str) -> None:
        _log.warning("%s %s, restarting in %.1f s", watched.spec.name, reason, watched.backoff)
        with watched.lock:
            if watched.process is not None:
                watched.process.stop()
            watched.process = None
            watched.restart_at = time.monotonic() + watched.backoff
            watched.backoff = min(watched.backoff * 2, _LAST_BACKOFF)
            watched.status.state = "restarting"
            watched.status.pid = None
            watched.status.last_error = reason
        self._on_change()

    def _passes(self, watched: _Watched, check: Callable[[], None]) -> bool:
        try:
            check()
        except Exception as error:  # noqa: BLE001 - whatever a check raises means "not well"
            watched.status.last_error = f"{type(error).__name__}: {error}"
            if watched.failing_since is None:
                watched.failing_since = time.monotonic()
            if watched.status.state == "healthy":
                watched.status.state = "unhealthy"
            return False
        watched.failing_since = None
        watched.was_well = True
        watched.status.state = "healthy"
        return True


def _hangs(watched: _Watched, now: float) -> bool:
    patience = watched.spec.hung_after if watched.was_well else watched.spec.start_within
    return watched.failing_since is not None and now - watched.failing_since > patience


def _stop(watched: _Watched) -> None:
    with watched.lock:
        if watched.process is not None:
            watched.process.stop()
            watched.process = None
        watched.status.state = "stopped"
        watched.status.pid = None
