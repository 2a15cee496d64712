"""Bringing a database to the present schema."""

from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from cartridge_store.db.roles import let_log_in, managed_logins

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number that nothing else locks: two processes that start at once must not migrate at once.
_LOCK = 4_206_266


def bring_up_to_date(settings: Mapping[str, str]) -> None:
    """Apply what is missing, as the owner whom CARTRIDGES_DATABASE_URL names, and let services log in.

    Raises `RoleSetupError`.
    """
    owner_url = settings["CARTRIDGES_DATABASE_URL"]
    upgrade(owner_url)
    for login in managed_logins(settings):
        let_log_in(owner_url, login)


def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply the migrations up to `revision` that are missing, as the tables' owner.

    Not through a transaction pooler: the lock belongs to the connection. Raises `RoleSetupError`.
    """
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
            try:
                config = Config()
                # The option is interpolated: a path may hold a percent sign.
                config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
            finally:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()
    finally:
        engine.dispose()
