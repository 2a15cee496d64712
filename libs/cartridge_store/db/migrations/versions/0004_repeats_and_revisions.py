"""Answers kept under an `Idempotency-Key`; revisions of what can be changed; the request that ordered a job."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, allow_own, enable

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_REVISED = ("corpora", "cartridges")


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "tenant_id",
            sa.Text,
            sa.ForeignKey("tenants.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    enable("idempotency_keys")
    allow_own("idempotency_keys", API, "select", "insert", "update", "delete")
    for table in _REVISED:
        op.add_column(table, sa.Column("revision", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.add_column("training_jobs", sa.Column("request_id", sa.Text))


def downgrade() -> None:
    op.drop_column("training_jobs", "request_id")
    for table in _REVISED:
        op.drop_column(table, "revision")
    op.drop_table("idempotency_keys")
