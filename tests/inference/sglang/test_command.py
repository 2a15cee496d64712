"""The SGLang server's command line, and what it refuses to run in."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from services.inference.linker.requirements import Surroundings, UnsupportedEngineError, check
from services.inference.sglang.command import CPU_KERNEL, Served, server_arguments, server_command
from services.inference.sglang.release import REQUIREMENTS, SGLANG_VERSION
from services.inference.sglang.settings import SglangSettings

SERVED = Served(Path("/models/m"), kv_heads=8, page_size=16, socket_directory=Path("/run/linkers"))

FINE = Surroundings(
    sglang_version=SGLANG_VERSION,
    components=("FULL",),
    full_attention_only=True,
    pool_class="MHATokenToKVPool",
    plain_pool=True,
    layout="nhd",
    pool_dtype=torch.bfloat16,
    store_dtype=torch.bfloat16,
    same_head_dims=True,
    page_size=64,
    pipeline_ranks=1,
    context_ranks=1,
    data_ranks=1,
    nodes=1,
    lora=False,
    speculative_algorithm=None,
)


def _value(arguments: list[str], flag: str) -> str:
    return arguments[arguments.index(flag) + 1]


def test_settings_become_sglangs_flags() -> None:
    settings = SglangSettings(port=31000, max_total_tokens=5000, memory_fraction=0.8, tensor_parallel=2)
    arguments = server_arguments(settings, SERVED, on_cuda=True)
    assert _value(arguments, "--page-size") == "16"
    assert _value(arguments, "--max-total-tokens") == "5000"
    assert _value(arguments, "--tp-size") == "2"
    linker = json.loads(_value(arguments, "--unified-cache-external-linker-config"))
    assert linker["linker_extra_config"]["kv_heads"] == 8
    assert "--device" not in arguments


def test_the_cpu_gets_its_backend_and_the_stand_in_and_cuda_neither() -> None:
    for device, on_cpu in (("cpu", True), ("cuda", False)):
        command = server_command(SglangSettings(device=device), SERVED, {})
        assert ("torch_native" in command.arguments) == on_cpu
        assert (str(CPU_KERNEL) in command.environment["PYTHONPATH"]) == on_cpu


def test_sglang_gets_none_of_the_products_secrets() -> None:
    surroundings = {"CARTRIDGES_GRANT_SECRET": "secret", "PATH": "/bin"}
    environment = server_command(SglangSettings(), SERVED, surroundings).environment
    assert environment["PATH"] == "/bin"
    assert not any(name.startswith("CARTRIDGES_") for name in environment)


def test_sglang_listens_on_loopback_unless_told_otherwise() -> None:
    assert _value(server_arguments(SglangSettings(), SERVED, on_cuda=True), "--host") == "127.0.0.1"


def test_one_release_is_named_and_installed() -> None:
    assert f"sglang=={SGLANG_VERSION}" in REQUIREMENTS.read_text().splitlines()


def test_a_supported_engine_passes() -> None:
    check(FINE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sglang_version": "0.4.0"}, "install that one"),
        ({"full_attention_only": False, "components": ("FULL", "MAMBA")}, "MAMBA"),
        ({"plain_pool": False, "pool_class": "MLATokenToKVPool"}, "MLATokenToKVPool"),
        ({"same_head_dims": False}, "one size"),
        ({"layout": "hnd"}, "hnd"),
        ({"pool_dtype": torch.float8_e5m2}, "kv-cache-dtype"),
        ({"store_dtype": torch.uint8}, "kv-cache-dtype"),
        ({"page_size": 256}, "1 to 128"),
        ({"pipeline_ranks": 2}, "pp-size"),
        ({"context_ranks": 2}, "context"),
        ({"data_ranks": 2}, "dp-size"),
        ({"nodes": 2}, "nnodes"),
        ({"lora": True}, "LoRA"),
        ({"speculative_algorithm": "EAGLE"}, "EAGLE"),
    ],
)
def test_anything_else_is_refused_with_what_to_change(change: dict[str, object], said: str) -> None:
    with pytest.raises(UnsupportedEngineError, match=said):
        check(replace(FINE, **change))
