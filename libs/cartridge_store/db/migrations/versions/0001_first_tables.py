"""Tenants, keys, corpora, documents, training jobs with events, cartridges."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})  # type: ignore[arg-type]


def _tenant() -> sa.Column[str]:
    return sa.Column(
        "tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False, index=True
    )


def _created() -> sa.Column[object]:
    return sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table("tenants", _text("id", primary_key=True), _text("name", unique=True), _created())
    op.create_table(
        "api_keys",
        _text("id", primary_key=True),
        _tenant(),
        _text("name"),
        _text("prefix", unique=True),
        _text("hash"),
        _created(),
        sa.Column("last_used_at", _TIME),
        sa.Column("revoked_at", _TIME),
    )
    op.create_table("corpora", _text("id", primary_key=True), _tenant(), _text("name"), _created())
    op.create_table(
        "documents",
        _text("id", primary_key=True),
        _tenant(),
        sa.Column(
            "corpus_id", sa.Text, sa.ForeignKey("corpora.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        _text("name"),
        _text("media_type"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        _text("sha256"),
        _text("object_key"),
        _created(),
    )
    op.create_table(
        "training_jobs",
        _text("id", primary_key=True),
        _tenant(),
        _text("corpus_id", index=True),
        _text("name"),
        sa.Column("recipe", JSONB, nullable=False),
        _text("base_model"),
        _text("state"),
        _text("desired_state"),
        _text("stage", nullable=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        _text("worker", nullable=True),
        sa.Column("lease_expires_at", _TIME),
        sa.Column("woken_at", _TIME),
        sa.Column("progress", JSONB, nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        _text("error_code", nullable=True),
        _text("error_detail", nullable=True),
        _text("cartridge_id", nullable=True),
        _created(),
        sa.Column("started_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="job_state"
        ),
        sa.CheckConstraint("desired_state in ('run', 'cancel')", name="job_desired_state"),
    )
    op.create_index(
        "training_jobs_unfinished",
        "training_jobs",
        ["state"],
        postgresql_where=sa.text("state in ('queued', 'running')"),
    )
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.Text, sa.ForeignKey("training_jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        _tenant(),
        _text("type"),
        sa.Column("data", JSONB, nullable=False),
        _created(),
    )
    op.create_table(
        "cartridges",
        _text("id", primary_key=True),
        _tenant(),
        _text("corpus_id"),
        _text("job_id"),
        _text("name"),
        _text("digest", index=True),
        _text("object_key"),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        _text("base_model"),
        _text("model_fingerprint"),
        _text("status"),
        sa.Column("report", JSONB, nullable=False),
        _created(),
        sa.UniqueConstraint("job_id", name="one_cartridge_a_job"),
    )


def downgrade() -> None:
    for name in ("cartridges", "job_events", "training_jobs", "documents", "corpora", "api_keys", "tenants"):
        op.drop_table(name)
