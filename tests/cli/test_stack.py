"""The whole stack through its commands: up, used, hurt, down, and up again with its data."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from services.cli.stack.process import is_running
from services.cli.stack.state import StackState, running_state

pytestmark = pytest.mark.slow

Eventually = Callable[[Callable[[], bool]], None]
SERVICES = ["postgres", "redis", "s3", "inference", "api", "trainer", "dispatcher"]

# Too little to learn anything: what is tested is the way there and back. A random model writes no
# conversation that self-study would keep, so it is the real one.
RECIPE = {
    "cartridge_tokens": 32,
    "self_study": {
        "conversations": 8,
        "generic_answers": 0,
        "recitations": 16,
        "general_answers": 0,
        "question_max_tokens": 16,
        "answer_max_tokens": 12,
        "shard_conversations": 16,
    },
    "training": {"steps": 4, "warmup_steps": 1, "batch_tokens": 256, "checkpoint_every": 2},
    "evaluation": {"held_out_conversations": 6},
}


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A terminal in which nothing is set but the data directory."""

    data_dir: Path
    model: Path

    def run(self, *arguments: str, **environment: str) -> Ran:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
        ran = subprocess.run(
            [sys.executable, "-m", "services.cli.main", *arguments],
            env=clean | {"CARTRIDGES_DATA_DIR": str(self.data_dir), "OMP_NUM_THREADS": "1"} | environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=240,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def up(self) -> Ran:
        return self.run("up", "--detach", "--base-model", str(self.model))

    @property
    def state(self) -> StackState:
        state = running_state(self.data_dir)
        assert state is not None
        return state

    def processes(self) -> list[psutil.Process]:
        """The supervisor and all below it."""
        supervisor = self.state.supervisor.find()
        assert supervisor is not None
        return [supervisor, *supervisor.children(recursive=True)]


@pytest.fixture(scope="module")
def shell(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("stack"), smollm2_dir)
    yield made
    made.run("down")


@pytest.fixture(scope="module")
def first_up(shell: Shell) -> Ran:
    ran = shell.up()
    assert ran.status == 0, ran.err
    return ran


@pytest.fixture(scope="module")
def corpus_id(shell: Shell, first_up: Ran, tmp_path_factory: pytest.TempPathFactory) -> str:
    document = tmp_path_factory.mktemp("documents") / "wards.md"
    nurses = ["Reed", "Moss", "Hale", "Lane", "Ford", "Cole", "Dale", "West"]
    wards = [
        f"Ward {n} has {3 * n + 2} beds. Its head nurse is Nurse {name}. It opened in {1950 + n}."
        for n, name in enumerate(nurses, start=1)
    ]
    document.write_text("\n\n".join(wards))
    made = shell.run("corpus", "create", "wards")
    assert made.status == 0, made.err
    uploaded = shell.run("corpus", "upload", made.out.strip(), str(document), "--json")
    assert [each["name"] for each in uploaded.json] == ["wards.md"], uploaded.err
    return made.out.strip()


def test_the_first_start_names_urls_data_and_a_key(shell: Shell, first_up: Ran) -> None:
    key = (shell.data_dir / "run" / "first-key").read_text().strip()
    owner = (shell.data_dir / "run" / "first-owner").read_text().split()
    for shown in (f"{shell.state.api_url}/docs", str(shell.data_dir), "smollm2-135m", "demo", key, *owner):
        assert shown in first_up.out
    sign_in = {"email": owner[0], "password": owner[1]}
    told = httpx.post(f"{shell.state.api_url}/v1/session", json=sign_in, timeout=30).json()
    assert (told["tenant"]["name"], told["tenant"]["role"]) == ("demo", "owner")
    logs = (shell.data_dir / "logs").glob("*.log")
    assert not [log.name for log in logs if key in log.read_text(errors="replace")]


def test_status_lists_every_service_and_no_secret(shell: Shell, first_up: Ran) -> None:
    ran = shell.run("status", "--json")
    assert ran.status == 0
    assert [(each["name"], each["state"]) for each in ran.json["services"]] == [
        (name, "healthy") for name in SERVICES
    ]
    for secret in json.loads((shell.data_dir / "secrets.json").read_text()).values():
        assert secret not in ran.out


def test_a_second_start_says_that_it_runs(shell: Shell, first_up: Ran) -> None:
    before = shell.state.supervisor
    again = shell.up()
    assert (again.status, shell.state.supervisor) == (0, before)
    assert "already runs" in again.err


def test_logs_come_under_their_services_names(shell: Shell, first_up: Ran) -> None:
    assert "postgres" in shell.run("logs", "postgres").out
    refused = shell.run("logs", "mainframe")
    assert refused.status == 2
    assert "dispatcher" in refused.err


def test_a_corpus_becomes_a_cartridge_that_can_be_taken_home_and_talked_to(
    shell: Shell, corpus_id: str, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps(RECIPE))
    job = shell.run("job", "create", corpus_id, "--recipe", str(recipe), "--json").json
    followed = shell.run("job", "follow", job["id"])
    assert followed.status == 0, followed.err
    assert "Self-study" in followed.err
    assert "succeeded" in followed.out

    made = shell.run("cartridge", "list", "--json").json
    (cartridge,) = [each for each in made if each["kind"] == "trained"]  # a preview may have come before it
    assert cartridge["job_id"] == job["id"]
    target = tmp_path / "mine.safetensors"
    assert shell.run("cartridge", "download", cartridge["id"], "-o", str(target)).status == 0
    assert target.stat().st_size == cartridge["size_bytes"]
    chat = shell.run("chat", "--cartridge", cartridge["id"], "--max-tokens", "4", "How many beds?")
    assert chat.status == 0, chat.err
    assert "32 from cartridges" in chat.err
    assert shell.run("chat", "--relevant", "Who is it?").status == 2
    chosen = shell.run("chat", "-c", cartridge["id"], "--relevant", "--max-tokens", "4", "Who is it?")
    assert chosen.status == 0, chosen.err
    assert f"answered with {cartridge['id']}" in chosen.err or "answered with no cartridge" in chosen.err


def test_a_refusal_is_printed_in_the_apis_words_with_a_status_of_its_own(shell: Shell, first_up: Ran) -> None:
    missing = shell.run("corpus", "get", "crp_00000000000000000000000000")
    assert missing.status == 4
    assert "crp_00000000000000000000000000" in missing.err
    api_url = str(shell.state.api_url)
    stranger = shell.run("corpus", "list", CARTRIDGES_API_URL=api_url, CARTRIDGES_API_KEY="ck_no")
    assert stranger.status == 4
    assert "cartridges key create" in stranger.err


def test_the_local_key_is_never_sent_to_another_address(shell: Shell, first_up: Ran) -> None:
    refused = shell.run("corpus", "list", CARTRIDGES_API_URL="http://127.0.0.1:9")
    assert refused.status == 1
    assert "CARTRIDGES_API_KEY" in refused.err


def test_a_key_made_here_opens_only_its_own_tenants_things(shell: Shell, corpus_id: str) -> None:
    assert shell.run("tenant", "create", "other").status == 0
    key = shell.run("key", "create", "--tenant", "other").out.strip()
    own = {"CARTRIDGES_API_URL": str(shell.state.api_url), "CARTRIDGES_API_KEY": key}
    assert shell.run("corpus", "list", "--json", **own).json == []
    assert shell.run("corpus", "get", corpus_id, **own).status == 4


def test_a_killed_service_is_back_soon(shell: Shell, first_up: Ran, eventually: Eventually) -> None:
    def api() -> tuple[int | None, str]:
        record = next(each for each in shell.state.services if each.name == "api")
        return None if record.process is None else record.process.pid, record.state

    killed, _ = api()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: api()[0] not in {killed, None} and api()[1] == "healthy")
    assert shell.run("corpus", "list").status == 0


def test_down_leaves_no_process_and_all_data(shell: Shell, corpus_id: str) -> None:
    processes = shell.processes()
    assert len(processes) > len(SERVICES)
    assert shell.run("down").status == 0
    assert not [process for process in processes if is_running(process)]
    assert running_state(shell.data_dir) is None
    assert shell.run("corpus", "list").status == 1
    assert shell.run("down").status == 0

    again = shell.up()
    assert again.status == 0, again.err
    assert "API key" not in again.out
    assert corpus_id in shell.run("corpus", "list").out


def test_nothing_outlives_a_supervisor_that_is_killed(
    shell: Shell, corpus_id: str, eventually: Eventually
) -> None:
    processes = shell.processes()
    processes[0].kill()
    eventually(lambda: not any(is_running(process) for process in processes))
    assert shell.run("status").status == 1
    again = shell.up()
    assert again.status == 0, again.err
    assert corpus_id in shell.run("corpus", "list").out
