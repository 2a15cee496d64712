"""An upgrade keeps every row, and the release before works on beside the new tables: expand first, contract later."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from cartridge_store.db import migrate
from cartridge_store.db.roles import Role
from tests.conftest import REPOSITORY, Backing, new_database

# One of a column's words, in a check as Postgres writes it: (state = ANY (ARRAY['queued'::text, ...
ONE_OF = re.compile(r"\((\w+) = ANY \(ARRAY\['([^']+)'")
# Of a column that holds several: (scopes <@ '{read,write,query,admin}'::text[])
SOME_OF = re.compile(r"\((\w+) <@ '\{(\w+)")


@dataclass(frozen=True)
class Exemption:
    """What a revision does that the rule forbids, as the document for operators says."""

    unwritten: frozenset[str] = frozenset()
    taken_away: frozenset[str] = frozenset()


def _exemptions() -> dict[str, Exemption]:
    rows = re.findall(
        r"^\| (\d{4}) \| (.*?) ?\| (.*?) ?\|$", UPGRADE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {
        revision: Exemption(*(frozenset(re.findall(r"[\w.]+", cell)) for cell in cells))
        for revision, *cells in rows
    }


def _revisions() -> list[str]:
    """Every revision in its order."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


UPGRADE = REPOSITORY / "docs" / "operations" / "upgrade.md"
REVISIONS = _revisions()
EXEMPTIONS = _exemptions()


@dataclass(frozen=True)
class Column:
    kind: str
    nullable: bool
    default: bool


class Database:
    """A database of its own, seen as its owner sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)

    def columns(self) -> dict[str, Column]:
        query = sa.text(
            "select table_name || '.' || column_name, data_type, is_nullable = 'YES', column_default is not null "
            "from information_schema.columns where table_schema = 'public'"
        )
        with self.engine.connect() as connection:
            return {name: Column(*rest) for name, *rest in connection.execute(query)}

    def rights(self) -> set[tuple[str, ...]]:
        """What the services' roles may do, by table and column."""
        query = sa.text(
            "select grantee, table_name, column_name, privilege_type from information_schema.column_privileges "
            "where table_schema = 'public' and grantee = any(:roles)"
        )
        with self.engine.connect() as connection:
            found = connection.execute(query, {"roles": [role.value for role in Role]})
            return {tuple(row) for row in found}

    def tables(self) -> sa.MetaData:
        found = sa.MetaData()
        found.reflect(self.engine)
        found.remove(found.tables["alembic_version"])
        return found

    def allowed(self) -> dict[tuple[str, str], object]:
        """A value that checks allow, for the columns that have some."""
        query = sa.text(
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint where contype = 'c'"
        )
        found: dict[tuple[str, str], object] = {}
        with self.engine.connect() as connection:
            for table, check in connection.execute(query):
                found |= {(table, column): word for column, word in ONE_OF.findall(check)}
                found |= {(table, column): [word] for column, word in SOME_OF.findall(check)}
        return found

    def fill(self, tables: sa.MetaData, mark: str, *, without: frozenset[str] = frozenset()) -> None:
        """A row in every table but `without`, with no column but those that a writer of this schema must give."""
        allowed = self.allowed()
        with self.engine.begin() as connection:
            for table in tables.sorted_tables:
                if table.name in without:
                    continue
                values = {
                    column.name: allowed.get((table.name, column.name), _value(table, column, mark))
                    for column in table.columns
                    if column.primary_key
                    or (table.name, column.name) in allowed
                    or not (column.nullable or column.server_default is not None)
                }
                connection.execute(sa.insert(table).values(values))

    def rows(self, tables: sa.MetaData) -> dict[str, list[tuple[Any, ...]]]:
        """All rows, of the columns that `tables` has."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=str)
                for table in tables.sorted_tables
            }


def _value(table: sa.Table, column: sa.Column[Any], mark: str) -> object:
    for key in column.foreign_keys:
        return _value(key.column.table, key.column, mark)
    values: dict[type, object] = {
        bool: True,
        bytes: mark.encode(),
        datetime: sa.func.now(),
        object: {"mark": mark},  # what JSON may be
        float: 0.5,
        int: len(mark),
        list: [mark],
        str: f"{table.name}-{mark}",
    }
    return values[column.type.python_type]


@pytest.fixture
def database(backing: Backing) -> Iterator[Database]:
    made = Database(new_database(backing.environment)["CARTRIDGES_DATABASE_URL"])
    yield made
    made.engine.dispose()


def test_every_step_keeps_the_rows_and_the_columns_of_the_release_before(database: Database) -> None:
    first, *later = REVISIONS
    migrate.upgrade(database.url, first)
    for revision in later:
        exempt = EXEMPTIONS.get(revision, Exemption())
        tables, columns, rights = database.tables(), database.columns(), database.rights()
        database.fill(tables, f"before-{revision}")
        rows = database.rows(tables)
        migrate.upgrade(database.url, revision)
        after = database.columns()
        kept = {name for name in columns if name not in exempt.taken_away}
        assert kept <= set(after), f"{revision} takes columns away"
        changed = {name for name in kept if after[name].kind != columns[name].kind}
        assert changed == set(), f"{revision} changes types"
        narrowed = {name for name in kept if columns[name].nullable and not after[name].nullable}
        assert narrowed == set(), f"{revision} refuses what the release before writes"
        assert {right for right in rights if f"{right[1]}.{right[2]}" in kept} <= database.rights(), revision
        if exempt.taken_away:
            continue
        assert database.rows(tables) == rows, revision
        # The release before is still running while the new one comes up, and after a rollback.
        database.fill(tables, f"beside-{revision}", without=exempt.unwritten)


def test_exemptions_are_of_revisions_tables_and_columns_that_there_are(database: Database) -> None:
    assert set(EXEMPTIONS) <= set(REVISIONS)
    migrate.upgrade(database.url)
    present = set(database.tables().tables)
    for exempt in EXEMPTIONS.values():
        assert exempt.unwritten <= present


def test_a_database_at_the_revision_before_comes_to_the_present_one_with_its_rows(database: Database) -> None:
    before, present = REVISIONS[-2:]
    migrate.upgrade(database.url, before)
    tables = database.tables()
    database.fill(tables, "before")
    rows = database.rows(tables)
    migrate.upgrade(database.url)
    assert database.rows(tables) == rows
    with database.engine.connect() as connection:
        assert connection.scalar(sa.text("select version_num from alembic_version")) == present


def test_a_migration_that_fails_leaves_the_release_before_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps of one upgrade are one transaction: there is no half-migrated database to repair."""
    migrate.upgrade(database.url, REVISIONS[0])
    columns = database.columns()
    with database.engine.begin() as connection:
        # In the way of a table that a later revision makes.
        connection.execute(sa.text("create view usage as select 1 as x"))
    with pytest.raises(sa.exc.ProgrammingError, match="usage"):
        migrate.upgrade(database.url)
    with database.engine.begin() as connection:
        connection.execute(sa.text("drop view usage"))
    assert database.columns() == columns
    migrate.upgrade(database.url)
