"""What a tenant may use, and what it has used."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, enable

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "quotas",
        _tenant(),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount >= 0", name="quota_amount"),
    )
    op.create_table(
        "usage",
        _tenant(),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
    )
    op.create_index("usage_by_time", "usage", ["tenant_id", "created_at"])
    for table in ("quotas", "usage"):
        enable(table)
    # The operator alone sets quotas, as the owner of the tables.
    allow_own("quotas", API, "select")
    allow_own("usage", API, "select", "insert")
    allow_own("usage", WORKER, "select", "insert", "update (amount)")


def downgrade() -> None:
    for name in ("usage", "quotas"):
        op.drop_table(name)
