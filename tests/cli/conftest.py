"""Small programs that stand in for services where a test is about the supervisor and not about them."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.cli.stack.service import ServiceSpec
from services.cli.stack.supervisor import Supervisor

# Writes "ready" to its first argument, notes SIGTERM in its second, then leaves.
_WELL_BEHAVED = """
import os, signal, sys, time
from pathlib import Path
def leave(number, frame):
    with open(sys.argv[2], "a") as order:
        order.write(sys.argv[3] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    time.sleep(60)
"""


@dataclass
class Stage:
    """A directory, its supervisor, and a factory of small services."""

    room: Path
    supervisor: Supervisor = field(default_factory=Supervisor)

    def pid_file(self, name: str) -> Path:
        return self.room / f"{name}.pid"

    @property
    def stop_order(self) -> list[str]:
        file = self.room / "stopped"
        return file.read_text().split() if file.exists() else []

    def service(
        self, name: str, *, program: str = _WELL_BEHAVED, tier: int = 0, **more: float
    ) -> ServiceSpec:
        pid_file = self.pid_file(name)

        def check() -> None:
            int(pid_file.read_text())

        arguments = (str(pid_file), str(self.room / "stopped"), name)
        return ServiceSpec(
            name=name,
            command=(sys.executable, "-c", program, *arguments),
            environment={},
            log=self.room / f"{name}.log",
            check=check,
            tier=tier,
            stop_signal=signal.SIGTERM,
            stop_within=more.get("stop_within", 5.0),
            check_every=0.1,
            hung_after=more.get("hung_after", 120.0),
            start_within=more.get("start_within", 120.0),
        )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.supervisor.stop()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    def wait(holds: Callable[[], bool], within: float = 15.0) -> None:
        deadline = time.monotonic() + within
        while not holds():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.05)

    return wait
