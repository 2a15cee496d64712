"""`cartridges admin`: what the operator does to a whole deployment: migrate, back up, restore."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.cli.console import JsonOption, err, out, print_fields, print_json, size

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


@app.command("capacity")
def capacity(
    *,
    cartridges: Annotated[int, typer.Option(min=1, help="Cartridges in all.")],
    requests_per_second: Annotated[float, typer.Option(help="At the busiest.")],
    tenants: Annotated[int, typer.Option(min=1, help="Tenants.")] = 1,
    cartridge_tokens: Annotated[int, typer.Option(min=1, help="Tokens of a cartridge, p.")] = 2048,
    model: Annotated[
        Path | None, typer.Option(help="A model's directory; without one: the shape of Llama-3.1-8B.")
    ] = None,
    parameters: Annotated[float, typer.Option(help="Of the model, in billions.")] = 8.0,
    trainings_per_day: Annotated[float, typer.Option(min=0, help="Cartridges trained a day.")] = 0,
    cold_share: Annotated[float, typer.Option(min=0, max=1, help="Requests that S3 must answer.")] = 0.02,
    hot_share: Annotated[
        float, typer.Option(min=0.001, max=1, help="Cartridges in use within the hour.")
    ] = 0.2,
    answer_tokens: Annotated[int, typer.Option(min=1, help="Tokens of an answer.")] = 250,
    seconds_per_token: Annotated[
        float, typer.Option(help="Of one answer on your GPU, all rows busy.")
    ] = 0.03,
    gpu_gb: Annotated[float, typer.Option(help="Memory of a GPU.")] = 80.0,
    training_seconds: Annotated[float, typer.Option(help="To train one cartridge on one GPU.")] = 1800.0,
    as_json: JsonOption = False,
) -> None:
    """Say how many GPUs, and how much memory, disk and network a deployment needs."""
    from services.cli.capacity import GIB, Demand, Hardware, ModelShape, plan

    if model is None:
        shape = ModelShape(layers=32, kv_heads=8, head_dim=128, parameters=parameters * 1e9)
    else:
        from cartridge_core.models.config import read_config

        config = read_config(model)
        shape = ModelShape(config.layers, config.kv_heads, config.head_dim, parameters * 1e9)
    demand = Demand(
        tenants=tenants,
        cartridges=cartridges,
        requests_per_second=requests_per_second,
        cartridge_tokens=cartridge_tokens,
        answer_tokens=answer_tokens,
        hot_share=hot_share,
        cold_share=cold_share,
        trainings_per_day=trainings_per_day,
    )
    hardware = Hardware(
        gpu_bytes=gpu_gb * 1e9, seconds_per_token=seconds_per_token, training_seconds=training_seconds
    )
    try:
        needed = plan(shape, demand, hardware)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        print_json(needed)
        return
    print_fields(
        f"{cartridges:,} cartridges of {cartridge_tokens} tokens, {requests_per_second:g} requests/s",
        (
            ("GPUs that serve", f"{needed.serving_gpus:,}, {needed.rows_per_gpu} answers at once on each"),
            ("GPUs that train", f"{needed.training_gpus:,}"),
            ("a cartridge", size(needed.cartridge_bytes)),
            ("KV pool of a GPU", f"{needed.pool_tokens:,} tokens"),
            ("host memory a GPU", f"{needed.host_bytes / GIB:,.1f} GiB for cartridges"),
            ("disk a GPU", f"{needed.disk_bytes / GIB:,.1f} GiB for cartridges"),
            (
                "S3",
                f"{needed.store_bytes / 1e12:,.2f} TB, {needed.store_bytes_per_second / 1e6:,.0f} MB/s read",
            ),
            (
                "Postgres",
                f"{needed.database_bytes / 1e9:,.1f} GB, and {needed.database_bytes_per_day / 1e9:,.1f} GB a day",
            ),
            ("a pod's network", f"{needed.pod_network_share:.1%} of it for cartridges"),
            ("load from host", f"{needed.load_seconds_from_host * 1e3:,.0f} ms"),
            ("load from disk", f"{needed.load_seconds_from_disk * 1e3:,.0f} ms"),
            ("load from S3", f"{needed.load_seconds_from_store * 1e3:,.0f} ms"),
        ),
    )
