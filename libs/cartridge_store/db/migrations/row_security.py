"""What migrations say about row-level security, in the words of this project.

Settings that a transaction has not made are NULL or empty, and no id is either: nothing is seen.
"""

from collections.abc import Sequence

from alembic import op

API = "cartridges_api"
WORKER = "cartridges_worker"
OWN = "{column} = current_setting('cartridges.tenant_id', true)"
PERSONAL = "{column} = current_setting('cartridges.person_id', true)"


def enable(table: str) -> None:
    """From here on only the owner sees rows of `table` that no policy shows."""
    op.execute(f"alter table {table} enable row level security")


def allow_own(table: str, role: str, *commands: str, column: str = "tenant_id") -> None:
    """Let `role` do `commands` (`select`, `insert`, `update`, `update (a, b)`, `delete`) on its tenant's rows."""
    _allow(table, role, commands, OWN.format(column=column))


def allow_person(table: str, role: str, *commands: str, column: str = "person_id") -> None:
    """Let `role` do `commands` on the rows of the person whom the transaction names."""
    _allow(table, role, commands, PERSONAL.format(column=column))


def _allow(table: str, role: str, commands: Sequence[str], condition: str) -> None:
    op.execute(f"grant {', '.join(commands)} on {table} to {role}")
    op.execute(f"create policy {role}_own on {table} to {role} using ({condition}) with check ({condition})")


def allow_where(table: str, role: str, name: str, commands: Sequence[str], condition: str) -> None:
    """Let `role` do `commands` on the rows that fulfil `condition`, whose ever they are."""
    for command in commands:
        op.execute(
            f"create policy {role}_{name}_{command} on {table} for {command} to {role} using ({condition})"
        )
