"""The command line `cartridges`: the groups of commands, put together."""

import typer

from services.cli.commands import (
    admin,
    audit,
    cartridges,
    corpora,
    jobs,
    keys,
    models,
    people,
    stack,
    tenants,
    usage,
)
from services.cli.commands.chat import chat
from services.cli.demo.command import demo
from services.cli.failures import ReportingGroup

app = typer.Typer(
    cls=ReportingGroup,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Train, inspect and chat with cartridges: small trained KV caches that stand for long texts.",
)

_STACK = "Local stack"
_PLATFORM = "Platform"

app.command(rich_help_panel=_STACK)(demo)
app.command(rich_help_panel=_STACK)(stack.up)
app.command(rich_help_panel=_STACK)(stack.down)
app.command(rich_help_panel=_STACK)(stack.status)
app.command(rich_help_panel=_STACK)(stack.logs)
app.add_typer(models.app, name="model", rich_help_panel=_STACK)
app.add_typer(tenants.app, name="tenant", rich_help_panel=_STACK)
app.add_typer(people.app, name="person", rich_help_panel=_STACK)
app.add_typer(admin.app, name="admin", rich_help_panel=_STACK)
app.add_typer(corpora.app, name="corpus", rich_help_panel=_PLATFORM)
app.add_typer(jobs.app, name="job", rich_help_panel=_PLATFORM)
app.add_typer(cartridges.app, name="cartridge", rich_help_panel=_PLATFORM)
app.command(rich_help_panel=_PLATFORM)(chat)
app.add_typer(keys.app, name="key", rich_help_panel=_PLATFORM)
app.command(rich_help_panel=_PLATFORM)(audit.audit)
app.command(rich_help_panel=_PLATFORM)(usage.usage)
app.add_typer(usage.quota_app, name="quota", rich_help_panel=_PLATFORM)


if __name__ == "__main__":
    app()
