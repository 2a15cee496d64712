"""The shards of a job's self-study, which several workers may make at a time."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, allow_where, enable

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "synthesis_shards",
        sa.Column(
            "tenant_id",
            sa.Text,
            sa.ForeignKey("tenants.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("job_id", sa.Text, sa.ForeignKey("training_jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("is_made", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_reserved", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("attempt", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("worker", sa.Text),
        sa.Column("lease_expires_at", _TIME),
        sa.Column("woken_at", _TIME),
        sa.Column("tokens", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("seconds", sa.Double, nullable=False, server_default=sa.text("0")),
        sa.CheckConstraint("stream in ('train', 'held_out')", name="shard_stream"),
        sa.PrimaryKeyConstraint("job_id", "stream", "shard"),
    )
    enable("synthesis_shards")
    allow_own("synthesis_shards", WORKER, "select", "insert", "update", "delete")
    # Who cancels a job that waits ends it.
    allow_own("synthesis_shards", API, "select", "delete")
    # Whoever has no job of its own looks whom it can help.
    allow_where("synthesis_shards", WORKER, "queue", ["select", "update"], "true")


def downgrade() -> None:
    op.drop_table("synthesis_shards")
