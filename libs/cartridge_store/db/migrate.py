"""Bringing a database to the present schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number that nothing else locks: two processes that start at once must not migrate at once.
_LOCK = 4_206_266


def upgrade(database_url: str) -> None:
    """Apply every migration that is missing; nothing happens when there is none."""
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
                command.upgrade(config, "head")
            finally:
                connection.rollback()
                connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()
    finally:
        engine.dispose()
