"""A whole pod on this machine, for measurements and tests: a real SGLang server, and an agent before it."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from services.inference.app import create_app
from services.inference.settings import InferenceSettings
from services.inference.sglang.settings import SglangSettings

REPOSITORY = Path(__file__).resolve().parents[1]
_START_SECONDS = 300
_STOP_SECONDS = 20


class SglangMissingError(RuntimeError):
    """SGLang's environment has not been made."""


class SglangDiedError(RuntimeError):
    """SGLang ended before it answered; the end of its log is the message."""


def sglang_python() -> Path:
    """The Python of SGLang's environment: CARTRIDGES_SGLANG_PYTHON, or where `make install-sglang` puts it."""
    python = Path(
        os.environ.get("CARTRIDGES_SGLANG_PYTHON") or REPOSITORY / ".venv-sglang" / "bin" / "python"
    )
    if not python.exists():
        raise SglangMissingError(f"there is no {python}; run `make install-sglang`")
    return python


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class SglangProcess:
    """`python -m services.inference.sglang` in a process group of its own, beside the agent of `settings`."""

    settings: InferenceSettings
    sglang: SglangSettings
    log: Path
    threads: int | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return at once."""
        environment = {**_variables(self.settings), **_variables(self.sglang)}
        if self.threads is not None:
            environment["OMP_NUM_THREADS"] = str(self.threads)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.inference.sglang"],
                cwd=REPOSITORY,
                env={**os.environ, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_healthy(self) -> None:
        """Return when it answers. Raises `SglangDiedError`."""
        deadline = time.monotonic() + _START_SECONDS
        # One client: each new one reads the system's certificates, on cores that SGLang needs to start.
        with httpx.Client(timeout=2, trust_env=False) as client:
            while True:
                try:
                    if client.get(f"{self.sglang.url}/health").status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                    raise SglangDiedError(self.log.read_text(errors="replace")[-4000:])
                time.sleep(0.25)

    def kill(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """Signal every process of it, and wait until the first one is gone."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, with_signal)
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        except ProcessLookupError:
            self.process.wait()
        self.process = None

    @contextmanager
    def running(self) -> Iterator["SglangProcess"]:
        """Started and healthy until the block ends."""
        self.start()
        try:
            self.await_healthy()
            yield self
        finally:
            self.kill(signal.SIGTERM)


def sglang_settings(*, dtype: str = "float32", max_total_tokens: int, **others: Any) -> SglangSettings:
    """Settings of a SGLang server on a free port of this machine."""
    return SglangSettings(
        python=sglang_python(), port=free_port(), dtype=dtype, max_total_tokens=max_total_tokens, **others
    )


def inference_settings(
    backing: Mapping[str, str], base_model: Path, data_dir: Path, **others: Any
) -> InferenceSettings:
    """Settings of an inference service over `base_model`, beside the backing services of those CARTRIDGES_* variables."""
    variables = {name.removeprefix("CARTRIDGES_").lower(): value for name, value in backing.items()}
    data_dir.mkdir(parents=True, exist_ok=True)
    return InferenceSettings.model_validate(
        {**variables, "base_model": base_model, "data_dir": data_dir, **others}
    )


@contextmanager
def running_pod(
    settings: InferenceSettings, sglang: SglangSettings, log: Path, *, threads: int | None = None
) -> Iterator[str]:
    """The URL of an agent, ready, before a SGLang server of its own with `threads` threads."""
    with (
        SglangProcess(settings, sglang, log, threads).running(),
        serving(create_app(settings, sglang=sglang)) as url,
    ):
        await_ready(url)
        yield url


def await_ready(url: str) -> None:
    """Return when the inference service at `url` takes requests."""
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False) as client:
        while client.get(f"{url}/readyz").status_code != 200:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} is not ready after {_START_SECONDS} s")
            time.sleep(0.1)


def stop_on_sigterm() -> None:
    """Leave by an exception when told to stop, so that no server that was started here is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def quiet_logs() -> None:
    """Let what is served in this process speak of trouble alone, and not where figures are printed."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _variables(settings: BaseSettings) -> dict[str, str]:
    """The environment that gives `settings` again, secrets included."""
    prefix = settings.model_config["env_prefix"]
    fields = {name: getattr(settings, name) for name in type(settings).model_fields}
    revealed = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in fields.items()
    }
    return {f"{prefix}{name}".upper(): str(value) for name, value in revealed.items() if value is not None}


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The URL at which `app` answers, in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
