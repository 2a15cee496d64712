"""`cartridges tenant` and `cartridges key`: the operator's commands, straight to the database."""

from datetime import datetime
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from services.cli.console import JsonOption, err, moment, out, print_json, print_table

tenants_app = typer.Typer(no_args_is_help=True, help="Tenants, for the operator: straight to the database.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys, for the operator: straight to the database.")

TenantOption = Annotated[str, typer.Option("--tenant", "-t", help="The tenant's name or id.")]


class TenantView(BaseModel):
    """A tenant as it is printed."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    created_at: datetime


class KeyView(BaseModel):
    """A key as it is printed: its hash stays in the database."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewKeyView(KeyView):
    """A key just made, with its text, which is printed this once."""

    key: str


@tenants_app.command("create")
def create_tenant(
    name: Annotated[str, typer.Argument(help="A name nobody else has.")], as_json: JsonOption = False
) -> None:
    """Make a tenant."""
    from cartridge_store.db.repositories import tenants
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        view = TenantView.model_validate(tenants.create(session, name))
    if as_json:
        print_json(view)
    else:
        out.print(view.id)


@tenants_app.command("list")
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


@keys_app.command("create")
def create_key(
    tenant: TenantOption = "demo",
    name: Annotated[str, typer.Option(help="What the key is for.")] = "key",
    as_json: JsonOption = False,
) -> None:
    """Make an API key. It is printed this once: only its hash is stored."""
    from cartridge_store.db.repositories import api_keys, tenants
    from cartridge_store.keys import new_key
    from services.cli.administration import operator_session, operator_settings, pepper_of

    settings = operator_settings()
    made = new_key(pepper_of(settings))
    with operator_session(settings) as session:
        owner = tenants.find(session, tenant)
        row = KeyView.model_validate(api_keys.create(session, owner.id, name, made))
    if as_json:
        print_json(NewKeyView(key=made.text, **row.model_dump()))
    else:
        err.print(f"[dim]{row.id} for {tenant}; keep it, it is not shown again:[/dim]")
        typer.echo(made.text)


@keys_app.command("list")
def list_keys(tenant: TenantOption = "demo", as_json: JsonOption = False) -> None:
    """List a tenant's keys."""
    from cartridge_store.db.repositories import api_keys, tenants
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        owner = tenants.find(session, tenant)
        views = [KeyView.model_validate(key) for key in api_keys.list_all(session, owner.id)]
    if as_json:
        print_json(views)
        return
    print_table(
        ("id", "name", "begins with", "created", "last used", "revoked"),
        (
            (
                view.id,
                view.name,
                f"ck_{view.prefix}",
                moment(view.created_at),
                moment(view.last_used_at),
                moment(view.revoked_at),
            )
            for view in views
        ),
        empty="No keys yet; `cartridges key create` makes one.",
    )


@keys_app.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="The key's id, or the ten characters after ck_.")],
    tenant: TenantOption = "demo",
) -> None:
    """Revoke a key: from now on it opens nothing."""
    from cartridge_store.db.repositories import api_keys, tenants
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        owner = tenants.find(session, tenant)
        revoked = KeyView.model_validate(api_keys.revoke(session, owner.id, key.removeprefix("ck_")))
    out.print(f"Revoked {revoked.id}")
