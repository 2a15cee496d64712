"""The backing services of a stack, Postgres, Redis and S3: the embedded ones, or those the environment names."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cartridge_store.db.roles import Role, service_login
from services.cli.administration import object_store
from services.cli.stack.credentials import Credentials, load_or_create
from services.cli.stack.paths import DataPaths
from services.cli.stack.ports import PortChooser
from services.cli.stack.postgres_server import PostgresServer, prepare_postgres
from services.cli.stack.redis_server import USUAL_PORT as REDIS_PORT
from services.cli.stack.redis_server import prepare_redis
from services.cli.stack.s3_server import BUCKET, REGION, prepare_s3
from services.cli.stack.service import ServiceFailedError, ServiceSpec
from services.cli.stack.supervisor import Supervisor

BACKING_TIMEOUT = 90.0
_ATTEMPTS = 3


class BackingSettingsError(ValueError):
    """The environment names an outside service, but not all that is needed to use it."""

    code = "backing_settings_incomplete"


@dataclass(frozen=True)
class BackingPlan:
    """What is to be started here, and the settings under which every service finds its backing services."""

    specs: Sequence[ServiceSpec]
    environment: Mapping[str, str]
    postgres: PostgresServer | None
    ports: PortChooser

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.specs)

    def prepare(self) -> None:
        """Makes the database and the bucket unless they are there. The servers must answer already."""
        if self.postgres is not None:
            self.postgres.create_database()
        object_store(self.environment).ensure_bucket()


def plan_backing(
    paths: DataPaths,
    credentials: Credentials,
    outside: Mapping[str, str],
    ports: PortChooser,
    progress: Callable[[str], None],
) -> BackingPlan:
    """Prepares the embedded servers that `outside` (CARTRIDGES_* variables) does not replace.

    Raises BackingSettingsError, PostgresSetupError, RedisSetupError, S3SetupError.
    """
    specs: list[ServiceSpec] = []
    environment = {
        "CARTRIDGES_KEY_PEPPER": outside.get("CARTRIDGES_KEY_PEPPER", credentials.key_pepper),
        "CARTRIDGES_GRANT_SECRET": outside.get("CARTRIDGES_GRANT_SECRET", credentials.grant_secret),
        "CARTRIDGES_S3_BUCKET": outside.get("CARTRIDGES_S3_BUCKET", BUCKET),
        "CARTRIDGES_S3_REGION": outside.get("CARTRIDGES_S3_REGION", REGION),
        "CARTRIDGES_S3_SECURE": outside.get("CARTRIDGES_S3_SECURE", "false"),
        "CARTRIDGES_DATA_DIR": str(paths.scratch),
    }

    postgres = None
    if url := outside.get("CARTRIDGES_DATABASE_URL"):
        environment["CARTRIDGES_DATABASE_URL"] = url
    else:
        postgres = prepare_postgres(paths, progress)
        specs.append(postgres.spec(paths.log("postgres"), outside))
        environment["CARTRIDGES_DATABASE_URL"] = postgres.url
    environment |= _service_urls(environment["CARTRIDGES_DATABASE_URL"], credentials, outside)

    if url := outside.get("CARTRIDGES_BROKER_URL"):
        environment["CARTRIDGES_BROKER_URL"] = url
    else:
        redis = prepare_redis(paths, ports.choose("redis", REDIS_PORT), credentials.redis_password)
        specs.append(redis.spec(paths.log("redis"), outside))
        environment["CARTRIDGES_BROKER_URL"] = redis.url

    limits_url = outside.get("CARTRIDGES_LIMITS_REDIS_URL", environment["CARTRIDGES_BROKER_URL"])
    if limits_url.startswith("redis"):
        environment["CARTRIDGES_LIMITS_REDIS_URL"] = limits_url

    if endpoint := outside.get("CARTRIDGES_S3_ENDPOINT"):
        environment["CARTRIDGES_S3_ENDPOINT"] = endpoint
        for name in ("CARTRIDGES_S3_ACCESS_KEY", "CARTRIDGES_S3_SECRET_KEY"):
            if name not in outside:
                raise BackingSettingsError(f"CARTRIDGES_S3_ENDPOINT is set, so {name} must be set too.")
            environment[name] = outside[name]
    else:
        s3 = prepare_s3(paths, ports, credentials)
        specs.append(s3.spec(paths.log("s3"), outside))
        environment["CARTRIDGES_S3_ENDPOINT"] = s3.endpoint
        environment["CARTRIDGES_S3_ACCESS_KEY"] = s3.access_key
        environment["CARTRIDGES_S3_SECRET_KEY"] = s3.secret_key
        environment["CARTRIDGES_S3_TENANT_CREDENTIALS"] = "true"
    return BackingPlan(specs, environment, postgres, ports)


def _service_urls(owner_url: str, credentials: Credentials, outside: Mapping[str, str]) -> dict[str, str]:
    """Where each kind of service finds the database, and as whom: never as the owner of the tables."""
    passwords = {
        Role.API: credentials.api_database_password,
        Role.WORKER: credentials.worker_database_password,
    }
    return {
        role.url_variable: outside.get(role.url_variable)
        or service_login(owner_url, role, password).url(owner_url)
        for role, password in passwords.items()
    }


def start_backing(
    supervisor_for: Callable[[], Supervisor],
    plan_for: Callable[[], BackingPlan],
) -> tuple[Supervisor, BackingPlan]:
    """Starts a plan's servers and waits for them; a server that exits at once gets new ports, twice.

    Between choosing a port and binding it another program can take it; only the server can tell.
    Raises ServiceFailedError.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        supervisor, plan = supervisor_for(), plan_for()
        try:
            supervisor.start(plan.specs)
            supervisor.wait_healthy(plan.names, BACKING_TIMEOUT)
            plan.prepare()
        except ServiceFailedError:
            supervisor.stop()
            plan.ports.forget()
            if attempt == _ATTEMPTS:
                raise
        except BaseException:
            supervisor.stop()
            raise
        else:
            plan.ports.remember()
            return supervisor, plan
    raise AssertionError("unreachable")


@contextmanager
def running_backing(
    data_dir: Path, outside: Mapping[str, str] | None = None, *, prefer_usual_ports: bool = True
) -> Iterator[BackingPlan]:
    """Backing services alone, for tests and tools. `.environment` holds the CARTRIDGES_* variables."""
    paths = DataPaths(data_dir.resolve())
    paths.create()
    credentials = load_or_create(paths.secrets_file)
    surroundings = os.environ if outside is None else outside

    def plan_for() -> BackingPlan:
        ports = PortChooser(paths.ports_file, prefer_usual=prefer_usual_ports)
        return plan_backing(paths, credentials, surroundings, ports, lambda _: None)

    supervisor, plan = start_backing(Supervisor, plan_for)
    supervisor.watch()
    try:
        yield plan
    finally:
        supervisor.stop()
