"""`cartridges person`: accounts and their roles in tenants, for the operator: straight to the database."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel, ConfigDict

from services.cli.console import JsonOption, err, moment, out, print_json, print_table

if TYPE_CHECKING:
    from cartridge_store.members import MemberRole

app = typer.Typer(
    no_args_is_help=True, help="Accounts of people, for the operator: straight to the database."
)

EmailArgument = Annotated[str, typer.Argument(help="The person's e-mail address.")]
TenantOption = Annotated[str, typer.Option("--tenant", "-t", help="The tenant's name or id.")]
RoleOption = Annotated[str, typer.Option("--role", "-r", help="owner, admin, member or viewer.")]


class PersonView(BaseModel):
    """An account as it is printed."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    name: str
    created_at: datetime


class NewPersonView(PersonView):
    """An account just made, with its password, which is printed this once."""

    password: str


@app.command("create")
def create_person(
    email: EmailArgument,
    tenant: TenantOption,
    role: RoleOption = "owner",
    name: Annotated[str | None, typer.Option(help="Default: the address.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account with a password of its own, printed this once, and a role in a tenant."""
    from cartridge_store import passwords
    from cartridge_store.db.repositories import people, tenants
    from services.cli.administration import give_role, new_password, operator_session, operator_settings

    address, chosen, password = _address(email), _role(role), new_password()
    with operator_session(operator_settings()) as session:
        owner = tenants.find(session, tenant)
        person = people.create(session, address, name or address)
        people.set_password(session, person.id, passwords.hash_password(password))
        give_role(session, owner.id, person.id, chosen)
        view = NewPersonView(**PersonView.model_validate(person).model_dump(), password=password)
    if as_json:
        print_json(view)
        return
    err.print(f"[dim]{view.id}, {chosen} of {tenant}; the password is not shown again:[/dim]")
    typer.echo(password)


@app.command("grant")
def grant(email: EmailArgument, tenant: TenantOption, role: RoleOption = "member") -> None:
    """Give somebody who has an account a role in a tenant, in the place of the one before."""
    from cartridge_store.db.repositories import people, tenants
    from services.cli.administration import give_role, operator_session, operator_settings

    chosen = _role(role)
    with operator_session(operator_settings()) as session:
        owner, person = tenants.find(session, tenant), people.find(session, email)
        give_role(session, owner.id, person.id, chosen)
    out.print(f"{person.email} is {chosen} of {tenant}")


@app.command("list")
def list_people(as_json: JsonOption = False) -> None:
    """List the accounts."""
    from cartridge_store.db.repositories import people
    from services.cli.administration import operator_session, operator_settings

    with operator_session(operator_settings()) as session:
        views = [PersonView.model_validate(person) for person in people.list_all(session)]
    if as_json:
        print_json(views)
        return
    print_table(
        ("id", "e-mail", "name", "created"),
        ((view.id, view.email, view.name, moment(view.created_at)) for view in views),
        empty="No accounts yet; `cartridges person create EMAIL --tenant NAME` makes one.",
    )


@app.command("password")
def reset_password(email: EmailArgument) -> None:
    """Give an account another password, printed this once, and end all its sessions."""
    from cartridge_store import passwords
    from cartridge_store.db.repositories import people, person_sessions
    from services.cli.administration import (
        new_password,
        operator_session,
        operator_settings,
        record_of_person,
    )

    password = new_password()
    hashed = passwords.hash_password(password)
    with operator_session(operator_settings()) as session:
        person = people.find(session, email)
        people.set_password(session, person.id, hashed)
        person_sessions.end_all(session, person.id)
        record_of_person(session, person.id, "password.changed")
    typer.echo(password)


@app.command("delete")
def delete_person(
    email: EmailArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an account with its sessions and memberships. What the person made stays its tenants'."""
    from cartridge_store.db.repositories import people
    from services.cli.administration import operator_session, operator_settings, record_of_person

    if not yes:
        typer.confirm(f"Delete the account of {email}?", abort=True)
    with operator_session(operator_settings()) as session:
        person = people.find(session, email)
        record_of_person(session, person.id, "person.deleted")
        people.delete(session, person.id)
    out.print(f"Deleted {person.id}")


def _address(text: str) -> str:
    address = text.strip().lower()
    local, at, domain = address.partition("@")
    if not (address.isascii() and local and at and "." in domain and " " not in address):
        raise typer.BadParameter(f"{text!r} is no e-mail address.")
    return address


def _role(text: str) -> "MemberRole":
    from cartridge_store.members import MemberRole

    try:
        return MemberRole(text)
    except ValueError as error:
        raise typer.BadParameter(f"There is no role {text!r}; there are: {', '.join(MemberRole)}.") from error
