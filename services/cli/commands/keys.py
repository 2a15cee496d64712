"""`cartridges key`: a tenant's own keys through the API, or any tenant's for the operator with `--tenant`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict

from services.cli.connection import connect
from services.cli.console import JsonOption, err, moment, out, print_json, print_table

app = typer.Typer(
    no_args_is_help=True,
    help="API keys: your own through the API, or with --tenant, for the operator, straight in the database.",
)

TenantOption = Annotated[
    str | None,
    typer.Option("--tenant", "-t", help="For the operator: the tenant's name or id. Default: your own."),
]
KeyArgument = Annotated[str, typer.Argument(help="The key's id, or the ten characters after ck_.")]
ScopeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        help="read, write, query or admin; may be repeated. Default: all but admin; for the operator all.",
    ),
]


class KeyView(BaseModel):
    """A key as it is printed: its hash stays in the database."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    replaces: str | None


class NewKeyView(KeyView):
    """A key just made, with its text, which is printed this once."""

    key: str


@app.command("create")
def create_key(
    tenant: TenantOption = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "key",
    scope: ScopeOption = None,
    days: Annotated[int | None, typer.Option(min=1, help="For how many days. Default: no end.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key. It is printed this once: only its hash is stored."""
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    if tenant is None:
        with connect() as client:
            made = client.create_key(name, scopes=scope, expires_at=expires_at)
        view = NewKeyView.model_validate(made, from_attributes=True)
    else:
        view = _operator_creates(tenant, name, scope, expires_at)
    _print_new(view, as_json=as_json)


@app.command("list")
def list_keys(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """List a tenant's keys."""
    if tenant is None:
        with connect() as client:
            views = [KeyView.model_validate(key) for key in client.every(client.keys)]
    else:
        from cartridge_store.db.repositories import api_keys, tenants
        from services.cli.administration import operator_session, operator_settings

        with operator_session(operator_settings()) as session:
            owner = tenants.find(session, tenant)
            views = [KeyView.model_validate(key) for key in api_keys.list_all(session, owner.id)]
    if as_json:
        print_json(views)
        return
    print_table(
        ("id", "name", "begins with", "scopes", "created", "last used", "expires", "revoked"),
        (
            (
                view.id,
                view.name,
                f"ck_{view.prefix}",
                " ".join(view.scopes),
                moment(view.created_at),
                moment(view.last_used_at),
                moment(view.expires_at),
                moment(view.revoked_at),
            )
            for view in views
        ),
        empty="No keys yet; `cartridges key create` makes one.",
    )


@app.command("rotate")
def rotate_key(
    key: KeyArgument,
    grace: Annotated[float, typer.Option(min=0, max=720, help="Hours for which the old one works on.")] = 24,
    as_json: JsonOption = False,
) -> None:
    """Make a key with the same name, scopes and end in the place of one of your own."""
    with connect() as client:
        made = client.rotate_key(key.removeprefix("ck_"), grace_seconds=round(grace * 3600))
    _print_new(NewKeyView.model_validate(made), as_json=as_json)


@app.command("revoke")
def revoke_key(key: KeyArgument, tenant: TenantOption = None) -> None:
    """Revoke a key: from now on it opens nothing."""
    prefix = key.removeprefix("ck_")
    if tenant is None:
        with connect() as client:
            out.print(f"Revoked {client.revoke_key(prefix).id}")
        return
    from cartridge_store.db.repositories import api_keys, audit, tenants
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        owner = tenants.find(session, tenant)
        revoked = api_keys.revoke(session, owner.id, prefix)
        audit.record(session, owner.id, audit.OPERATOR, "key.revoked", revoked.id)
        out.print(f"Revoked {revoked.id}")


def _operator_creates(
    tenant: str, name: str, scopes: Sequence[str] | None, expires_at: datetime | None
) -> NewKeyView:
    from cartridge_store.db.repositories import api_keys, audit, tenants
    from cartridge_store.keys import Scope, new_key
    from services.cli.administration import operator_session, operator_settings, pepper_of

    try:
        chosen = tuple(Scope) if scopes is None else [Scope(scope) for scope in scopes]
    except ValueError as error:
        raise typer.BadParameter(f"{error}; there are: {', '.join(Scope)}.") from error
    settings = operator_settings()
    made = new_key(pepper_of(settings))
    with operator_session(settings) as session:
        owner = tenants.find(session, tenant)
        row = api_keys.create(session, owner.id, name, made, scopes=chosen, expires_at=expires_at)
        audit.record(session, owner.id, audit.OPERATOR, "key.created", row.id, name=name, scopes=row.scopes)
        return NewKeyView(**KeyView.model_validate(row).model_dump(), key=made.text)


def _print_new(view: NewKeyView, *, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    err.print(f"[dim]{view.id}, good for {', '.join(view.scopes)}; keep it, it is not shown again:[/dim]")
    typer.echo(view.key)
