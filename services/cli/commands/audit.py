"""`cartridges audit`: who changed what."""

import itertools
from typing import Annotated

import typer

from services.cli.connection import connect
from services.cli.console import JsonOption, moment, print_json, print_table


def audit(
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many entries, newest first.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Show the tenant's audit log. The key needs the scope `admin`."""
    with connect() as client:
        found = list(itertools.islice(client.every(client.audit), lines))
    if as_json:
        print_json(found)
        return
    print_table(
        ("when", "who", "did", "to", "details"),
        (
            (
                moment(entry.created_at),
                entry.actor_id or entry.actor,
                entry.action,
                entry.target_id,
                ", ".join(f"{name}={value}" for name, value in entry.details.items()),
            )
            for entry in found
        ),
        empty="Nothing has been changed yet.",
    )
