"""What every benchmark prints: machine, versions and seed first, one JSON object last."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

_PACKAGES = ("torch", "transformers", "safetensors", "numpy")


def processor() -> str:
    """The processor's own name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def environment(seed: int) -> dict[str, Any]:
    """Machine, versions and seed of a run."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _PACKAGES},
        "seed": seed,
    }


def run(
    name: str,
    measure: Callable[[argparse.Namespace], Mapping[str, Any]],
    add_options: Callable[[argparse.ArgumentParser], None] | None = None,
) -> None:
    """Parse options, print the environment, measure, print the figures as one JSON object."""
    parser = argparse.ArgumentParser(prog=f"make bench NAME={name} ARGS=...", description=measure.__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    if add_options is not None:
        add_options(parser)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    about = environment(options.seed)
    for key, value in about.items():
        print(f"{key}: {value}", file=sys.stderr)
    figures = measure(options)
    print(json.dumps({"benchmark": name, "environment": about, **figures}))
