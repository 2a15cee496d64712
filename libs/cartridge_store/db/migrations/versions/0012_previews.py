"""Previews: jobs that compact a corpus without training, and the cartridges that they make."""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import WORKER, allow_where

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WAITING = "preview_due_at is not null"
_UNDER_WAY_OR_MADE = "kind = 'preview' and state in ('queued', 'running', 'succeeded')"


def upgrade() -> None:
    op.add_column("training_jobs", sa.Column("kind", sa.Text, nullable=False, server_default="train"))
    op.create_check_constraint("job_kind", "training_jobs", "kind in ('train', 'preview')")
    op.create_index(
        "one_preview_a_corpus_version",
        "training_jobs",
        ["corpus_id", "corpus_version", "base_model"],
        unique=True,
        postgresql_where=sa.text(_UNDER_WAY_OR_MADE),
    )
    op.add_column("cartridges", sa.Column("kind", sa.Text, nullable=False, server_default="trained"))
    op.create_check_constraint("cartridge_kind", "cartridges", "kind in ('trained', 'preview')")
    op.create_index("cartridges_of_corpus", "cartridges", ["tenant_id", "corpus_id"])
    # Corpora that were there before are left alone: a preview follows their next change.
    op.add_column("corpora", sa.Column("preview_due_at", sa.DateTime(timezone=True)))
    op.create_index("corpora_to_preview", "corpora", ["preview_due_at"], postgresql_where=sa.text(_WAITING))
    op.execute(f"grant update (preview_due_at) on corpora to {WORKER}")
    allow_where("corpora", WORKER, "previews", ["select", "update"], _WAITING)
    op.execute(f"grant insert on training_jobs to {WORKER}")
    # Previews that newer ones have taken the place of go with the publication that comes after them.
    op.execute(f"grant delete on cartridges to {WORKER}")


def downgrade() -> None:
    op.execute(f"revoke delete on cartridges from {WORKER}")
    op.execute(f"revoke insert on training_jobs from {WORKER}")
    for command in ("select", "update"):
        op.execute(f"drop policy {WORKER}_previews_{command} on corpora")
    op.execute(f"revoke update (preview_due_at) on corpora from {WORKER}")
    op.drop_index("corpora_to_preview", "corpora")
    op.drop_column("corpora", "preview_due_at")
    op.execute("delete from cartridges where kind = 'preview'")
    op.execute("delete from training_jobs where kind = 'preview'")
    op.drop_index("cartridges_of_corpus", "cartridges")
    op.drop_constraint("cartridge_kind", "cartridges")
    op.drop_column("cartridges", "kind")
    op.drop_index("one_preview_a_corpus_version", "training_jobs")
    op.drop_constraint("job_kind", "training_jobs")
    op.drop_column("training_jobs", "kind")
