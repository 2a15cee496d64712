"""`cartridges cartridge`: what training made."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from services.cli.connection import connect
from services.cli.console import JsonOption, err, moment, out, print_fields, print_json, print_table, size

app = typer.Typer(no_args_is_help=True, help="Cartridges and previews: list, inspect, download, delete.")

CartridgeId = Annotated[str, typer.Argument(metavar="CARTRIDGE", help="The cartridge's id, ctg_...")]


@app.command("list")
def list_cartridges(as_json: JsonOption = False) -> None:
    """List the tenant's cartridges."""
    with connect() as client:
        found = list(client.every(client.cartridges))
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "name", "kind", "status", "tokens", "size", "base model", "created"),
        (
            (
                cartridge.id,
                cartridge.name or "",
                cartridge.kind,
                cartridge.status,
                cartridge.tokens,
                size(cartridge.size_bytes),
                cartridge.base_model,
                moment(cartridge.created_at),
            )
            for cartridge in found
        ),
        empty="No cartridges yet; `cartridges job create CORPUS` trains one.",
    )


@app.command()
def get(cartridge_id: CartridgeId, as_json: JsonOption = False) -> None:
    """Show a cartridge with its quality report."""
    with connect() as client:
        cartridge = client.cartridge(cartridge_id)
    if as_json:
        print_json(cartridge)
        return
    print_fields(
        cartridge.name or cartridge.id,
        (
            ("id", cartridge.id),
            ("kind", cartridge.kind),
            ("status", cartridge.status),
            ("tokens", cartridge.tokens),
            ("size", size(cartridge.size_bytes)),
            ("base model", cartridge.base_model),
            ("digest", cartridge.digest),
            ("corpus", cartridge.corpus_id),
            ("job", cartridge.job_id),
            ("created", moment(cartridge.created_at)),
        ),
    )
    note = (cartridge.report or {}).get("note")
    if cartridge.is_preview and note:
        out.print(str(note), markup=False)
    if cartridge.report:
        out.print("[bold]report[/bold]")
        out.print_json(json.dumps(cartridge.report))


@app.command()
def download(
    cartridge_id: CartridgeId,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", dir_okay=False, help="Default: CARTRIDGE.safetensors here."),
    ] = None,
) -> None:
    """Download a cartridge; the file appears once its digest was checked."""
    target = output or Path(f"{cartridge_id}.safetensors")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with connect() as client, Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Downloading", total=None)
        client.download_cartridge(
            cartridge_id,
            target,
            lambda received, total: progress.update(task, completed=received, total=total),
        )
    out.print(str(target))


@app.command()
def delete(cartridge_id: CartridgeId) -> None:
    """Delete a cartridge."""
    with connect() as client:
        client.delete_cartridge(cartridge_id)
    out.print(f"Deleted {cartridge_id}")
