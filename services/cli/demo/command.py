"""`cartridges demo`: starts a stack unless one runs, goes the whole way, prints and keeps the report."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.cli.commands.stack import DataDir, EngineOption, refuse_other_engine
from services.cli.console import err, out, print_error
from services.cli.failures import FAILED, INTERRUPTED
from services.cli.stack.paths import DataPaths, default_data_dir


def demo(
    document: Annotated[
        Path | None,
        typer.Option(
            help="A text, Markdown or HTML file. Default: a part of A Brief History of Debian.",
            dir_okay=False,
        ),
    ] = None,
    base_model: Annotated[
        str | None, typer.Option(help="A model's directory, hub id or packaged name. Default: smollm2-135m.")
    ] = None,
    engine: EngineOption = None,
    data_dir: DataDir = None,
) -> None:
    """Train a cartridge on a document, ask it questions, print a report. Leaves nothing running."""
    from contextlib import ExitStack

    from cartridge_client import Client
    from services.cli.dashboard import dashboard_of
    from services.cli.demo.flow import report_path, run_demo
    from services.cli.demo.report import save, show
    from services.cli.demo.scenario import default_scenario, scenario_of
    from services.cli.stack.foreground import stopped_in_order
    from services.cli.stack.stack import Stack
    from services.cli.stack.state import running_state

    started = time.monotonic()
    where = (data_dir or default_data_dir()).resolve()
    try:
        scenario = default_scenario() if document is None else scenario_of(document)
    except (OSError, UnicodeDecodeError) as error:
        print_error(f"{document} cannot be read: {error}", "Name a UTF-8 text file: make demo DOC=path")
        raise typer.Exit(FAILED) from error
    with _interrupted_as_exit(), ExitStack() as held:
        running = running_state(where)
        if running is not None and running.phase == "ready":
            refuse_other_engine(running, engine)
            err.print("Using the stack that already runs.")
            api_url, key = (
                str(running.api_url),
                (where / "run" / "first-key").read_text(encoding="utf-8").strip(),
            )
        else:
            stack = Stack(where, base_model, engine=engine)
            held.enter_context(stopped_in_order(stack, err.print))
            stack.start(err.print)
            stack.wait_ready(progress=err.print)
            api_url, key = stack.api_url, stack.first_key
        err.print(f"API {api_url} · docs {api_url}/docs · data {where}")
        err.print(f"Dashboard {dashboard_of(api_url)} · sign in as {DataPaths(where).first_owner_file} says")
        client = held.enter_context(Client(api_url, key, timeout=600))
        report = run_demo(client, scenario, started, err.print)
        path = report_path(where)
        save(report, path)
        show(report, out)
        out.print()
        out.print(f"API {api_url} · docs {api_url}/docs · data {where}", soft_wrap=True)
        if running is None:
            out.print(
                "Nothing is left running. Start the stack again with its data, and look at them in the dashboard: "
                "make up",
                soft_wrap=True,
            )
    typer.echo(f"report: {path}")


@contextmanager
def _interrupted_as_exit() -> Iterator[None]:
    from services.cli.stack.foreground import StopRequested

    try:
        yield
    except StopRequested:
        raise typer.Exit(INTERRUPTED) from None
