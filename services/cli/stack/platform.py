"""The platform's own services, as processes with their settings: inference, api, trainer, dispatcher."""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from celery import Celery

from cartridge_store.db.roles import Role
from cartridge_store.queue import TRAINING_QUEUE
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import HOST, PortChooser
from services.cli.stack.service import ServiceSpec

API_PORT = 8000
INFERENCE_PORT = 8100
DATABASE_URLS = ("CARTRIDGES_DATABASE_URL", *(role.url_variable for role in Role))

# The dispatcher has no door to knock at; it touches this file in its data directory after each round.
DISPATCHER_HEARTBEAT = "dispatcher.heartbeat"
_HEARTBEAT_SECONDS = 30.0

# Above the backing services: started after them and stopped before them.
_TIER = 1


class WorkerSilentError(RuntimeError):
    """The Celery worker does not answer a ping."""

    code = "worker_silent"


class HeartbeatStaleError(RuntimeError):
    """A service lives but has not got its work done for a while."""

    code = "heartbeat_stale"


@dataclass(frozen=True)
class PlatformPlan:
    """The services to start, their settings, and where the outside reaches them."""

    specs: tuple[ServiceSpec, ...]
    settings: Mapping[str, str]
    api_url: str
    inference_url: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.specs)


def plan_platform(
    paths: DataPaths,
    surroundings: Mapping[str, str],
    backing: Mapping[str, str],
    base_model: Path,
    ports: PortChooser,
) -> PlatformPlan:
    """Settings and commands of the four services; a port that `surroundings` names is used as it is."""
    api_port = surroundings.get("CARTRIDGES_API_PORT") or str(ports.choose("api", API_PORT))
    inference_port = surroundings.get("CARTRIDGES_INFERENCE_PORT") or str(
        ports.choose("inference", INFERENCE_PORT)
    )
    api_url = f"http://{HOST}:{api_port}"
    inference_url = f"http://{HOST}:{inference_port}"
    settings = {
        **{name: value for name, value in surroundings.items() if name.startswith("CARTRIDGES_")},
        **backing,
        "CARTRIDGES_API_HOST": surroundings.get("CARTRIDGES_API_HOST", HOST),
        "CARTRIDGES_API_PORT": api_port,
        "CARTRIDGES_INFERENCE_HOST": HOST,
        "CARTRIDGES_INFERENCE_PORT": inference_port,
        "CARTRIDGES_INFERENCE_URL": inference_url,
        "CARTRIDGES_BASE_MODEL": str(base_model),
    }
    environment = {**surroundings, **settings, "PYTHONUNBUFFERED": "1"}
    for variable in DATABASE_URLS:
        environment.pop(variable)  # each service gets its own alone, inference none
    computing = {**_thread_settings(), **environment}
    as_api = {"CARTRIDGES_DATABASE_URL": backing[Role.API.url_variable]}
    as_worker = {"CARTRIDGES_DATABASE_URL": backing[Role.WORKER.url_variable]}
    worker = f"trainer@{hashlib.sha256(os.fsencode(paths.root)).hexdigest()[:12]}"
    python = (sys.executable, "-m")
    specs = (
        ServiceSpec(
            name="inference",
            command=(*python, "services.inference"),
            environment=computing,
            log=paths.log("inference"),
            ready=_answers(f"{inference_url}/readyz"),
            check=_answers(f"{inference_url}/healthz"),
            endpoint=inference_url,
            tier=_TIER,
        ),
        ServiceSpec(
            name="api",
            command=(*python, "services.api"),
            environment=environment | as_api,
            log=paths.log("api"),
            ready=_answers(f"{api_url}/readyz"),
            check=_answers(f"{api_url}/healthz"),
            endpoint=api_url,
            tier=_TIER,
        ),
        ServiceSpec(
            name="trainer",
            command=(
                *python,
                "celery",
                "--app=services.trainer.app:app",
                "worker",
                f"--queues={TRAINING_QUEUE}",
                "--concurrency=1",
                "--pool=prefork",
                f"--hostname={worker}",
                "--loglevel=INFO",
                "--without-gossip",
                "--without-mingle",
            ),
            environment=computing | as_worker,
            log=paths.log("trainer"),
            check=_worker_answers(backing["CARTRIDGES_BROKER_URL"], worker),
            check_every=15.0,
            endpoint=f"queue {TRAINING_QUEUE}",
            tier=_TIER,
        ),
        ServiceSpec(
            name="dispatcher",
            command=(*python, "services.trainer.dispatcher"),
            environment=environment | as_worker,
            log=paths.log("dispatcher"),
            check=_beats(paths.scratch / DISPATCHER_HEARTBEAT),
            endpoint=f"queue {TRAINING_QUEUE}",
            tier=_TIER,
        ),
    )
    return PlatformPlan(specs, settings, api_url, inference_url)


def _thread_settings() -> dict[str, str]:
    """Trainer and inference share the cores: each may use all of them, but may spin only shortly while it waits.

    Two busily waiting processes on two cores are several times slower than one; not spinning at all costs a tenth.
    """
    return {
        "OMP_NUM_THREADS": str(len(os.sched_getaffinity(0))),
        "GOMP_SPINCOUNT": "20000",
        "TOKENIZERS_PARALLELISM": "false",
    }


def _answers(url: str) -> Callable[[], None]:
    def check() -> None:
        httpx.get(url, timeout=5.0, trust_env=False).raise_for_status()

    return check


def _beats(heartbeat: Path) -> Callable[[], None]:
    def check() -> None:
        age = time.time() - heartbeat.stat().st_mtime
        if age > _HEARTBEAT_SECONDS:
            raise HeartbeatStaleError(f"no round has succeeded for {age:.0f} s")

    return check


def _worker_answers(broker_url: str, worker: str) -> Callable[[], None]:
    client = Celery(broker=broker_url, set_as_current=False)

    def check() -> None:
        replies = client.control.inspect(destination=[worker], timeout=3.0, limit=1).ping()
        if not replies:
            raise WorkerSilentError(f"{worker} did not answer a ping")

    return check
