"""What self-study wrote, readable beside the chunks it is about; which job another one tries again."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, enable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _of_job() -> list[sa.Column[str]]:
    return [
        sa.Column("tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("job_id", sa.Text, sa.ForeignKey("training_jobs.id", ondelete="CASCADE"), nullable=False),
    ]  # fmt: skip


def upgrade() -> None:
    op.add_column("training_jobs", sa.Column("retry_of", sa.Text))
    op.create_table(
        "studied_chunks",
        *_of_job(),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "index"),
    )
    op.create_table(
        "studied_conversations",
        sa.Column("id", sa.Text, primary_key=True),
        *_of_job(),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("chunk_index", sa.Integer),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("stream in ('train', 'held_out')", name="conversation_stream"),
    )
    op.create_index("studied_conversations_of_job", "studied_conversations", ["job_id", "id"])
    for table in ("studied_chunks", "studied_conversations"):
        enable(table)
        allow_own(table, API, "select")
        # A shard that cannot be read is made again, and takes the place of what it was.
        allow_own(table, WORKER, "select", "insert", "delete")


def downgrade() -> None:
    for table in ("studied_conversations", "studied_chunks"):
        op.drop_table(table)
    op.drop_column("training_jobs", "retry_of")
