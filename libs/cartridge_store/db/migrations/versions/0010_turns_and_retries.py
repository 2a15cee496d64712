"""When a job may be tried again, how urgent it is to its tenant, and when each tenant last had a worker."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import WORKER, allow_own, allow_where, enable

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("training_jobs", sa.Column("not_before", _TIME))
    op.add_column(
        "training_jobs", sa.Column("priority", sa.SmallInteger, nullable=False, server_default=sa.text("0"))
    )
    op.create_check_constraint("job_priority", "training_jobs", "priority between -1 and 1")
    op.execute(f"grant update (not_before) on training_jobs to {WORKER}")
    op.create_table(
        "tenant_turns",
        sa.Column("tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("served_at", _TIME, nullable=False),
    )
    enable("tenant_turns")
    allow_own("tenant_turns", WORKER, "select", "insert", "update")
    allow_where("tenant_turns", WORKER, "queue", ["select"], "true")


def downgrade() -> None:
    op.drop_table("tenant_turns")
    op.execute(f"revoke update (not_before) on training_jobs from {WORKER}")
    op.drop_constraint("job_priority", "training_jobs")
    op.drop_column("training_jobs", "priority")
    op.drop_column("training_jobs", "not_before")
