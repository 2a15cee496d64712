"""The database roles that services work under, none of which row-level security lets by.

`cartridges_api` and `cartridges_worker` carry the rights and policies; they are made by the migrations and cannot
log in. A service's own login is a member of one of them. The owner of the tables, under whom migrations and the
operator's commands run, is no service's login.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from cartridge_store.errors import StoreError


class Role(StrEnum):
    """What a service may do: everything of one tenant, or the work on jobs."""

    API = "cartridges_api"
    WORKER = "cartridges_worker"

    @property
    def url_variable(self) -> str:
        """Where an operator's tools find the URL that services of this role get as CARTRIDGES_DATABASE_URL."""
        return f"CARTRIDGES_{self.name}_DATABASE_URL"


class RoleSetupError(StoreError):
    """The owner may not make roles in this Postgres."""

    code = "database_roles_missing"


class RoleTooPowerfulError(StoreError):
    """A service logs in as somebody whom row-level security does not bind."""

    code = "database_role_too_powerful"


@dataclass(frozen=True)
class Login:
    """A user who is a member of `role`."""

    role: Role
    name: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.role}, {self.name})"

    def url(self, owner_url: str) -> str:
        """The owner's URL with this login in the owner's place."""
        return (
            make_url(owner_url)
            .set(username=self.name, password=self.password)
            .render_as_string(hide_password=False)
        )


def service_login(owner_url: str, role: Role, password: str) -> Login:
    """The login that belongs to a role in one database: several deployments may share a server."""
    return Login(role, f"{make_url(owner_url).database}_{role.name.lower()}_login", password)


def managed_logins(settings: Mapping[str, str]) -> tuple[Login, ...]:
    """The logins among the settings' service URLs that are made here; others, named or not, are the operator's own."""
    owner_url = settings["CARTRIDGES_DATABASE_URL"]
    found = []
    for role in Role:
        if role.url_variable not in settings:
            continue
        url = make_url(settings[role.url_variable])
        login = service_login(owner_url, role, str(url.password))
        if url == make_url(login.url(owner_url)):
            found.append(login)
    return tuple(found)


def make_roles(connection: Connection) -> None:
    """Make the roles unless they are there, within the caller's transaction. Raises `RoleSetupError`."""
    for role in Role:
        # Looked for first: an owner who may not make roles may still use those that a superuser has made. Roles
        # belong to the whole server: another database's migration may make them in this very moment.
        statement = (
            f"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then "
            f"create role {role} nologin; end if; "
            "exception when duplicate_object or unique_violation then null; end $$"
        )
        try:
            connection.execute(text(statement))
        except ProgrammingError as error:
            if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise
            raise RoleSetupError(_advice()) from error


def let_log_in(owner_url: str, login: Login) -> None:
    """Make the login, or give it its present password, and its role. Raises `RoleSetupError`."""
    url = make_url(owner_url)
    with psycopg.connect(_conninfo(url), autocommit=True) as connection:
        name, password = sql.Identifier(login.name), sql.Literal(login.password)
        known = connection.execute("select 1 from pg_roles where rolname = %s", (login.name,)).fetchone()
        verb = sql.SQL("alter" if known else "create")
        try:
            connection.execute(
                sql.SQL("{} role {} login nosuperuser nobypassrls password {}").format(verb, name, password)
            )
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(login.role), name))
        except psycopg.errors.InsufficientPrivilege as error:
            raise RoleSetupError(_advice()) from error


def check_bound(session: Session) -> None:
    """Raise `RoleTooPowerfulError` unless row-level security binds whoever this session logged in as."""
    query = """
        select rolsuper or rolbypassrls or exists (
            select from pg_tables where tablename = 'corpora' and pg_has_role(current_user, tableowner, 'usage')
        ) from pg_roles where rolname = current_user
    """
    if session.scalar(text(query)):
        raise RoleTooPowerfulError(
            "the service's database login is a superuser, bypasses row-level security or owns the tables; "
            f"give it a login that is a member of {Role.API} or {Role.WORKER} alone"
        )


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _advice() -> str:
    made = "; ".join(f"CREATE ROLE {role} NOLOGIN" for role in Role)
    return (
        f"the owner of the database may not make roles. As a superuser: {made}; make a login for each service, GRANT "
        f"it its role, and set {' and '.join(role.url_variable for role in Role)}"
    )
