"""`cartridges tenant`: the operator's commands, straight to the database."""

from datetime import datetime
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from services.cli.console import JsonOption, moment, out, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Tenants, for the operator: straight to the database.")


class TenantView(BaseModel):
    """A tenant as it is printed."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    created_at: datetime


@app.command("create")
def create_tenant(
    name: Annotated[str, typer.Argument(help="A name nobody else has.")], as_json: JsonOption = False
) -> None:
    """Make a tenant."""
    from cartridge_store.db.repositories import audit, tenants
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        tenant = tenants.create(session, name)
        audit.record(session, tenant.id, audit.OPERATOR, "tenant.created", tenant.id, name=name)
        view = TenantView.model_validate(tenant)
    if as_json:
        print_json(view)
    else:
        out.print(view.id)


@app.command("list")
def list_tenants(as_json: JsonOption = False) -> None:
    """List the tenants."""
    from cartridge_store.db.repositories import tenants
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        views = [TenantView.model_validate(tenant) for tenant in tenants.list_all(session)]
    if as_json:
        print_json(views)
    else:
        print_table(
            ("id", "name", "created"),
            ((view.id, view.name, moment(view.created_at)) for view in views),
            empty="No tenants yet; `cartridges tenant create NAME` makes one.",
        )
