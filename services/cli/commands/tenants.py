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
    weight: int = 1


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
    from cartridge_store.db.repositories import tenants, turns
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        weights = turns.weights(session)
        views = [
            TenantView.model_validate(tenant).model_copy(update={"weight": weights.get(tenant.id, 1)})
            for tenant in tenants.list_all(session)
        ]
    if as_json:
        print_json(views)
    else:
        print_table(
            ("id", "name", "weight", "created"),
            ((view.id, view.name, str(view.weight), moment(view.created_at)) for view in views),
            empty="No tenants yet; `cartridges tenant create NAME` makes one.",
        )


@app.command("weight")
def set_weight(
    tenant: Annotated[str, typer.Argument(help="The tenant's name or id.")],
    weight: Annotated[
        int, typer.Argument(min=1, max=100, help="Workers for each one that a tenant of weight 1 is given.")
    ],
) -> None:
    """Say how many of the workers a tenant's jobs are given, in proportion to other tenants'."""
    from cartridge_store.db.repositories import audit, tenants, turns
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        found = tenants.find(session, tenant)
        turns.set_weight(session, found.id, weight)
        audit.record(session, found.id, audit.OPERATOR, "tenant.weight_changed", found.id, weight=weight)
    out.print(f"{found.name} has weight {weight}")


@app.command("delete")
def delete_tenant(
    tenant: Annotated[str, typer.Argument(help="The tenant's name or id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a tenant and all that is its own: keys, corpora, jobs, cartridges, log and objects, for good."""
    from cartridge_store.db.repositories import deletions, tenants
    from cartridge_store.object_keys import tenant_prefix
    from services.cli.administration import operator_session, operator_settings

    if not yes:
        typer.confirm(f"Delete {tenant} and everything of it, for good?", abort=True)
    with operator_session(operator_settings()) as session:
        found = tenants.find(session, tenant)
        tenants.delete(session, found.id)
        deletions.promise(session, found.id, [tenant_prefix(found.id)])
    out.print(f"Deleted {found.id}; its objects follow within a minute or two")
