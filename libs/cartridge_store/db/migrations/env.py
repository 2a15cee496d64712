"""Alembic's entry: migrations run on the connection that `cartridge_store.db.migrate` brings."""

from alembic import context

from cartridge_store.db.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
with context.begin_transaction():
    context.run_migrations()
