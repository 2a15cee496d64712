"""`cartridges usage` and `cartridges quota`: what a tenant has used, what it may use, and the operator's word on it."""

from typing import Annotated

import typer

from services.cli.connection import connect
from services.cli.console import JsonOption, out, print_json, print_table

quota_app = typer.Typer(no_args_is_help=True, help="Quotas: shown to a tenant, set by the operator.")


def usage(as_json: JsonOption = False) -> None:
    """Show what the tenant has used in the last 30 days. The key needs the scope `admin`."""
    with connect() as client:
        days = client.usage()
    if as_json:
        print_json(days)
        return
    print_table(
        ("day", "kind", "amount"),
        ((each.day, each.kind, f"{each.amount:,.0f}") for each in days),
        empty="Nothing has been used yet.",
    )


@quota_app.command("list")
def list_quotas(as_json: JsonOption = False) -> None:
    """Show the tenant's quotas. The key needs the scope `admin`."""
    with connect() as client:
        quotas = client.quotas()
    if as_json:
        print_json(quotas)
        return
    print_table(
        ("quota", "limit", "in use"),
        ((each.name, f"{each.limit:,}", "" if each.used is None else f"{each.used:,.0f}") for each in quotas),
        empty="There are no quotas.",
    )


@quota_app.command("set")
def set_quota(
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="The tenant's name or id.")],
    name: Annotated[str, typer.Argument(help="As `cartridges quota list` names it.")],
    amount: Annotated[str, typer.Argument(help="A number, or `default`.")],
) -> None:
    """Set a tenant's quota, for the operator: straight in the database, from its next request on."""
    from cartridge_store.db.repositories import audit, quotas, tenants
    from cartridge_store.quotas import Quota
    from services.cli.administration import operator_session, operator_settings

    if name not in list(Quota):
        raise typer.BadParameter(f"There is no quota {name!r}; there are: {', '.join(Quota)}.")
    if amount != "default" and not (amount.isascii() and amount.isdecimal() and int(amount) < 2**63):
        raise typer.BadParameter(f"{amount!r} is neither a whole number nor `default`.")
    limit = None if amount == "default" else int(amount)
    with operator_session(operator_settings()) as session:
        owner = tenants.find(session, tenant)
        quotas.set_limit(session, owner.id, Quota(name), limit)
        audit.record(session, owner.id, audit.OPERATOR, "quota.set", owner.id, name=name, amount=limit)
    out.print(f"{name} of {tenant}: {amount}")
