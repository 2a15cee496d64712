"""The whole embedded stack as one object: start, wait until it is ready, use, stop."""

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from pydantic import SecretStr

from services.cli.administration import make_first_owner, migrate_with_first_key
from services.cli.models import resolve_base_model
from services.cli.stack.backing import BackingPlan, plan_backing, start_backing
from services.cli.stack.credentials import load_or_create
from services.cli.stack.engine import Engine, engine_of
from services.cli.stack.paths import DataPaths
from services.cli.stack.platform import PlatformPlan, plan_platform
from services.cli.stack.ports import PortChooser
from services.cli.stack.process import ProcessIdentity
from services.cli.stack.sglang_server import sglang_python
from services.cli.stack.state import (
    Phase,
    ServiceRecord,
    StackState,
    clear_leftovers,
    exclusive,
    write_state,
)
from services.cli.stack.supervisor import Supervisor

Progress = Callable[[str], None]


class StackNotStartedError(RuntimeError):
    """Asked for something that a stack has only once it is started."""

    code = "stack_not_started"


class Stack:
    """Postgres, Redis, S3, api, inference, trainer and dispatcher under one data directory.

    With the engine `sglang` there are a SGLang server and a router as well.

    ```python
    with Stack(data_dir) as stack:
        Client(stack.api_url, stack.first_key)
    ```

    `environment` stands for the process' own environment (default: `os.environ`). CARTRIDGES_* variables
    in it are settings: those that name an outside Postgres, broker or S3 replace the embedded one.
    `engine` unset: what CARTRIDGES_INFERENCE_ENGINE says, else torch.
    `prefer_usual_ports=False` leaves the usual ports to a developer's own stack.
    """

    def __init__(
        self,
        data_dir: Path,
        base_model: str | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        engine: Engine | None = None,
        prefer_usual_ports: bool = True,
    ) -> None:
        self.paths = DataPaths(data_dir.resolve())
        self.first_key_is_new = False
        self._environment = dict(os.environ if environment is None else environment)
        self._named_model = base_model or self._environment.get("CARTRIDGES_BASE_MODEL")
        self._named_engine = engine
        self._prefer_usual_ports = prefer_usual_ports
        self._held = ExitStack()
        self._supervisor: Supervisor | None = None
        self._backing: BackingPlan | None = None
        self._platform: PlatformPlan | None = None
        self._base_model: Path | None = None
        self._phase: Phase = "starting"
        self._state_lock = threading.Lock()

    @property
    def data_dir(self) -> Path:
        return self.paths.root

    @property
    def api_url(self) -> str:
        return self._planned().api_url

    @property
    def base_model(self) -> Path:
        """The directory of the model that is served. Its name is the model's name."""
        if self._base_model is None:
            raise StackNotStartedError("The stack has not been started.")
        return self._base_model

    @property
    def first_key(self) -> str:
        """The API key of the tenant `demo`, made on the very first start."""
        try:
            return self.paths.first_key_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise StackNotStartedError("The stack has not been started with this data directory.") from None

    @property
    def settings(self) -> dict[str, str]:
        """The CARTRIDGES_* variables the services run under, secrets included."""
        return dict(self._planned().settings)

    def start(self, progress: Progress | None = None) -> None:
        """Brings the model, starts the backing services, migrates, and spawns the platform's services.

        Raises EngineUnknownError, SglangSetupError, StackAlreadyRunningError, ModelError, ServiceFailedError and the setup errors of the
        backing services. After an error nothing of it runs any more.
        """
        say = progress or (lambda _: None)
        engine = engine_of(self._named_engine, self._environment)
        if engine == "sglang":
            # Before anything is started that would only be stopped again.
            sglang_python(self._environment)
        self.paths.create()
        self._held.enter_context(exclusive(self.paths))
        # Runs before the lock is given back: nobody reads the state of a stack that is gone.
        self._held.callback(self.paths.state_file.unlink, missing_ok=True)
        try:
            for name in clear_leftovers(self.paths):
                say(f"Stopped {name}, left over from a stack that was killed")
            self._phase = "starting"
            self._write_state()
            self._base_model = resolve_base_model(self._named_model, self.paths.models, say)
            self._start_backing(say)
            self._prepare_database(say)
            self._start_platform(engine, say)
        except BaseException:
            self.stop()
            raise

    def wait_ready(self, timeout: float = 180.0, progress: Progress | None = None) -> None:
        """Returns when every service is well; from then on what dies is restarted. Raises ServiceFailedError.

        `timeout` is in seconds, without what a slow starter among the services may take.
        """
        say = progress or (lambda _: None)
        supervisor, plan = self._running(), self._planned()
        try:
            say("Waiting for " + ", ".join(plan.names))
            if "sglang" in plan.names:
                say("SGLang takes 40 s and more until it answers: cartridges logs sglang -f")
            supervisor.wait_healthy(plan.names, timeout + plan.start_seconds)
        except BaseException:
            self.stop()
            raise
        self._phase = "ready"
        supervisor.watch()
        self._write_state()

    def stop(self) -> None:
        """Stops every service, those that use others first. May be called at any time and more than once."""
        if self._supervisor is not None:
            self._phase = "stopping"
            self._write_state()
            self._supervisor.stop()
            self._supervisor = None
        self._held.close()

    def state(self) -> StackState:
        """What the state file says of this stack."""
        supervisor = self._supervisor
        processes = {} if supervisor is None else supervisor.identities()
        statuses = [] if supervisor is None else supervisor.statuses()
        return StackState(
            phase=self._phase,
            supervisor=ProcessIdentity.of(os.getpid()),
            data_dir=self.paths.root,
            base_model=self._base_model,
            api_url=None if self._platform is None else self._platform.api_url,
            inference_url=None if self._platform is None else self._platform.inference_url,
            settings=self._secret_settings(),
            services=tuple(
                ServiceRecord(
                    name=status.name,
                    state=status.state,
                    process=processes.get(status.name),
                    restarts=status.restarts,
                    endpoint=status.endpoint,
                    last_error=status.last_error,
                    log=status.log,
                )
                for status in statuses
            ),
        )

    def __enter__(self) -> "Stack":
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_backing(self, say: Progress) -> None:
        credentials = load_or_create(self.paths.secrets_file)

        def supervisor_for() -> Supervisor:
            # Known from the first moment, so that `stop` finds it however the start ends.
            self._supervisor = Supervisor(on_change=self._write_state)
            return self._supervisor

        def plan_for() -> BackingPlan:
            ports = PortChooser(self.paths.ports_file, prefer_usual=self._prefer_usual_ports)
            plan = plan_backing(self.paths, credentials, self._environment, ports, say)
            say(f"Starting {', '.join(plan.names)}" if plan.names else "Using the backing services outside")
            return plan

        self._supervisor, self._backing = start_backing(supervisor_for, plan_for)

    def _prepare_database(self, say: Progress) -> None:
        backing = self._started_backing()
        say("Bringing the database's tables up to date")
        self.first_key_is_new = migrate_with_first_key(backing.environment, self.paths.first_key_file)
        make_first_owner(backing.environment, self.paths.first_owner_file)

    def _start_platform(self, engine: Engine, say: Progress) -> None:
        backing = self._started_backing()
        self._platform = plan_platform(
            self.paths, self._environment, backing.environment, self.base_model, engine, ports=backing.ports
        )
        backing.ports.remember()
        say(f"Starting {', '.join(self._platform.names)}")
        self._running().start(self._platform.specs)

    def _write_state(self) -> None:
        with self._state_lock:
            write_state(self.paths, self.state())

    def _secret_settings(self) -> dict[str, SecretStr]:
        source: Mapping[str, str] = {}
        if self._platform is not None:
            source = self._platform.settings
        elif self._backing is not None:
            source = self._backing.environment
        return {name: SecretStr(value) for name, value in source.items()}

    def _planned(self) -> PlatformPlan:
        if self._platform is None:
            raise StackNotStartedError("The stack has not been started.")
        return self._platform

    def _started_backing(self) -> BackingPlan:
        if self._backing is None:
            raise StackNotStartedError("The stack has not been started.")
        return self._backing

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackNotStartedError("The stack has not been started.")
        return self._supervisor
