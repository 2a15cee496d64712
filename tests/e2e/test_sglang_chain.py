"""The whole chain with SGLang: api, router, agent and a real SGLang server, started and hurt as people would."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import psutil
import pytest
from openai.types.chat import ChatCompletion
from prometheus_client.parser import text_string_to_metric_families

from cartridge_client import ApiError, Client
from services.cli.stack.process import is_running
from services.cli.stack.state import ServiceRecord, StackState, running_state

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICES = ["postgres", "redis", "s3", "sglang", "inference", "router", "api", "trainer", "dispatcher"]
CARTRIDGE_TOKENS = 32
# Too little to learn anything: what is tested is the way from a document to SGLang's cache and to an answer.
RECIPE = {
    "cartridge_tokens": CARTRIDGE_TOKENS,
    "self_study": {
        "conversations": 8, "generic_answers": 0, "recitations": 16, "general_answers": 0,
        "question_max_tokens": 16, "answer_max_tokens": 12, "shard_conversations": 16,
    },
    "training": {"steps": 4, "warmup_steps": 1, "batch_tokens": 256, "checkpoint_every": 2},
    "evaluation": {"held_out_conversations": 6},
}  # fmt: skip
QUESTION = "How many beds has ward 3?"
# SGLang starts in 40 s on two idle cores; others may be at work on them.
RESTART_SECONDS = 240.0


@dataclass(frozen=True)
class Shell:
    """The commands, with nothing set but the data directory and what keeps SGLang small."""

    data_dir: Path
    model: Path

    def run(self, *arguments: str) -> str:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CARTRIDGES_") and name != "OMP_NUM_THREADS"
        }
        kept = {name: os.environ[name] for name in ("CARTRIDGES_SGLANG_PYTHON",) if name in os.environ}
        small = {
            "CARTRIDGES_SGLANG_MAX_TOTAL_TOKENS": "2048",
            "CARTRIDGES_SGLANG_HOST_BYTES": str(64 * 2**20),
        }
        ran = subprocess.run(
            [sys.executable, "-m", "services.cli.main", *arguments],
            env=clean | kept | small | {"CARTRIDGES_DATA_DIR": str(self.data_dir)},
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=600,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    @property
    def state(self) -> StackState:
        state = running_state(self.data_dir)
        assert state is not None
        return state

    def service(self, name: str) -> ServiceRecord:
        return next(each for each in self.state.services if each.name == name)

    def family(self, name: str) -> list[psutil.Process]:
        """A service's process and all below it."""
        record = self.service(name).process
        process = None if record is None else record.find()
        assert process is not None
        return [process, *process.children(recursive=True)]


@pytest.fixture(scope="module")
def shell(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("sglang-stack"), smollm2_dir)
    made.run("up", "--detach", "--engine", "sglang", "--base-model", str(smollm2_dir))
    yield made
    made.run("down")


@pytest.fixture(scope="module")
def client(shell: Shell) -> Iterator[Client]:
    key = (shell.data_dir / "run" / "first-key").read_text().strip()
    with Client(str(shell.state.api_url), key, timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def stranger(shell: Shell) -> Iterator[Client]:
    """Another tenant."""
    shell.run("tenant", "create", "other")
    key = shell.run("key", "create", "--tenant", "other").strip()
    with Client(str(shell.state.api_url), key, timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def sdk(shell: Shell) -> openai.OpenAI:
    """OpenAI's client, unmodified."""
    key = (shell.data_dir / "run" / "first-key").read_text().strip()
    return openai.OpenAI(base_url=f"{shell.state.api_url}/v1", api_key=key, max_retries=0, timeout=300)


@pytest.fixture(scope="module")
def cartridges(client: Client, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two of one corpus, from different seeds."""
    path = tmp_path_factory.mktemp("documents") / "wards.txt"
    nurses = ["Reed", "Moss", "Hale", "Lane", "Ford", "Cole", "Dale", "West"]
    path.write_text(
        "\n\n".join(
            f"Ward {n} has {3 * n + 2} beds. Its head nurse is Nurse {name}. It opened in {1950 + n}."
            for n, name in enumerate(nurses, start=1)
        )
    )
    corpus = client.create_corpus("wards")
    client.upload_documents(corpus.id, [path])
    jobs = [client.create_training_job(corpus.id, recipe=RECIPE | {"seed": seed}) for seed in (1, 2)]
    ends = [list(client.follow(job.id))[-1].data for job in jobs]
    assert [end["state"] for end in ends] == ["succeeded", "succeeded"], ends
    return ends[0]["cartridge_id"], ends[1]["cartridge_id"]


@pytest.fixture(scope="module")
def ask(sdk: openai.OpenAI, client: Client) -> Callable[..., ChatCompletion]:
    def ask(*cartridges: str, question: str = QUESTION) -> ChatCompletion:
        return sdk.chat.completions.create(
            model=client.base_model(),
            messages=[{"role": "user", "content": question}],
            temperature=0,
            max_tokens=12,
            extra_body={"cartridges": list(cartridges)},
        )

    return ask


def _cached(completion: ChatCompletion) -> int:
    assert completion.usage is not None
    assert completion.usage.prompt_tokens_details is not None
    return completion.usage.prompt_tokens_details.cached_tokens or 0


def _text(completion: ChatCompletion) -> str:
    return completion.choices[0].message.content or ""


def test_of_several_cartridges_those_that_a_question_is_about_answer(
    ask: Callable[..., ChatCompletion], client: Client, cartridges: tuple[str, str]
) -> None:
    chosen = client.chat(
        [{"role": "user", "content": QUESTION}],
        cartridges=cartridges,
        select="relevant",
        temperature=0,
        max_tokens=12,
    )
    assert chosen.selection is not None
    assert [each.cartridge for each in chosen.selection] == list(cartridges)
    # Both know a little of their own corpus's words, however short their training was.
    assert all(each.gain > 0 for each in chosen.selection)
    assert list(chosen.cartridges) == [each.cartridge for each in chosen.selection if each.chosen]
    assert chosen.text == _text(ask(*chosen.cartridges))


def test_every_part_is_up_and_the_api_asks_the_router(shell: Shell) -> None:
    shown = json.loads(shell.run("status", "--json"))
    assert [(each["name"], each["state"]) for each in shown["services"]] == [
        (name, "healthy") for name in SERVICES
    ]
    assert shell.state.engine == "sglang"
    assert shell.state.environment()["CARTRIDGES_INFERENCE_URL"] == shell.service("router").endpoint
    assert "sglang |" in shell.run("logs", "sglang")


def test_sglang_takes_requests_from_this_machine_only_and_knows_no_secret(shell: Shell) -> None:
    family = shell.family("sglang")
    port = int(shell.service("sglang").endpoint.rpartition(":")[2])
    addresses = {
        each.laddr.ip
        for process in family
        for each in process.net_connections("inet")
        if each.status == psutil.CONN_LISTEN and each.laddr.port == port
    }
    assert addresses == {"127.0.0.1"}
    secrets = json.loads((shell.data_dir / "secrets.json").read_text()).values()
    for process in family:
        shown = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [secret for secret in secrets if secret in shown]


def test_processes_that_compute_ask_for_no_more_threads_than_there_are_cores(shell: Shell) -> None:
    asked = [int(shell.family(name)[0].environ()["OMP_NUM_THREADS"]) for name in ("sglang", "trainer")]
    assert sum(asked) <= max(2, len(os.sched_getaffinity(0)))


def test_a_cartridge_is_answered_with_whole_and_streamed(
    ask: Callable[..., ChatCompletion], sdk: openai.OpenAI, client: Client, cartridges: tuple[str, str]
) -> None:
    whole = ask(cartridges[0])
    assert _cached(whole) == CARTRIDGE_TOKENS
    stream = sdk.chat.completions.create(
        model=f"{client.base_model()}:{cartridges[0]}",
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
        max_tokens=12,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text
    assert text == _text(whole)
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == CARTRIDGE_TOKENS
    assert _cached(ask()) == 0


def test_two_cartridges_stand_before_one_prompt_in_the_order_given(
    ask: Callable[..., ChatCompletion], cartridges: tuple[str, str]
) -> None:
    first, second = cartridges
    # The frozen first column, the model's attention sink, stands once.
    assert _cached(ask(first, second)) == _cached(ask(second, first)) == 2 * CARTRIDGE_TOKENS - 1


def test_another_tenant_hits_nothing_of_what_was_cached(
    shell: Shell, client: Client, stranger: Client
) -> None:
    question: list[Any] = [{"role": "user", "content": "Name three large rivers and the seas they end in."}]

    def cached_while(asking: Client) -> tuple[str, float]:
        before = _cached_tokens_total(shell)
        text = asking.chat(question, max_tokens=8, temperature=0).text
        return text, _cached_tokens_total(shell) - before

    first, _ = cached_while(client)
    again, own = cached_while(client)
    theirs, foreign = cached_while(stranger)
    assert first == again == theirs
    assert own > 0
    assert foreign == 0


def test_another_tenants_cartridge_is_not_found(
    shell: Shell, stranger: Client, cartridges: tuple[str, str]
) -> None:
    with pytest.raises(ApiError) as caught:
        stranger.chat([{"role": "user", "content": QUESTION}], cartridges=[cartridges[0]])
    assert caught.value.status == 404


def test_sglang_killed_in_mid_answer_is_told_and_back_with_the_same_answers(
    shell: Shell, ask: Callable[..., ChatCompletion], client: Client, cartridges: tuple[str, str]
) -> None:
    before = _text(ask(cartridges[0]))
    family, restarts = shell.family("sglang"), shell.service("sglang").restarts
    answer = client.chat_stream(
        [{"role": "user", "content": "Count from one to one thousand, in words."}],
        max_tokens=1500, temperature=0,
    )  # fmt: skip
    next(answer)
    family[0].send_signal(signal.SIGKILL)
    with pytest.raises(ApiError):
        list(answer)
    psutil.wait_procs(family, timeout=10)
    assert not [process for process in family if is_running(process)]

    with pytest.raises(openai.APIStatusError) as refused:
        ask(cartridges[0])
    assert refused.value.status_code == 503
    assert int(refused.value.response.headers["retry-after"]) > 0

    _eventually(lambda: shell.service("sglang").state == "healthy" and _answers(ask))
    assert shell.service("sglang").restarts == restarts + 1
    after = ask(cartridges[0])
    assert (_text(after), _cached(after)) == (before, CARTRIDGE_TOKENS)


def test_nothing_of_sglang_outlives_a_supervisor_that_is_killed(shell: Shell) -> None:
    supervisor = shell.state.supervisor.find()
    assert supervisor is not None
    processes = [supervisor, *supervisor.children(recursive=True)]
    sglang = shell.family("sglang")
    assert len(sglang) > 1
    assert set(sglang) <= set(processes)
    supervisor.kill()
    _eventually(lambda: not any(is_running(process) for process in processes), within=30.0)


def _answers(ask: Callable[..., ChatCompletion]) -> bool:
    try:
        ask()
    except openai.InternalServerError:
        return False
    return True


def _eventually(holds: Callable[[], bool], within: float = RESTART_SECONDS) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.5)


def _cached_tokens_total(shell: Shell) -> float:
    text = httpx.get(f"{shell.service('sglang').endpoint}/metrics", timeout=10, trust_env=False).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "sglang:cached_tokens_total"
    )
