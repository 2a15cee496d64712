"""The SGLang server of a stack: the Python it runs with, its port, how long it may take."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.cli.stack.checks import answers
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import HOST, PortChooser
from services.cli.stack.service import ServiceSpec
from services.cli.stack.sockets import socket_directory

USUAL_PORT = 30000
PYTHON_VARIABLE = "CARTRIDGES_SGLANG_PYTHON"
_START_VARIABLE = "CARTRIDGES_SGLANG_START_SECONDS"
_PORT_VARIABLE = "CARTRIDGES_SGLANG_PORT"
_SOCKETS_VARIABLE = "CARTRIDGES_SGLANG_SOCKET_DIRECTORY"
_LONGEST_SOCKET_NAME = "linker-999.sock"
_USUAL_PYTHON = Path(__file__).resolve().parents[3] / ".venv-sglang" / "bin" / "python"
_START_SECONDS = 600.0

# /health has the model make one token, so that a scheduler that hangs is seen. It answers after a second at the
# soonest, and in the midst of a long prompt after the step that is being computed.
_HEALTH_SECONDS = 15.0
_CHECK_EVERY = 15.0
# It waits for answers under way; those who asked for them have stopped before it.
_STOP_SECONDS = 10.0


class SglangSetupError(RuntimeError):
    """SGLang cannot be started on this machine as it is."""

    code = "sglang_setup_failed"


@dataclass(frozen=True)
class SglangServer:
    """One SGLang server beside the stack's agent."""

    python: Path
    port: str
    start_seconds: float
    sockets: Path

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What server and agent have to agree on."""
        return {
            PYTHON_VARIABLE: str(self.python),
            "CARTRIDGES_SGLANG_HOST": HOST,
            _PORT_VARIABLE: self.port,
            _START_VARIABLE: f"{self.start_seconds:g}",
            _SOCKETS_VARIABLE: str(self.sockets),
        }

    def spec(
        self, command: tuple[str, ...], environment: Mapping[str, str], log: Path, tier: int
    ) -> ServiceSpec:
        """How the supervisor runs it."""
        return ServiceSpec(
            name="sglang",
            command=command,
            environment=environment,
            log=log,
            check=answers(f"{self.url}/health", within=_HEALTH_SECONDS),
            check_every=_CHECK_EVERY,
            start_within=self.start_seconds,
            stop_within=_STOP_SECONDS,
            endpoint=self.url,
            tier=tier,
        )


def sglang_python(surroundings: Mapping[str, str]) -> Path:
    """The Python that SGLang is installed for. Raises SglangSetupError, with what to do."""
    named = surroundings.get(PYTHON_VARIABLE)
    python = Path(named).absolute() if named else _USUAL_PYTHON
    advice = (
        f"Run `make install-sglang`, or set {PYTHON_VARIABLE} to the Python of an environment that has it."
    )
    if not python.is_file():
        raise SglangSetupError(f"There is no {python}, with which SGLang would run. {advice}")
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('sglang') is None)"
    if subprocess.run([python, "-I", "-c", probe], capture_output=True, check=False).returncode:  # noqa: S603
        raise SglangSetupError(f"SGLang is not installed for {python}. {advice}")
    return python


def prepare_sglang(paths: DataPaths, surroundings: Mapping[str, str], ports: PortChooser) -> SglangServer:
    """Chooses Python, port, patience, and where server and agent meet. Raises SglangSetupError, SocketDirectoryError."""
    named = surroundings.get(_SOCKETS_VARIABLE)
    return SglangServer(
        python=sglang_python(surroundings),
        port=surroundings.get(_PORT_VARIABLE) or str(ports.choose("sglang", USUAL_PORT)),
        start_seconds=_seconds(surroundings.get(_START_VARIABLE)),
        sockets=Path(named) if named else socket_directory(paths.scratch / "sglang", _LONGEST_SOCKET_NAME),
    )


def _seconds(value: str | None) -> float:
    try:
        seconds = float(value) if value else _START_SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise SglangSetupError(f"{_START_VARIABLE} is {value!r}; set it to a number of seconds above 0.")
    return seconds
