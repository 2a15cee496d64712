"""The embedded Postgres, Redis and S3: data stays over restarts, ports move when taken, secrets stay private."""

import io
import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from minio.error import S3Error
from psycopg import sql
from sqlalchemy import make_url, select

from cartridge_store.db.migrate import bring_up_to_date, upgrade
from cartridge_store.db.repositories import corpora, tenants
from cartridge_store.db.roles import Role, RoleSetupError, managed_logins, service_login
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import Corpus
from cartridge_store.ids import new_id
from services.cli.administration import migrate_with_first_key, operator_session
from services.cli.stack.backing import BackingPlan, BackingSettingsError, running_backing
from services.cli.stack.credentials import SecretsFileError, load_or_create
from services.cli.stack.ports import PortChooser
from services.cli.stack.s3_server import s3_client
from tests.conftest import Backing


def database(plan: BackingPlan) -> psycopg.Connection:
    return psycopg.connect(
        plan.environment["CARTRIDGES_DATABASE_URL"].replace("+psycopg", ""), autocommit=True
    )


def test_what_was_written_is_there_after_a_restart_on_other_ports(tmp_path: Path) -> None:
    with running_backing(tmp_path, {}, prefer_usual_ports=False) as plan:
        first = plan.environment
        with database(plan) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('still here')")
        with redis.Redis.from_url(first["CARTRIDGES_BROKER_URL"]) as broker:
            broker.rpush("queue", "a job")
        store = s3_client(
            first["CARTRIDGES_S3_ENDPOINT"],
            first["CARTRIDGES_S3_ACCESS_KEY"],
            first["CARTRIDGES_S3_SECRET_KEY"],
        )
        store.put_object("cartridges", "a/key", io.BytesIO(b"bytes" * 1000), 5000)
    (tmp_path / "run" / "ports.json").unlink()

    with running_backing(tmp_path, {}, prefer_usual_ports=False) as plan:
        second = plan.environment
        assert second["CARTRIDGES_S3_ENDPOINT"] != first["CARTRIDGES_S3_ENDPOINT"]
        with database(plan) as connection:
            assert connection.execute("SELECT word FROM kept").fetchall() == [("still here",)]
        with redis.Redis.from_url(second["CARTRIDGES_BROKER_URL"]) as broker:
            assert broker.lrange("queue", 0, -1) == [b"a job"]
        store = s3_client(
            second["CARTRIDGES_S3_ENDPOINT"],
            second["CARTRIDGES_S3_ACCESS_KEY"],
            second["CARTRIDGES_S3_SECRET_KEY"],
        )
        assert store.get_object("cartridges", "a/key").read() == b"bytes" * 1000
        # New objects must not land on the ids of old ones.
        store.put_object("cartridges", "another/key", io.BytesIO(b"other"), 5)
        assert store.get_object("cartridges", "a/key").read() == b"bytes" * 1000

    private = [
        tmp_path / "secrets.json",
        tmp_path / "run" / "redis.conf",
        tmp_path / "run" / "s3-identities.json",
    ]
    assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600] * 3


def test_the_broker_refuses_those_without_its_password(backing: Backing) -> None:
    address = backing.environment["CARTRIDGES_BROKER_URL"].partition("@")[2]
    with (
        redis.Redis.from_url(f"redis://:wrong@{address}") as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_object_store_refuses_those_without_its_keys(backing: Backing) -> None:
    environment = backing.environment
    stranger = s3_client(
        environment["CARTRIDGES_S3_ENDPOINT"], environment["CARTRIDGES_S3_ACCESS_KEY"], "wrong" * 8
    )
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        stranger.list_buckets()


def test_the_usual_port_is_left_to_whoever_has_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        usual = taken.getsockname()[1]
        assert PortChooser(tmp_path / "ports").choose("api", usual) != usual


def test_last_times_port_is_taken_again_when_it_is_free(tmp_path: Path) -> None:
    memory = tmp_path / "ports"
    first = PortChooser(memory, prefer_usual=False)
    port = first.choose("api")
    first.remember()
    assert PortChooser(memory, prefer_usual=False).choose("api") == port


def test_outside_services_are_used_instead_of_embedded_ones(backing: Backing, tmp_path: Path) -> None:
    outside = backing.environment
    with running_backing(tmp_path, outside) as plan:
        assert plan.names == ()
        for name in ("CARTRIDGES_DATABASE_URL", "CARTRIDGES_BROKER_URL", "CARTRIDGES_S3_ENDPOINT"):
            assert plan.environment[name] == outside[name]


def test_an_outside_store_without_keys_is_refused_by_name(tmp_path: Path) -> None:
    outside = {
        "CARTRIDGES_DATABASE_URL": "postgresql+psycopg://db.example/x",
        "CARTRIDGES_BROKER_URL": "redis://broker.example",
        "CARTRIDGES_S3_ENDPOINT": "s3.example:443",
    }
    with (
        pytest.raises(BackingSettingsError, match="CARTRIDGES_S3_ACCESS_KEY"),
        running_backing(tmp_path, outside),
    ):
        pass


def test_a_damaged_secrets_file_is_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text("{")
    with pytest.raises(SecretsFileError, match="restore it"):
        load_or_create(file)
    assert file.read_text() == "{"


def test_secrets_are_not_in_their_own_description(tmp_path: Path) -> None:
    credentials = load_or_create(tmp_path / "secrets.json")
    assert credentials.key_pepper not in f"{credentials} {credentials!r}"


def test_a_data_directory_of_the_first_release_is_brought_along(tmp_path: Path) -> None:
    """Its secrets lack the services' database passwords, its tables the row-level security."""
    secrets_file, key_file = tmp_path / "secrets.json", tmp_path / "first-key"
    with running_backing(tmp_path, {}, prefer_usual_ports=False) as plan:
        upgrade(plan.environment["CARTRIDGES_DATABASE_URL"], "0001")
        with database(plan) as connection:
            connection.execute("INSERT INTO tenants (id, name) VALUES ('ten_old', 'demo')")
            connection.execute(
                "INSERT INTO corpora (id, tenant_id, name) VALUES ('crp_old', 'ten_old', 'kept')"
            )
    old = json.loads(secrets_file.read_text())
    new = {name: old.pop(name) for name in ("api_database_password", "worker_database_password")}
    secrets_file.write_text(json.dumps(old))

    with running_backing(tmp_path, {}, prefer_usual_ports=False) as plan:
        migrate_with_first_key(plan.environment, key_file)
        as_api = {"CARTRIDGES_DATABASE_URL": plan.environment["CARTRIDGES_API_DATABASE_URL"]}
        with operator_session(as_api) as session:
            assert session.scalars(select(Corpus.id)).all() == []
            enter_tenant(session, "ten_old")
            assert session.scalars(select(Corpus.id)).all() == ["crp_old"]
    kept = json.loads(secrets_file.read_text())
    assert {name: kept.pop(name) for name in new} != new
    assert kept == old
    assert stat.S_IMODE(secrets_file.stat().st_mode) == 0o600


def test_an_operators_own_logins_are_left_as_they_are(backing: Backing, tmp_path: Path) -> None:
    own = {role.url_variable: f"postgresql+psycopg://theirs_{role.name}:secret@db.example/x" for role in Role}
    with running_backing(tmp_path, {**backing.environment, **own}) as plan:
        assert {name: plan.environment[name] for name in own} == own
        assert managed_logins(plan.environment) == ()


def test_limits_by_the_minute_are_kept_in_the_brokers_redis_unless_another_is_named(
    backing: Backing, tmp_path: Path
) -> None:
    outside = {**backing.environment}
    assert outside.pop("CARTRIDGES_LIMITS_REDIS_URL") == outside["CARTRIDGES_BROKER_URL"]
    for given, expected in (
        ({"CARTRIDGES_LIMITS_REDIS_URL": "redis://limits.example"}, "redis://limits.example"),
        ({"CARTRIDGES_BROKER_URL": "amqp://broker.example"}, None),
    ):
        with running_backing(tmp_path, outside | given) as plan:
            assert plan.environment.get("CARTRIDGES_LIMITS_REDIS_URL") == expected


@pytest.fixture
def modest_owner(backing: Backing) -> Iterator[str]:
    """The URL of a database whose owner is no superuser and may not make roles; a superuser made those before."""
    bring_up_to_date(backing.environment)
    name = new_id("own")
    url = make_url(backing.environment["CARTRIDGES_DATABASE_URL"])
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as superuser:
        superuser.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        superuser.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
        yield url.set(username=name, database=name).render_as_string(hide_password=False)
        superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        superuser.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_an_owner_who_may_not_make_roles_uses_those_that_are_there(modest_owner: str) -> None:
    own = {role.url_variable: "postgresql+psycopg://theirs@db.example/x" for role in Role}
    settings = {"CARTRIDGES_DATABASE_URL": modest_owner, **own}
    bring_up_to_date(settings)
    with operator_session(settings) as session:
        tenant = tenants.create(session, "acme")
        corpora.create(session, tenant.id, "handbook")
    with operator_session(settings) as session:  # the owner of the tables sees every tenant
        assert [row.name for row in session.scalars(select(Corpus))] == ["handbook"]


def test_an_owner_who_may_not_make_logins_is_told_what_a_superuser_has_to_do(modest_owner: str) -> None:
    settings = {"CARTRIDGES_DATABASE_URL": modest_owner}
    for role in Role:
        settings[role.url_variable] = service_login(modest_owner, role, "secret").url(modest_owner)
    with pytest.raises(RoleSetupError, match="As a superuser") as caught:
        bring_up_to_date(settings)
    assert "CARTRIDGES_WORKER_DATABASE_URL" in str(caught.value)
