"""The calculator's bytes are those that were measured; its seconds follow from what it is told."""

import json
import re

import pytest
from typer.testing import CliRunner

from services.cli import capacity
from services.cli.capacity import Demand, Hardware, ModelShape, load_seconds, plan, rows_that_fit
from services.cli.main import app
from tests.conftest import REPOSITORY

SERVING = (REPOSITORY / "docs" / "serving.md").read_text(encoding="utf-8")
# SmolLM2-135M in fp32, with which docs/serving.md was measured.
MEASURED = ModelShape(layers=30, kv_heads=3, head_dim=64, parameters=134.5e6, dtype_bytes=4)
EIGHT_BILLION = ModelShape(layers=32, kv_heads=8, head_dim=128, parameters=8.03e9)
DEMAND = Demand(tenants=100, cartridges=1_000, requests_per_second=50, cartridge_tokens=2048)


def figure(pattern: str) -> float:
    """The one number that docs/serving.md gives there."""
    (found,) = re.findall(pattern, SERVING)
    return float(found.replace(",", ""))


def test_kv_of_a_text_and_of_a_cartridge_are_the_measured_ones() -> None:
    corpus = int(figure(r"10 corpora of ([\d,]+) tokens"))
    tokens = int(figure(r"a pool of 26,000, cartridges of (\d+) tokens"))
    text, cartridge = MEASURED.kv_bytes(corpus), MEASURED.kv_bytes(tokens)
    assert text / 1e6 == pytest.approx(figure(r"ICL, uncached \| ([\d.]+) MB"), abs=0.05)
    assert cartridge / 1e6 == pytest.approx(figure(r"\| cartridges \| ([\d.]+) MB"), abs=0.05)
    assert text / cartridge == pytest.approx(figure(r"MB \(([\d.]+) times less\)"), abs=0.05)


def test_as_many_texts_fit_into_the_pool_as_were_decoded_at_once() -> None:
    pool, corpus, answer = 26_000, int(figure(r"10 corpora of ([\d,]+) tokens")), 128
    batch = int(figure(r"ICL, uncached \| [\d.]+ MB \| (\d+)"))
    assert rows_that_fit(pool, 0, corpus + answer) == batch
    with_cartridges = int(figure(r"\| cartridges \| [^|]*\| (\d+)"))
    assert rows_that_fit(pool, 10 * 130, answer) >= with_cartridges


def test_loads_take_as_long_as_was_measured() -> None:
    loads = re.findall(r"from (?:disk|the page cache) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+)", SERVING)
    assert [float(rate) for *_, rate in loads] == [
        capacity.DISK_LOAD_OVER_COPY, capacity.MEMORY_LOAD_OVER_COPY
    ]  # fmt: skip
    size = MEASURED.kv_bytes(130)
    for (load, copy, _), over_copy in zip(
        loads, (capacity.DISK_LOAD_OVER_COPY, capacity.MEMORY_LOAD_OVER_COPY), strict=True
    ):
        seconds = load_seconds(size, size / (float(copy) / 1e3), over_copy)
        assert seconds == pytest.approx(float(load) / 1e3, rel=0.02)


def test_twice_the_requests_need_twice_the_gpus_and_half_the_memory_each() -> None:
    once = plan(EIGHT_BILLION, DEMAND, Hardware())
    many = plan(EIGHT_BILLION, DEMAND.model_copy(update={"requests_per_second": 500.0}), Hardware())
    assert many.serving_gpus == pytest.approx(10 * once.serving_gpus, rel=0.1)
    assert many.host_bytes < once.host_bytes
    assert many.store_bytes == once.store_bytes


def test_longer_cartridges_take_rows_once_the_pool_is_full() -> None:
    small = plan(EIGHT_BILLION, DEMAND, Hardware())
    large = plan(EIGHT_BILLION, DEMAND.model_copy(update={"cartridge_tokens": 16_384}), Hardware())
    assert large.cartridge_bytes == 8 * small.cartridge_bytes == 16_384 * 2 * 32 * 8 * 128 * 2
    assert large.rows_per_gpu < small.rows_per_gpu == Hardware().rows


def test_trainings_need_gpus_by_the_hour() -> None:
    demand = DEMAND.model_copy(update={"trainings_per_day": 480.0})
    needed = plan(EIGHT_BILLION, demand, Hardware(training_seconds=1800, busy_share=0.5))
    assert needed.training_gpus == 480 * 1800 / 86_400 / 0.5


def test_a_model_that_does_not_fit_is_refused_with_what_to_change() -> None:
    large = ModelShape(layers=80, kv_heads=8, head_dim=128, parameters=70e9)
    with pytest.raises(ValueError, match="tensor parallelism"):
        plan(large, DEMAND, Hardware())


def test_the_command_prints_the_plan() -> None:
    asked = ["admin", "capacity", "--cartridges", "1000", "--requests-per-second", "50"]
    printed = CliRunner().invoke(app, asked)
    assert printed.exit_code == 0, printed.output
    assert "GPUs that serve" in printed.stdout
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert told["serving_gpus"] == plan(EIGHT_BILLION, DEMAND, Hardware()).serving_gpus
    refused = CliRunner().invoke(app, [*asked, "--parameters", "70"])
    assert refused.exit_code == 2
    assert "larger GPU" in refused.output
