"""`cartridges up`, `down`, `status` and `logs`: the embedded stack from the outside."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.panel import Panel

from services.cli.console import JsonOption, duration, err, out, print_error, print_json, print_table
from services.cli.failures import FAILED
from services.cli.stack.engine import ENGINE_VARIABLE, Engine, engine_of
from services.cli.stack.paths import DataPaths, default_data_dir

if TYPE_CHECKING:
    from services.cli.stack.state import StackState

DataDir = Annotated[
    Path | None, typer.Option(help="Default: $CARTRIDGES_DATA_DIR, or .cartridges here.", file_okay=False)
]

EngineOption = Annotated[
    Engine | None,
    typer.Option(
        envvar=ENGINE_VARIABLE,
        help="torch: in the inference process. sglang: a SGLang server, an agent and a router. Default: torch.",
    ),
]


def up(
    data_dir: DataDir = None,
    base_model: Annotated[
        str | None, typer.Option(help="A model's directory, hub id or packaged name. Default: smollm2-135m.")
    ] = None,
    engine: EngineOption = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when it is ready and leave it running.")
    ] = False,
) -> None:
    """Start the stack: Postgres, Redis, S3, api, inference, trainer. Ctrl-C stops it."""
    from services.cli.stack.foreground import run_in_foreground, start_detached
    from services.cli.stack.state import running_state

    where = (data_dir or default_data_dir()).resolve()
    running = running_state(where)
    if running is not None and running.phase == "ready":
        refuse_other_engine(running, engine)
        err.print("The stack already runs.")
        _print_panel(where, new_key=None)
        raise typer.Exit(0 if detach else FAILED)
    chosen = engine_of(engine, os.environ)
    if detach:
        new_key = start_detached(where, base_model, chosen, err.print)
        _print_panel(where, new_key)
        return
    run_in_foreground(
        where, base_model, chosen, say=err.print, on_ready=lambda new_key: _print_panel(where, new_key)
    )


def down(data_dir: DataDir = None) -> None:
    """Stop the stack. All data stays."""
    from services.cli.stack.foreground import stop_running

    where = (data_dir or default_data_dir()).resolve()
    if stop_running(where):
        out.print(f"Stopped. The data stays in {where}")
    else:
        out.print(f"No stack runs with the data directory {where}")


def status(data_dir: DataDir = None, as_json: JsonOption = False) -> None:
    """Show the stack's services. The exit status is 0 when all are well."""
    import time

    from services.cli.stack.state import running_state

    where = (data_dir or default_data_dir()).resolve()
    state = running_state(where)
    if state is None:
        if as_json:
            print_json({"running": False, "data_dir": str(where)})
        else:
            out.print(f"No stack runs with the data directory {where}")
        raise typer.Exit(FAILED)
    well = state.phase == "ready" and all(service.state == "healthy" for service in state.services)
    if as_json:
        shown = state.model_dump(mode="json", exclude={"settings"})
        print_json({"running": True, "healthy": well, **shown})
    else:
        out.print(f"{state.phase} · {state.api_url or 'no API yet'} · data in {state.data_dir}")
        print_table(
            ("service", "state", "pid", "up for", "restarts", "where", "last error"),
            (
                (
                    service.name,
                    service.state,
                    "" if service.process is None else service.process.pid,
                    "" if service.process is None else duration(time.time() - service.process.started),
                    service.restarts,
                    service.endpoint,
                    "" if service.state == "healthy" else service.last_error,
                )
                for service in state.services
            ),
            empty="No services yet.",
        )
    if not well:
        raise typer.Exit(FAILED)


def logs(
    service: Annotated[str | None, typer.Argument(help="One service; all of them if not given.")] = None,
    data_dir: DataDir = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 30,
) -> None:
    """Print what the services wrote."""
    from services.cli.stack.log_view import log_names, print_logs

    paths = DataPaths((data_dir or default_data_dir()).resolve())
    names = log_names(paths)
    if service is not None and service not in names:
        known = ", ".join(names) or "none yet"
        raise typer.BadParameter(f"There is no log of {service!r}; there are: {known}.")
    print_logs(paths, [service] if service else names, lines=lines, follow=follow)


def refuse_other_engine(running: "StackState", engine: Engine | None) -> None:
    """Exit with what to do when the engine that was asked for is not the one that already serves."""
    if engine is not None and engine != running.engine:
        print_error(
            f"The stack that already runs serves with {running.engine}, not {engine}.",
            "Stop it first: make down",
        )
        raise typer.Exit(FAILED)


def _print_panel(where: Path, new_key: str | None) -> None:
    from services.cli.dashboard import dashboard_of
    from services.cli.stack.state import read_state

    paths = DataPaths(where)
    state = read_state(paths)
    if state is None:
        return
    rows = [
        ("Dashboard", None if state.api_url is None else dashboard_of(state.api_url)),
        ("API", state.api_url),
        ("Docs", state.docs_url),
        ("Model", "" if state.base_model is None else state.base_model.name),
        ("Engine", state.engine),
        ("Data", str(where)),
    ]
    if new_key is not None:
        email, password = paths.first_owner_file.read_text(encoding="utf-8").split()
        rows += [
            ("Tenant", "demo"),
            ("Sign in", f"{email}\n           {password}\n           (kept in {paths.first_owner_file})"),
            (
                "API key",
                f"{new_key}\n           (for programs; shown this once, kept in {paths.first_key_file})",
            ),
        ]
    text = "\n".join(f"[dim]{name:<10}[/dim] {value}" for name, value in rows)
    # As wide as its longest line: a key or URL that is wrapped cannot be copied.
    out.print(Panel.fit(text, title="Cartridges", title_align="left"), soft_wrap=True)
