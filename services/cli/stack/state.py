"""The state file: what runs for a data directory, readable by other processes than the supervisor's."""

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_serializer

from services.cli.stack.engine import ENGINE_VARIABLE
from services.cli.stack.paths import DataPaths, write_private
from services.cli.stack.process import ProcessIdentity, stop_foreign
from services.cli.stack.service import ServiceState

Phase = Literal["starting", "ready", "stopping"]


class ServiceRecord(BaseModel):
    """One service as the supervisor saw it last."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: ServiceState
    process: ProcessIdentity | None
    restarts: int
    endpoint: str
    last_error: str
    log: Path


class StackState(BaseModel):
    """A stack's supervisor, services and settings. Holds secrets: the file is its owner's alone."""

    model_config = ConfigDict(frozen=True)

    phase: Phase
    supervisor: ProcessIdentity
    data_dir: Path
    base_model: Path | None = None
    api_url: str | None = None
    inference_url: str | None = None
    settings: dict[str, SecretStr] = {}
    services: tuple[ServiceRecord, ...] = ()

    @field_serializer("settings", when_used="json")
    def _reveal(self, settings: dict[str, SecretStr]) -> dict[str, str]:
        return {name: value.get_secret_value() for name, value in settings.items()}

    @property
    def docs_url(self) -> str | None:
        return None if self.api_url is None else f"{self.api_url}/docs"

    @property
    def engine(self) -> str | None:
        """What it serves with; None while it is not known yet."""
        return self.environment().get(ENGINE_VARIABLE)

    @property
    def alive(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return self.supervisor.find() is not None

    def environment(self) -> dict[str, str]:
        """The CARTRIDGES_* variables of the stack's services, secrets included."""
        return self._reveal(self.settings)


class StackAlreadyRunningError(RuntimeError):
    """Another supervisor holds this data directory."""

    code = "stack_already_running"

    def __init__(self, data_dir: Path, state: StackState | None) -> None:
        where = "" if state is None or state.api_url is None else f" at {state.api_url}"
        super().__init__(f"A stack already runs{where} with the data directory {data_dir}.")
        self.state = state


def read_state(paths: DataPaths) -> StackState | None:
    """What the state file says, or None when there is none to be read."""
    try:
        return StackState.model_validate_json(paths.state_file.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def write_state(paths: DataPaths, state: StackState) -> None:
    """Replaces the state file."""
    write_private(paths.state_file, state.model_dump_json(indent=2) + "\n")


def running_state(data_dir: Path) -> StackState | None:
    """The state of the stack that runs with this data directory now, if one does."""
    state = read_state(DataPaths(data_dir.resolve()))
    return state if state is not None and state.alive else None


@contextmanager
def exclusive(paths: DataPaths) -> Iterator[None]:
    """Holds the data directory for one supervisor. Raises StackAlreadyRunningError.

    The kernel drops the lock with its holder, so it is never stale.
    """
    with paths.lock_file.open("a", encoding="utf-8") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise StackAlreadyRunningError(paths.root, read_state(paths)) from None
        yield


def clear_leftovers(paths: DataPaths) -> list[str]:
    """Stops what a supervisor that was killed left running; returns the names. The lock must be held."""
    state = read_state(paths)
    if state is None:
        return []
    left = [
        service.name
        for service in reversed(state.services)
        if service.process is not None and stop_foreign(service.process)
    ]
    paths.state_file.unlink(missing_ok=True)
    return left
