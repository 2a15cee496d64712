"""`cartridges model`: base models on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.console import JsonOption, out, print_json, print_table, size
from services.cli.models import PACKAGED_MODELS, get_packaged_model, installed_models
from services.cli.stack.paths import DataPaths, default_data_dir

app = typer.Typer(no_args_is_help=True, help="Base models on this machine.")

DataDir = Annotated[
    Path | None, typer.Option(help="Default: $CARTRIDGES_DATA_DIR, or .cartridges here.", file_okay=False)
]


@app.command()
def get(
    name: Annotated[str, typer.Argument(help="One of: " + ", ".join(sorted(PACKAGED_MODELS)))],
    data_dir: DataDir = None,
) -> None:
    """Bring a packaged model and convert it, once."""
    paths = DataPaths((data_dir or default_data_dir()).resolve())
    out.print(str(get_packaged_model(name, paths.models, out.print)))


@app.command("list")
def list_models(data_dir: DataDir = None, as_json: JsonOption = False) -> None:
    """List the models that are here and those that `model get` can bring."""
    paths = DataPaths((data_dir or default_data_dir()).resolve())
    here = {model.name: model for model in installed_models(paths.models)}
    if as_json:
        print_json(
            {
                "data": [
                    {"name": model.name, "path": str(model.path), "size_bytes": model.size_bytes}
                    for model in here.values()
                ]
            }
        )
        return
    rows = [(model.name, size(model.size_bytes), str(model.path)) for model in here.values()]
    rows += [
        (model.name, f"{model.download_mb} MB to download", model.description)
        for model in PACKAGED_MODELS.values()
        if model.name not in here
    ]
    print_table(("model", "size", "where"), rows, empty="No models.")
