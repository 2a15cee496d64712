"""`cartridges admin`: what the operator does to a whole deployment: migrate, back up, restore."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.cli.console import JsonOption, err, out, print_json, size

app = typer.Typer(no_args_is_help=True, help="The whole deployment, for the operator.")

DirectoryArgument = Annotated[Path, typer.Argument(help="The backup's directory.")]


@app.command("migrate")
def migrate() -> None:
    """Bring the database's tables up to this release, and make the services' logins where they are managed here."""
    from cartridge_store.db.migrate import bring_up_to_date
    from services.cli.administration import operator_settings

    bring_up_to_date(operator_settings())
    out.print("The tables are up to date")


@app.command("backup")
def backup(directory: DirectoryArgument, as_json: JsonOption = False) -> None:
    """Write rows and objects into a new directory, while the platform runs."""
    from services.cli.administration import object_store, operator_settings
    from services.cli.backup.take import take_backup

    settings = operator_settings()
    manifest = take_backup(settings, object_store(settings), directory, _say)
    if as_json:
        print_json(manifest)
        return
    out.print(
        f"Revision {manifest.schema_revision} and {manifest.objects} objects, {size(manifest.object_bytes)}, "
        f"in {directory}. It holds no secrets: keep CARTRIDGES_KEY_PEPPER somewhere else"
    )


@app.command("verify")
def verify(directory: DirectoryArgument, as_json: JsonOption = False) -> None:
    """Read a backup through and compare it with its manifest."""
    from services.cli.backup.manifest import BackupFiles

    manifest = BackupFiles(directory).verify()
    if as_json:
        print_json(manifest)
    else:
        out.print(f"Whole: revision {manifest.schema_revision}, {manifest.objects} objects")


@app.command("restore")
def restore(directory: DirectoryArgument, as_json: JsonOption = False) -> None:
    """Restore a backup into an empty database and an empty bucket; no service may run meanwhile.

    Where no CARTRIDGES_DATABASE_URL is set: into a new data directory of the embedded stack, which must not run.
    """
    from services.cli.administration import object_store
    from services.cli.backup.restore import restore_backup

    with _restore_settings() as settings:
        manifest = restore_backup(settings, object_store(settings), directory, _say)
    if as_json:
        print_json(manifest)
    else:
        out.print(f"Restored what was backed up at {manifest.made_at:%Y-%m-%d %H:%M:%S %Z}")


@contextmanager
def _restore_settings() -> Iterator[Mapping[str, str]]:
    """The environment's where it names a database, else those of embedded servers, which run until the end."""
    import os

    from services.cli.administration import DATABASE_VARIABLE, operator_settings

    if DATABASE_VARIABLE in os.environ:
        yield operator_settings()
        return
    from services.cli.stack.backing import running_backing
    from services.cli.stack.paths import DataPaths, default_data_dir
    from services.cli.stack.state import exclusive

    where = default_data_dir()
    with ExitStack() as held:
        paths = DataPaths(where)
        paths.create()
        held.enter_context(exclusive(paths))
        yield held.enter_context(running_backing(where)).environment


def _say(message: str) -> None:
    err.print(f"[dim]{message}[/dim]")
