"""API keys with scopes, an end and a predecessor; the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, enable

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
# What every key could do before there were scopes.
_ALL = "'{read,write,query,admin}'"


def upgrade() -> None:
    op.add_column(
        "api_keys", sa.Column("scopes", ARRAY(sa.Text), nullable=False, server_default=sa.text(_ALL))
    )
    op.add_column("api_keys", sa.Column("expires_at", _TIME))
    op.add_column("api_keys", sa.Column("replaces", sa.Text))
    op.create_check_constraint(
        "api_key_scopes", "api_keys", f"scopes <@ {_ALL}::text[] and cardinality(scopes) > 0"
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target_id", sa.Text, nullable=False, index=True),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
    )
    enable("audit_log")
    # Nobody who writes it changes it.
    allow_own("audit_log", API, "select", "insert")
    allow_own("audit_log", WORKER, "insert")


def downgrade() -> None:
    op.drop_table("audit_log")
    op.drop_constraint("api_key_scopes", "api_keys")
    for name in ("scopes", "expires_at", "replaces"):
        op.drop_column("api_keys", name)
