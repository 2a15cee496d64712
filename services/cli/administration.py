"""The operator's way to tenants and keys: straight to the database, under the stack's own settings."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.orm import Session

from cartridge_store import passwords
from cartridge_store.db.engine import make_engine, make_session_factory
from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.repositories import api_keys, audit, memberships, people, person_sessions, tenants
from cartridge_store.errors import NotFoundError
from cartridge_store.keys import new_key
from cartridge_store.members import MemberRole
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings
from services.cli.stack.paths import default_data_dir, write_private

DATABASE_VARIABLE = "CARTRIDGES_DATABASE_URL"
PEPPER_VARIABLE = "CARTRIDGES_KEY_PEPPER"
FIRST_TENANT = "demo"
# No mail is ever sent to it: the name is reserved for the machine itself.
FIRST_OWNER = "owner@cartridges.localhost"


class NoDatabaseSettingsError(RuntimeError):
    """Neither the environment nor a running stack says where the database is."""

    code = "no_database_settings"


def operator_settings() -> Mapping[str, str]:
    """CARTRIDGES_* variables of the environment when they name a database, else the running stack's.

    Raises NoDatabaseSettingsError.
    """
    if DATABASE_VARIABLE in os.environ:
        return os.environ
    # Late: where the environment says all, nothing of the embedded stack need be installed.
    from services.cli.stack.state import running_state

    where = default_data_dir()
    state = running_state(where)
    if state is None or DATABASE_VARIABLE not in state.settings:
        raise NoDatabaseSettingsError(
            f"No stack runs with the data directory {where}: start it with `cartridges up`, "
            f"or set {DATABASE_VARIABLE} and {PEPPER_VARIABLE}."
        )
    return state.environment()


@contextmanager
def operator_session(settings: Mapping[str, str]) -> Iterator[Session]:
    """One transaction on the database, committed at the end."""
    engine = make_engine(DatabaseSettings(database_url=settings[DATABASE_VARIABLE], database_pool_size=1))
    try:
        with make_session_factory(engine).begin() as session:
            yield session
    finally:
        engine.dispose()


def object_store(settings: Mapping[str, str]) -> ObjectStore:
    """The bucket that CARTRIDGES_S3_* of `settings` name."""
    variables = {name: f"CARTRIDGES_{name.upper()}" for name in ObjectStoreSettings.model_fields}
    named = {name: settings[variable] for name, variable in variables.items() if variable in settings}
    return ObjectStore(ObjectStoreSettings.model_validate(named))


def pepper_of(settings: Mapping[str, str]) -> SecretStr:
    """The secret under which keys are stored. Raises NoDatabaseSettingsError."""
    try:
        return SecretStr(settings[PEPPER_VARIABLE])
    except KeyError:
        raise NoDatabaseSettingsError(
            f"{DATABASE_VARIABLE} is set, so {PEPPER_VARIABLE} must be set too, to what the API there uses."
        ) from None


def migrate_with_first_key(settings: Mapping[str, str], key_file: Path) -> bool:
    """Brings the tables up to date and, once, makes the tenant `demo` with a key. Returns whether it did.

    The key's text goes into `key_file`, its owner's alone, inside the transaction: a file that cannot
    be written leaves no key in the database that nobody holds.
    """
    bring_up_to_date(settings)
    if key_file.exists():
        return False
    with operator_session(settings) as session:
        try:
            tenant = tenants.find(session, FIRST_TENANT)
        except NotFoundError:
            tenant = tenants.create(session, FIRST_TENANT)
        key = new_key(pepper_of(settings))
        row = api_keys.create(session, tenant.id, "first key", key)
        audit.record(session, tenant.id, audit.OPERATOR, "key.created", row.id, name=row.name)
        write_private(key_file, key.text + "\n")
    return True


def make_first_owner(settings: Mapping[str, str], owner_file: Path) -> bool:
    """Once, makes an account that owns the tenant `demo`. Returns whether it did.

    Its address and password go into `owner_file`, as the key does into its own.
    """
    if owner_file.exists():
        return False
    password = new_password()
    hashed = passwords.hash_password(password)
    with operator_session(settings) as session:
        tenant = tenants.find(session, FIRST_TENANT)
        # A data directory that is made anew beside an outside database finds the account that an earlier one made.
        person = people.find_by_email(session, FIRST_OWNER) or people.create(session, FIRST_OWNER, "Owner")
        people.set_password(session, person.id, hashed)
        person_sessions.end_all(session, person.id)
        give_role(session, tenant.id, person.id, MemberRole.OWNER)
        write_private(owner_file, f"{FIRST_OWNER}\n{password}\n")
    return True


def new_password() -> str:
    """A password of 144 random bits."""
    return secrets.token_urlsafe(18)


def give_role(session: Session, tenant_id: str, person_id: str, role: MemberRole) -> None:
    """Make a person a member of a tenant, or change as what. Raises `ConflictError` (`last_owner`)."""
    memberships.hold(session, tenant_id)
    row = memberships.of_person(session, tenant_id, person_id)
    details = {"role": role.value, "person_id": person_id}
    if row is None:
        row = memberships.create(session, tenant_id, person_id, role)
        audit.record(session, tenant_id, audit.OPERATOR, "member.joined", row.id, **details)
    elif row.role is not role:
        memberships.change_role(session, row, role)
        audit.record(session, tenant_id, audit.OPERATOR, "member.changed", row.id, **details)


def record_of_person(session: Session, person_id: str, action: str) -> None:
    """Write what the operator did to an account into the audit log of every tenant that the person is in."""
    for joined in memberships.joined(session, person_id):
        audit.record(session, joined.tenant.id, audit.OPERATOR, action, person_id)
