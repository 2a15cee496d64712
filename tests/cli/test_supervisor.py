"""The supervisor starts, restarts and stops real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from services.cli.stack.process import ProcessIdentity, stop_foreign
from services.cli.stack.service import ServiceFailedError

from .conftest import Stage

Eventually = Callable[[Callable[[], bool]], None]


def test_services_are_stopped_from_the_highest_tier_down(stage: Stage) -> None:
    stage.supervisor.start([stage.service("base"), stage.service("top", tier=1)])
    stage.supervisor.wait_healthy(["base", "top"], 10.0)
    pids = [identity.pid for identity in stage.supervisor.identities().values()]
    stage.supervisor.stop()
    assert stage.stop_order == ["top", "base"]
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_killed_service_is_restarted(stage: Stage, eventually: Eventually) -> None:
    stage.supervisor.start([stage.service("one")])
    stage.supervisor.wait_healthy(["one"], 10.0)
    stage.supervisor.watch()
    killed = stage.supervisor.identities()["one"]
    os.kill(killed.pid, signal.SIGKILL)
    eventually(lambda: stage.supervisor.identities().get("one", killed) != killed)
    eventually(lambda: stage.supervisor.statuses()[0].state == "healthy")
    assert stage.supervisor.statuses()[0].restarts == 1


def test_a_service_that_hangs_is_restarted(stage: Stage, eventually: Eventually) -> None:
    stage.supervisor.start([stage.service("one", hung_after=0.3)])
    stage.supervisor.wait_healthy(["one"], 10.0)
    stage.supervisor.watch()
    stage.pid_file("one").write_text("no number, so the check fails")
    eventually(lambda: stage.supervisor.statuses()[0].restarts == 1)
    eventually(lambda: stage.supervisor.statuses()[0].state == "healthy")


def test_a_slow_start_is_no_hanging(stage: Stage, eventually: Eventually) -> None:
    slow = """
import os, sys, time
from pathlib import Path
Path(sys.argv[1]).write_text("not well yet")
time.sleep(1.0)
Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(60)
"""
    stage.supervisor.start([stage.service("slow", program=slow, hung_after=0.2, start_within=30.0)])
    stage.supervisor.wait_healthy(["slow"], 10.0)
    stage.supervisor.watch()
    os.kill(int(stage.pid_file("slow").read_text()), signal.SIGKILL)
    eventually(lambda: stage.supervisor.statuses()[0].restarts == 1)
    eventually(lambda: stage.supervisor.statuses()[0].state == "healthy")
    assert stage.supervisor.statuses()[0].restarts == 1


def test_a_start_that_never_ends_is_tried_again(stage: Stage, eventually: Eventually) -> None:
    never = "import time; time.sleep(60)"
    stage.supervisor.start([stage.service("never", program=never, hung_after=60.0, start_within=0.3)])
    stage.supervisor.watch()
    eventually(lambda: stage.supervisor.statuses()[0].restarts >= 1)


def test_a_service_that_cannot_start_says_so_with_the_end_of_its_log(stage: Stage) -> None:
    broken = stage.service("broken", program="raise SystemExit('the port is taken')")
    stage.supervisor.start([broken])
    with pytest.raises(ServiceFailedError, match="the port is taken"):
        stage.supervisor.wait_healthy(["broken"], 10.0)


def test_a_service_that_ignores_the_signal_is_killed_with_its_children(stage: Stage) -> None:
    deaf = """
import signal, subprocess, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""
    stage.supervisor.start([stage.service("deaf", program=deaf, stop_within=0.3)])
    stage.supervisor.wait_healthy(["deaf"], 10.0)
    child = psutil.Process(int(stage.pid_file("deaf").read_text()))
    stage.supervisor.stop()
    child.wait(5.0)


def test_services_end_with_a_supervisor_that_is_killed(stage: Stage, eventually: Eventually) -> None:
    # The supervisor needs a process of its own here, to be killed.
    program = f"""
import sys, time
from pathlib import Path
from services.cli.stack.service import ServiceSpec
from services.cli.stack.supervisor import Supervisor
supervisor = Supervisor()
supervisor.start([ServiceSpec("one", (sys.executable, "-c", "import time; time.sleep(60)"), {{}}, Path({str(stage.room / "one.log")!r}), lambda: None)])
print(supervisor.identities()["one"].model_dump_json(), flush=True)
time.sleep(60)
"""
    owner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    service = ProcessIdentity.model_validate_json(owner.stdout.readline())
    assert service.find() is not None
    owner.kill()
    owner.wait()
    owner.stdout.close()
    eventually(lambda: service.find() is None)


def test_a_reused_pid_is_never_signalled() -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        real = ProcessIdentity.of(bystander.pid)
        stale = ProcessIdentity(pid=real.pid, started=real.started - 100)
        assert not stop_foreign(stale)
        assert bystander.poll() is None
        assert stop_foreign(real)
    finally:
        bystander.kill()
        bystander.wait()
