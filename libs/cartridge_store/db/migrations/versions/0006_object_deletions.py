"""Objects whose rows are gone, until they are gone themselves."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, allow_where, enable

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "object_deletions",
        sa.Column("id", sa.Text, primary_key=True),
        # No foreign key: a tenant's objects outlive its row by this one.
        sa.Column("tenant_id", sa.Text, nullable=False, index=True),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    enable("object_deletions")
    allow_own("object_deletions", API, "select", "insert")
    allow_own("object_deletions", WORKER, "select", "update (due_at)", "delete")
    allow_where("object_deletions", WORKER, "queue", ["select", "update", "delete"], "true")


def downgrade() -> None:
    op.drop_table("object_deletions")
