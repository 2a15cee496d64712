"""The platform's own services, as processes with their settings: what answers, api, trainer, dispatcher."""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cartridge_store.db.roles import Role
from cartridge_store.queue import TRAINING_QUEUE
from services.cli.stack.checks import answers, beats, worker_answers
from services.cli.stack.engine import Engine
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import HOST, PortChooser
from services.cli.stack.service import ServiceSpec
from services.cli.stack.serving import plan_serving, thread_settings

API_PORT = 8000
DATABASE_URLS = ("CARTRIDGES_DATABASE_URL", *(role.url_variable for role in Role))

# The dispatcher has no door to knock at; it touches this file in its data directory after each round.
DISPATCHER_HEARTBEAT = "dispatcher.heartbeat"

# Above the backing services and SGLang: stopped before them.
_TIER = 2


@dataclass(frozen=True)
class PlatformPlan:
    """The services to start, their settings, and where the outside reaches them."""

    specs: tuple[ServiceSpec, ...]
    settings: Mapping[str, str]
    api_url: str
    inference_url: str
    start_seconds: float
    """What the start may take beyond the usual."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.specs)


def plan_platform(
    paths: DataPaths,
    surroundings: Mapping[str, str],
    backing: Mapping[str, str],
    base_model: Path,
    engine: Engine,
    *,
    ports: PortChooser,
) -> PlatformPlan:
    """Settings and commands of the services; a port that `surroundings` names is used as it is.

    Raises SglangSetupError.
    """
    api_port = surroundings.get("CARTRIDGES_API_PORT") or str(ports.choose("api", API_PORT))
    api_url = f"http://{HOST}:{api_port}"
    serving = plan_serving(engine, paths, surroundings, ports)
    settings = {
        **{name: value for name, value in surroundings.items() if name.startswith("CARTRIDGES_")},
        **backing,
        "CARTRIDGES_API_HOST": surroundings.get("CARTRIDGES_API_HOST", HOST),
        "CARTRIDGES_API_PORT": api_port,
        **serving.settings,
        "CARTRIDGES_BASE_MODEL": str(base_model),
    }
    environment = {**surroundings, **settings, "PYTHONUNBUFFERED": "1"}
    for variable in DATABASE_URLS:
        environment.pop(variable)  # each service gets its own alone, inference none
    computing = {**thread_settings(serving.computing_services), **environment}
    as_api = {"CARTRIDGES_DATABASE_URL": backing[Role.API.url_variable]}
    as_worker = {"CARTRIDGES_DATABASE_URL": backing[Role.WORKER.url_variable]}
    worker = f"trainer@{hashlib.sha256(os.fsencode(paths.root)).hexdigest()[:12]}"
    python = (sys.executable, "-m")
    specs = (
        *serving.specs(paths, environment, computing, _TIER),
        ServiceSpec(
            name="api",
            command=(*python, "services.api"),
            environment=environment | as_api,
            log=paths.log("api"),
            ready=answers(f"{api_url}/readyz"),
            check=answers(f"{api_url}/healthz"),
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
            check=worker_answers(backing["CARTRIDGES_BROKER_URL"], worker),
            check_every=15.0,
            endpoint=f"queue {TRAINING_QUEUE}",
            tier=_TIER,
        ),
        ServiceSpec(
            name="dispatcher",
            command=(*python, "services.trainer.dispatcher"),
            environment=environment | as_worker,
            log=paths.log("dispatcher"),
            check=beats(paths.scratch / DISPATCHER_HEARTBEAT),
            endpoint=f"queue {TRAINING_QUEUE}",
            tier=_TIER,
        ),
    )
    return PlatformPlan(specs, settings, api_url, serving.url, serving.start_seconds)
