"""What a stack is to serve with, and what it says where it cannot."""

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.stack.engine import EngineUnknownError, engine_of
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import PortChooser
from services.cli.stack.serving import plan_serving, thread_settings
from services.cli.stack.sglang_server import SglangSetupError, prepare_sglang, sglang_python
from services.cli.stack.stack import Stack


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    made = DataPaths(tmp_path / "data")
    made.create()
    return made


@pytest.fixture
def ports(paths: DataPaths) -> PortChooser:
    return PortChooser(paths.ports_file, prefer_usual=False)


@pytest.fixture
def with_sglang(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python has a package of that name."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)
    return {"CARTRIDGES_SGLANG_PYTHON": str(python)}


def test_the_option_goes_before_the_environment_and_torch_is_the_default() -> None:
    assert engine_of(None, {}) == "torch"
    assert engine_of(None, {"CARTRIDGES_INFERENCE_ENGINE": "sglang"}) == "sglang"
    assert engine_of("torch", {"CARTRIDGES_INFERENCE_ENGINE": "sglang"}) == "torch"


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EngineUnknownError, match="torch or sglang"):
        engine_of(None, {"CARTRIDGES_INFERENCE_ENGINE": "vllm"})
    refused = CliRunner().invoke(app, ["up", "--engine", "vllm"])
    assert refused.exit_code == 2
    assert "'torch', 'sglang'" in refused.output


def test_a_stack_without_sglang_says_how_to_install_it_before_it_starts_anything(tmp_path: Path) -> None:
    environment = {"CARTRIDGES_SGLANG_PYTHON": str(tmp_path / "none"), "PATH": os.environ["PATH"]}
    stack = Stack(tmp_path / "data", environment=environment, engine="sglang")
    with pytest.raises(SglangSetupError, match="make install-sglang"):
        stack.start()
    assert not (tmp_path / "data").exists()


def test_a_python_without_sglang_is_refused() -> None:
    with pytest.raises(SglangSetupError, match="not installed"):
        sglang_python({"CARTRIDGES_SGLANG_PYTHON": sys.executable})


def test_a_patience_that_is_no_number_is_refused(
    paths: DataPaths, ports: PortChooser, with_sglang: dict[str, str]
) -> None:
    for value in ("soon", "0", "-1", "inf"):
        with pytest.raises(SglangSetupError, match="CARTRIDGES_SGLANG_START_SECONDS"):
            prepare_sglang(paths, with_sglang | {"CARTRIDGES_SGLANG_START_SECONDS": value}, ports)


def test_torch_is_asked_directly(paths: DataPaths, ports: PortChooser) -> None:
    plan = plan_serving("torch", paths, {}, ports)
    assert [spec.name for spec in plan.specs(paths, {}, {}, tier=2)] == ["inference"]
    assert plan.settings["CARTRIDGES_INFERENCE_URL"] == plan.url == plan.inference_url
    assert plan.start_seconds == 0


def test_sglang_is_asked_through_agent_and_router_which_stop_before_it(
    paths: DataPaths, ports: PortChooser, with_sglang: dict[str, str]
) -> None:
    surroundings = with_sglang | {"CARTRIDGES_ROUTER_PORT": "18200", "CARTRIDGES_SGLANG_START_SECONDS": "90"}
    plan = plan_serving("sglang", paths, surroundings, ports)
    specs = {spec.name: spec for spec in plan.specs(paths, {}, {"OMP_NUM_THREADS": "1"}, tier=2)}
    assert list(specs) == ["sglang", "inference", "router"]
    assert plan.settings["CARTRIDGES_INFERENCE_URL"] == "http://127.0.0.1:18200"
    assert plan.settings["CARTRIDGES_ROUTER_PODS"] == specs["inference"].endpoint
    assert specs["sglang"].tier < specs["inference"].tier
    assert specs["sglang"].start_within == plan.start_seconds == 90
    assert specs["sglang"].environment == {"OMP_NUM_THREADS": "1"}


def test_a_long_prompt_on_a_cpu_is_waited_for_unless_it_is_said_how_long(
    paths: DataPaths, ports: PortChooser, with_sglang: dict[str, str]
) -> None:
    router, sglang = "CARTRIDGES_ROUTER_FIRST_BYTE_SECONDS", "CARTRIDGES_SGLANG_FIRST_TOKEN_SECONDS"
    settings = plan_serving("sglang", paths, with_sglang | {router: "9"}, ports).settings
    assert (settings[router], settings[sglang]) == ("9", "600")


def test_services_that_compute_at_once_share_the_cores() -> None:
    cores = len(os.sched_getaffinity(0))
    assert thread_settings(1)["OMP_NUM_THREADS"] == str(cores)
    assert int(thread_settings(2)["OMP_NUM_THREADS"]) == max(1, cores // 2)
