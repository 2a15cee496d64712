"""Places of their own on the session's servers: a new database and a new bucket each."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from cartridge_store.db.roles import Role, service_login
from cartridge_store.ids import new_id
from tests.conftest import Backing

Environment = dict[str, str]


def new_database(environment: Environment) -> Environment:
    """The settings with a database in it that nobody has used."""
    owner = make_url(environment["CARTRIDGES_DATABASE_URL"])
    name = new_id("db")
    plain = owner.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    url = owner.set(database=name).render_as_string(hide_password=False)
    logins = {role.url_variable: service_login(url, role, "a word").url(url) for role in Role}
    return environment | {"CARTRIDGES_DATABASE_URL": url} | logins


@pytest.fixture
def new_place(backing: Backing) -> Callable[[], Environment]:
    """Settings that name an empty database and an empty bucket, the same servers and secrets."""

    def make() -> Environment:
        bucket = new_id("bucket").replace("_", "-")
        return new_database(backing.environment) | {"CARTRIDGES_S3_BUCKET": bucket}

    return make
