"""Tenants and keys on a real database: shown once, stored as a hash, revoked for good."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cartridge_store import passwords
from cartridge_store.db.repositories import api_keys, audit, memberships, people, quotas
from cartridge_store.db.tables import ObjectDeletion
from cartridge_store.keys import key_prefix, matches
from cartridge_store.members import MemberRole
from cartridge_store.quotas import Quota
from services.cli.administration import (
    FIRST_OWNER,
    make_first_owner,
    migrate_with_first_key,
    operator_session,
)
from services.cli.main import app
from tests.conftest import Backing

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def database(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    migrate_with_first_key(backing.environment, tmp_path_factory.mktemp("first") / "key")
    return backing.environment


@pytest.fixture
def run(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("CARTRIDGES_DATABASE_URL", "CARTRIDGES_KEY_PEPPER"):
        monkeypatch.setenv(name, database[name])
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_a_tenant_is_made_once_and_listed(run: Run) -> None:
    made = run("tenant", "create", "acme")
    assert made.exit_code == 0
    assert made.stdout.startswith("ten_")
    again = run("tenant", "create", "acme")
    assert again.exit_code == 1
    assert "acme" in again.stderr
    listed = json.loads(run("tenant", "list", "--json").stdout)
    assert [tenant["name"] for tenant in listed].count("acme") == 1


def test_a_key_is_shown_once_and_only_its_hash_is_kept(run: Run, database: dict[str, str]) -> None:
    run("tenant", "create", "hashes")
    text = run("key", "create", "--tenant", "hashes", "--name", "ci").stdout.strip()
    prefix = key_prefix(text)
    assert prefix is not None
    with operator_session(database) as session:
        row = api_keys.find_by_prefix(session, prefix)
        assert row is not None
        assert matches(text, row.hash, SecretStr(database["CARTRIDGES_KEY_PEPPER"]))
    listed = run("key", "list", "--tenant", "hashes", "--json").stdout
    assert text not in listed
    assert [(key["name"], key["prefix"], key["revoked_at"]) for key in json.loads(listed)] == [
        ("ci", prefix, None)
    ]


def test_a_revoked_key_says_when(run: Run) -> None:
    run("tenant", "create", "revoking")
    made = json.loads(run("key", "create", "--tenant", "revoking", "--json").stdout)
    assert run("key", "revoke", made["id"], "--tenant", "revoking").exit_code == 0
    (listed,) = json.loads(run("key", "list", "--tenant", "revoking", "--json").stdout)
    assert listed["revoked_at"] is not None


def test_a_key_is_made_with_scopes_and_an_end_and_the_operator_is_written_down(
    run: Run, database: dict[str, str]
) -> None:
    tenant = run("tenant", "create", "scoped").stdout.strip()
    made = json.loads(
        run("key", "create", "-t", "scoped", "--scope", "query", "--days", "2", "--json").stdout
    )
    assert made["scopes"] == ["query"]
    assert made["expires_at"] is not None
    refused = run("key", "create", "-t", "scoped", "--scope", "root")
    assert refused.exit_code == 2
    assert "admin" in refused.stderr
    run("key", "revoke", made["id"], "-t", "scoped")
    with operator_session(database) as session:
        entries = audit.list_page(session, tenant, limit=9).rows
        assert [(entry.actor, entry.action) for entry in entries] == [
            ("operator", "key.revoked"),
            ("operator", "key.created"),
            ("operator", "tenant.created"),
        ]


def test_the_operator_sets_a_quota_and_takes_it_back(run: Run, database: dict[str, str]) -> None:
    tenant = run("tenant", "create", "bounded").stdout.strip()
    defaults = dict.fromkeys(Quota, 5)
    for amount, expected in (("12", 12), ("default", 5)):
        assert run("quota", "set", "corpora", amount, "--tenant", "bounded").exit_code == 0
        with operator_session(database) as session:
            assert quotas.limits(session, tenant, defaults)[Quota.CORPORA] == expected
    for arguments in (("planets", "3"), ("corpora", "many"), ("corpora", "-1"), ("corpora", "9" * 19)):
        assert run("quota", "set", *arguments, "--tenant", "bounded").exit_code == 2


def test_the_operator_gives_a_tenant_a_weight(run: Run, database: dict[str, str]) -> None:
    tenant = run("tenant", "create", "heavy").stdout.strip()
    assert run("tenant", "weight", "heavy", "3").exit_code == 0
    assert run("tenant", "weight", "heavy", "0").exit_code == 2
    listed = json.loads(run("tenant", "list", "--json").stdout)
    assert {each["id"]: each["weight"] for each in listed}[tenant] == 3
    with operator_session(database) as session:
        newest = audit.list_page(session, tenant, limit=1).rows[0]
    assert (newest.action, newest.details) == ("tenant.weight_changed", {"weight": 3})


def test_a_tenant_is_deleted_when_the_operator_is_sure(run: Run, database: dict[str, str]) -> None:
    tenant = run("tenant", "create", "leaving").stdout.strip()
    run("key", "create", "-t", "leaving")
    assert run("tenant", "delete", "leaving").exit_code == 1  # nobody answers the question
    assert "leaving" in run("tenant", "list").stdout
    assert run("tenant", "delete", "leaving", "--yes").exit_code == 0
    assert "leaving" not in run("tenant", "list").stdout
    with operator_session(database) as session:
        promised = session.scalars(select(ObjectDeletion.prefix).filter_by(tenant_id=tenant)).all()
    assert set(promised) == {f"tenants/{tenant}/"}


def test_another_tenants_key_cannot_be_revoked(run: Run) -> None:
    run("tenant", "create", "mine")
    run("tenant", "create", "theirs")
    made = json.loads(run("key", "create", "--tenant", "theirs", "--json").stdout)
    refused = run("key", "revoke", made["id"], "--tenant", "mine")
    assert refused.exit_code == 1
    assert "there is no key" in refused.stderr


def test_the_first_start_leaves_a_private_key_file_and_later_ones_leave_it_alone(
    database: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "first-key"
    assert migrate_with_first_key(database, file)
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not migrate_with_first_key(database, file)
    assert file.read_text() == text


def test_the_first_start_leaves_an_owner_in_a_private_file_and_later_ones_leave_it_alone(
    database: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "first-owner"
    assert make_first_owner(database, file)
    email, password = file.read_text().split()
    assert email == FIRST_OWNER
    assert file.stat().st_mode & 0o777 == 0o600
    with operator_session(database) as session:
        person = people.find(session, email)
        assert passwords.verify(password, people.password_hash(session, person.id))
        assert [(each.tenant.name, each.role) for each in memberships.joined(session, person.id)] == [
            ("demo", MemberRole.OWNER)
        ]
    assert not make_first_owner(database, file)
    file.unlink()
    assert make_first_owner(database, file)  # a new data directory beside an old database


def test_the_operator_makes_accounts_gives_roles_and_passwords_and_deletes(
    run: Run, database: dict[str, str]
) -> None:
    tenant = run("tenant", "create", "peopled").stdout.strip()
    made = json.loads(run("person", "create", "Ann@Peopled.example", "-t", "peopled", "--json").stdout)
    assert made["email"] == "ann@peopled.example"
    again = run("person", "create", "ann@peopled.example", "-t", "peopled")
    assert again.exit_code == 1
    assert "has an account" in again.stderr
    assert run("person", "grant", "ann@peopled.example", "-t", "peopled", "-r", "viewer").exit_code == 1
    second = run("person", "create", "bob@peopled.example", "-t", "peopled").stdout.strip()
    assert run("person", "grant", "ann@peopled.example", "-t", "peopled", "-r", "viewer").exit_code == 0
    reset = run("person", "password", "bob@peopled.example").stdout.strip()
    with operator_session(database) as session:
        hashed = people.password_hash(session, people.find(session, "bob@peopled.example").id)
        assert passwords.verify(reset, hashed)
        assert not passwords.verify(second, hashed)
        roles = {
            each.person.email: each.membership.role.value
            for each in memberships.list_page(session, tenant, limit=9).rows
        }
    assert roles == {"ann@peopled.example": "viewer", "bob@peopled.example": "owner"}
    assert "ann@peopled.example" in run("person", "list", "--json").stdout
    assert run("person", "delete", "ann@peopled.example", "--yes").exit_code == 0
    assert "ann@peopled.example" not in run("person", "list", "--json").stdout
    for arguments in (("no address", "-t", "peopled"), ("x@y.example", "-t", "peopled", "-r", "king")):
        assert run("person", "create", *arguments).exit_code == 2
    with operator_session(database) as session:
        entries = [entry.action for entry in audit.list_page(session, tenant, limit=9).rows]
    assert entries == [
        "person.deleted", "password.changed", "member.changed", "member.joined", "member.joined", "tenant.created"
    ]  # fmt: skip


def test_without_stack_or_settings_the_operator_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARTRIDGES_DATABASE_URL", raising=False)
    monkeypatch.setenv("CARTRIDGES_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(app, ["tenant", "list"])
    assert refused.exit_code == 1
    assert "cartridges up" in refused.stderr
