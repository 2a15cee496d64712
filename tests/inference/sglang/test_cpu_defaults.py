"""What a SGLang server on a CPU uses where nothing is set."""

from pathlib import Path

import pytest

from cartridge_core.models.config import ModelConfig, read_config
from services.inference.sglang.cpu_defaults import machine_memory, with_cpu_defaults
from services.inference.sglang.settings import SglangSettings

GIB = 1024**3
# SmolLM2-135M: keys and values of 30 layers of 3 heads of 64 numbers of 4 bytes.
TOKEN_BYTES = 2 * 30 * 3 * 64 * 4


@pytest.fixture(scope="module")
def config(smollm2_dir: Path) -> ModelConfig:
    return read_config(smollm2_dir)


def test_pool_and_host_memory_are_shares_of_the_machine(config: ModelConfig) -> None:
    settings = with_cpu_defaults(SglangSettings(), config, 16 * GIB)
    assert settings.max_total_tokens == GIB // TOKEN_BYTES
    assert settings.host_bytes == GIB
    assert settings.dtype == "float32"


def test_a_pool_is_no_larger_than_all_requests_at_once_can_fill(config: ModelConfig) -> None:
    settings = with_cpu_defaults(SglangSettings(max_running_requests=2), config, 1024 * GIB)
    assert settings.max_total_tokens == 2 * config.context_length


def test_what_is_set_stays(config: ModelConfig) -> None:
    chosen = SglangSettings(
        dtype="bfloat16", max_total_tokens=4096, host_bytes=1, chunked_prefill_tokens=2048
    )
    assert with_cpu_defaults(chosen, config, 16 * GIB) == chosen


def test_the_smallest_machine_still_gets_a_pool(config: ModelConfig) -> None:
    assert with_cpu_defaults(SglangSettings(), config, 1).max_total_tokens == 256


def test_this_machine_has_memory() -> None:
    assert machine_memory() > GIB // 4
