"""How many workers a tenant gets for each one of another's, and what it has been given so far."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A tenant may be given a weight before it is given a worker.
    op.alter_column("tenant_turns", "served_at", nullable=True)
    op.add_column(
        "tenant_turns", sa.Column("weight", sa.SmallInteger, nullable=False, server_default=sa.text("1"))
    )
    op.create_check_constraint("tenant_weight", "tenant_turns", "weight between 1 and 100")
    for name in ("turn_begins", "turn_ends"):
        op.add_column("tenant_turns", sa.Column(name, sa.Double, nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    for name in ("turn_ends", "turn_begins"):
        op.drop_column("tenant_turns", name)
    op.drop_constraint("tenant_weight", "tenant_turns")
    op.drop_column("tenant_turns", "weight")
    op.execute("delete from tenant_turns where served_at is null")
    op.alter_column("tenant_turns", "served_at", nullable=False)
