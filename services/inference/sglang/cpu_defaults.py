"""What a SGLang server without a GPU uses where nothing is set: sizes that leave the machine to others as well."""

import os
from pathlib import Path
from typing import Any

from cartridge_core.models.config import ModelConfig
from services.inference.sglang.settings import SglangSettings

# A KV pool and the cartridges in host memory each get this share of the machine's memory, beside the weights, a
# trainer and the backing services.
_MEMORY_SHARE = 1 / 16
_LEAST_POOL_TOKENS = 256
_BYTES_A_VALUE = 4
# SGLang tells nothing between two prefill steps: a long prompt in large ones looks like a server that hangs.
_PREFILL_TOKENS = 512
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def with_cpu_defaults(
    settings: SglangSettings, config: ModelConfig, memory_bytes: int | None = None
) -> SglangSettings:
    """`settings`, where unset filled for a machine of `memory_bytes` (default: this one) that computes on its CPU.

    Numbers are float32: CPUs compute it faster than bfloat16 unless they have instructions for that, and answers then
    equal those of the torch engine.
    """
    share = int((memory_bytes or machine_memory()) * _MEMORY_SHARE)
    tokens = share // (config.kv_values_per_token * _BYTES_A_VALUE)
    most = config.context_length * settings.max_running_requests
    defaults: dict[str, Any] = {
        "dtype": "float32",
        "max_total_tokens": max(_LEAST_POOL_TOKENS, min(tokens, most)),
        "host_bytes": share,
        "chunked_prefill_tokens": _PREFILL_TOKENS,
    }
    unset = {name: value for name, value in defaults.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


def machine_memory() -> int:
    """Bytes of memory that this machine has, or that the container may use."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = _CGROUP_LIMIT.read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(limit)) if limit.isdecimal() else physical
