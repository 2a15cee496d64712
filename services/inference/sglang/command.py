"""The command line and the environment of the SGLang server that the settings describe."""

import ctypes
import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.inference.sglang.settings import SglangSettings

REPOSITORY = Path(__file__).resolve().parents[3]
CPU_KERNEL = Path(__file__).with_name("cpu_kernel")
_LINKER_MODULE = "services.inference.linker.plugin"
_LINKER_CLASS = "CartridgeLinker"


@dataclass(frozen=True)
class Served:
    """The model and how its KV is kept: what server and agent have to agree on."""

    model_path: Path
    kv_heads: int
    page_size: int
    socket_directory: Path


@dataclass(frozen=True)
class ServerCommand:
    """What to execute, and in which environment."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def server_command(
    settings: SglangSettings, served: Served, surroundings: Mapping[str, str]
) -> ServerCommand:
    """The SGLang server of `settings` for the model of `served`."""
    cuda = on_cuda(settings)
    python = str(settings.python or sys.executable)
    arguments = (
        python, "-m", "sglang.launch_server",
        *server_arguments(settings, served, on_cuda=cuda),
    )  # fmt: skip
    return ServerCommand(arguments, _environment(surroundings, on_cuda=cuda))


def on_cuda(settings: SglangSettings) -> bool:
    """Whether the server runs on a GPU."""
    return settings.device == "cuda" or (settings.device == "auto" and has_cuda_driver())


def server_arguments(settings: SglangSettings, served: Served, *, on_cuda: bool) -> list[str]:
    """SGLang's own flags."""
    linker = {
        "linker": _LINKER_CLASS,
        "linker_module_path": _LINKER_MODULE,
        "linker_extra_config": {
            "socket_directory": str(served.socket_directory),
            "host_bytes": settings.host_bytes,
            "kv_heads": served.kv_heads,
        },
    }
    arguments = [
        "--model-path", str(served.model_path),
        "--host", settings.host,
        "--port", str(settings.port),
        "--dtype", settings.dtype,
        "--page-size", str(served.page_size),
        "--tp-size", str(settings.tensor_parallel),
        "--max-running-requests", str(settings.max_running_requests),
        "--chunked-prefill-size", str(settings.chunked_prefill_tokens),
        # The agent speaks in token ids both ways, so that both engines have one tokenizer and one way to stop.
        "--skip-tokenizer-init",
        "--incremental-streaming-output",
        "--sampling-defaults", "openai",
        "--enable-cache-report",
        "--enable-metrics",
        "--enable-unified-cache-external-linker",
        "--unified-cache-external-linker-backend", "dynamic",
        "--unified-cache-external-linker-config", json.dumps(linker),
        # Prompts are not the log's to keep.
        "--log-level", "warning",
    ]  # fmt: skip
    if settings.max_total_tokens is not None:
        arguments += ["--max-total-tokens", str(settings.max_total_tokens)]
    if settings.memory_fraction is not None:
        arguments += ["--mem-fraction-static", str(settings.memory_fraction)]
    if settings.deterministic:
        arguments.append("--enable-deterministic-inference")
    if not on_cuda:
        arguments += [
            "--device", "cpu",
            "--attention-backend", "torch_native",
            "--cuda-graph-backend-decode", "disabled",
            "--cuda-graph-backend-prefill", "disabled",
            # Else it polls for requests, and takes a whole core for it.
            "--sleep-on-idle",
        ]  # fmt: skip
    return arguments + shlex.split(settings.extra_arguments)


def has_cuda_driver() -> bool:
    """Whether CUDA's driver library can be loaded."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _environment(surroundings: Mapping[str, str], *, on_cuda: bool) -> dict[str, str]:
    path = [str(REPOSITORY), str(REPOSITORY / "libs")]
    environment = {
        # SGLang needs none of the product's settings, and its secrets least of all.
        **{name: value for name, value in surroundings.items() if not name.startswith("CARTRIDGES_")},
        # Models are directories; nothing is to be asked of a hub.
        "HF_HUB_OFFLINE": "1",
        # Log-probabilities are the model's own, whatever the temperature.
        "SGLANG_RETURN_ORIGINAL_LOGPROB": "1",
    }
    if not on_cuda:
        environment["SGLANG_USE_CPU_ENGINE"] = "1"
        path.insert(0, str(CPU_KERNEL))
    environment["PYTHONPATH"] = os.pathsep.join(path)
    return environment
