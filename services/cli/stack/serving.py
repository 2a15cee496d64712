"""The services that answer: the torch engine alone, or SGLang with its agent and a router before it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from services.cli.stack.checks import answers
from services.cli.stack.engine import ENGINE_VARIABLE, Engine
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import HOST, PortChooser
from services.cli.stack.service import ServiceSpec
from services.cli.stack.sglang_server import SglangServer, prepare_sglang

INFERENCE_PORT = 8100
ROUTER_PORT = 8200

# There is no other pod to ask instead, and a CPU works on a long prompt for minutes: as long as the api waits itself.
_PATIENCE_VARIABLES = ("CARTRIDGES_ROUTER_FIRST_BYTE_SECONDS", "CARTRIDGES_SGLANG_FIRST_TOKEN_SECONDS")
_PATIENCE_SECONDS = "600"

# Above the backing services and below all that asks them.
_SGLANG_TIER = 1


@dataclass(frozen=True)
class ServingPlan:
    """The settings of what answers, the address at which the api asks, and how long the start may take."""

    engine: Engine
    settings: Mapping[str, str]
    inference_url: str
    router_url: str | None
    sglang: SglangServer | None

    @property
    def url(self) -> str:
        """Where the api asks."""
        return self.router_url or self.inference_url

    @property
    def start_seconds(self) -> float:
        """What the start may take beyond that of the other services."""
        return 0.0 if self.sglang is None else self.sglang.start_seconds

    @property
    def computing_services(self) -> int:
        """How many processes compute at once, the trainer among them."""
        return 1 if self.sglang is None else 2

    def specs(
        self, paths: DataPaths, environment: Mapping[str, str], computing: Mapping[str, str], tier: int
    ) -> tuple[ServiceSpec, ...]:
        """The services; `computing` is the environment of those that use the cores."""
        python = (sys.executable, "-m")
        inference = ServiceSpec(
            name="inference",
            command=(*python, "services.inference"),
            environment=computing if self.sglang is None else environment,
            log=paths.log("inference"),
            ready=answers(f"{self.inference_url}/readyz"),
            check=answers(f"{self.inference_url}/healthz"),
            endpoint=self.inference_url,
            tier=tier,
        )
        if self.sglang is None or self.router_url is None:
            return (inference,)
        command = (*python, "services.inference.sglang")
        router = ServiceSpec(
            name="router",
            command=(*python, "services.inference.router"),
            environment=environment,
            log=paths.log("router"),
            ready=answers(f"{self.router_url}/readyz"),
            check=answers(f"{self.router_url}/healthz"),
            endpoint=self.router_url,
            tier=tier,
        )
        sglang = self.sglang.spec(command, computing, paths.log("sglang"), _SGLANG_TIER)
        return (sglang, inference, router)


def plan_serving(
    engine: Engine, paths: DataPaths, surroundings: Mapping[str, str], ports: PortChooser
) -> ServingPlan:
    """A port that `surroundings` names is used as it is. Raises SglangSetupError, SocketDirectoryError."""
    inference_port = surroundings.get("CARTRIDGES_INFERENCE_PORT") or str(
        ports.choose("inference", INFERENCE_PORT)
    )
    inference_url = f"http://{HOST}:{inference_port}"
    settings = {
        ENGINE_VARIABLE: engine,
        "CARTRIDGES_INFERENCE_HOST": HOST,
        "CARTRIDGES_INFERENCE_PORT": inference_port,
        "CARTRIDGES_INFERENCE_URL": inference_url,
    }
    if engine == "torch":
        return ServingPlan(engine, settings, inference_url, None, None)
    sglang = prepare_sglang(paths, surroundings, ports)
    router_port = surroundings.get("CARTRIDGES_ROUTER_PORT") or str(ports.choose("router", ROUTER_PORT))
    router_url = f"http://{HOST}:{router_port}"
    settings |= {
        **sglang.settings,
        "CARTRIDGES_ROUTER_HOST": HOST,
        "CARTRIDGES_ROUTER_PORT": router_port,
        "CARTRIDGES_ROUTER_PODS": inference_url,
        **{name: surroundings.get(name, _PATIENCE_SECONDS) for name in _PATIENCE_VARIABLES},
        "CARTRIDGES_INFERENCE_URL": router_url,
    }
    return ServingPlan(engine, settings, inference_url, router_url, sglang)


def thread_settings(computing_services: int) -> dict[str, str]:
    """The cores, for one of so many processes that compute at once.

    Torch engine and trainer may each use all cores, for a job's training and somebody's answer seldom meet, but may
    spin only shortly while they wait: two busily waiting processes on two cores are several times slower than one, and
    not spinning at all costs a tenth. Where several threads of a process have computed, OpenMP spins a tenth as long as
    "active" lets it, and jobs that decode together took nearly twice their time. SGLang gets cores of its own: decoding, which is many short steps, was eight
    times slower with two processes of two threads on two cores.
    """
    cores = len(os.sched_getaffinity(0))
    return {
        "OMP_NUM_THREADS": str(max(1, cores // computing_services)),
        "GOMP_SPINCOUNT": "20000",
        "OMP_WAIT_POLICY": "active",
        "TOKENIZERS_PARALLELISM": "false",
    }
