"""Documents with a status; versions of a corpus, and which one a job learns; files that arrive in parts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, allow_where, enable

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_STATUS = "status in ('uploading', 'checking', 'ready', 'failed', 'expanded')"
# What the trainer says about a document: never whose it is, nor when it came.
_CHECKED = (
    "update (media_type, size_bytes, sha256, object_key, status, error_code, error_detail, tokens, added_in, "
    "removed_in, checks, check_due_at)"
)


def _document_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("status", sa.Text, nullable=False, server_default="ready"),
        sa.Column("error_code", sa.Text),
        sa.Column("error_detail", sa.Text),
        sa.Column("tokens", sa.BigInteger),
        sa.Column("archive_id", sa.Text),
        sa.Column("replaces", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("added_in", sa.Integer),
        sa.Column("removed_in", sa.Integer),
        sa.Column("expected_sha256", sa.Text),
        sa.Column("checks", sa.Integer, nullable=False, server_default="0"),
        sa.Column("check_due_at", _TIME),
    ]


def upgrade() -> None:
    op.add_column("corpora", sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")))
    for column in _document_columns():
        op.add_column("documents", column)
    op.alter_column("documents", "sha256", nullable=True)
    _make_versions()
    _make_uploads()
    op.add_column("training_jobs", sa.Column("corpus_version", sa.Integer))
    op.add_column("training_jobs", sa.Column("initialize_from", sa.Text))
    op.add_column("cartridges", sa.Column("corpus_version", sa.Integer))
    _give_first_versions()
    op.create_check_constraint("document_status", "documents", _STATUS)
    # What the release before adds while both run is ready at once, and part of every version.
    op.alter_column("documents", "added_in", server_default="1")
    op.create_index("documents_by_object", "documents", ["tenant_id", "object_key"])
    op.create_index(
        "documents_to_check", "documents", ["check_due_at"], postgresql_where=sa.text("status = 'checking'")
    )
    _grant()


def _make_versions() -> None:
    op.create_table(
        "corpus_versions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("corpus_id", sa.Text, sa.ForeignKey("corpora.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
        sa.UniqueConstraint("corpus_id", "number", name="one_corpus_version_a_number"),
    )
    enable("corpus_versions")
    for role in (API, WORKER):
        allow_own("corpus_versions", role, "select", "insert")


def _make_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text, primary_key=True),
        # No foreign keys: what has arrived outlives all rows until it is swept.
        sa.Column("tenant_id", sa.Text, nullable=False, index=True),
        sa.Column("corpus_id", sa.Text, nullable=False, index=True),
        sa.Column("document_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("multipart_id", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("part_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False, index=True),
        sa.Column("completed_at", _TIME),
    )
    enable("uploads")
    allow_own("uploads", API, "select", "insert", "update", "delete")
    # Row locks ask for the right to update something.
    allow_own("uploads", WORKER, "select", "update (expires_at)", "delete")
    allow_where("uploads", WORKER, "expired", ["select", "update", "delete"], "expires_at <= now()")


def _give_first_versions() -> None:
    """What a corpus holds now is its first version; jobs that have not ended learn it, as they would have."""
    op.execute("update documents set added_in = 1")
    op.execute(
        "insert into corpus_versions (id, tenant_id, corpus_id, number, documents, size_bytes) "
        "select 'ver_' || substr(c.id, 5), c.tenant_id, c.id, 1, count(*), sum(d.size_bytes) "
        "from corpora c join documents d on d.corpus_id = c.id group by c.id, c.tenant_id"
    )
    op.execute("update corpora set version = 1 where id in (select corpus_id from corpus_versions)")
    op.execute("update training_jobs set corpus_version = 1 where state in ('queued', 'running')")


def _grant() -> None:
    op.execute(f"grant update on documents to {API}")
    op.execute(f"grant insert, delete, {_CHECKED} on documents to {WORKER}")
    allow_where("documents", WORKER, "checking", ["select", "update"], "status = 'checking'")
    allow_own("corpora", WORKER, "select", "update (revision, version)")
    allow_own("quotas", WORKER, "select")
    op.execute(f"grant insert on object_deletions to {WORKER}")


def downgrade() -> None:
    """Documents that are not ready, and rows of removed ones, are unknown to the release before."""
    op.execute("delete from documents where status <> 'ready' or removed_in is not null")
    op.execute(f"revoke insert on object_deletions from {WORKER}")
    for table in ("quotas", "corpora"):
        op.execute(f"drop policy {WORKER}_own on {table}")
        op.execute(f"revoke all on {table} from {WORKER}")
    for command in ("select", "update"):
        op.execute(f"drop policy {WORKER}_checking_{command} on documents")
    op.execute(f"revoke insert, delete, update on documents from {WORKER}")
    op.execute(f"revoke update on documents from {API}")
    op.drop_index("documents_to_check", "documents")
    op.drop_index("documents_by_object", "documents")
    op.drop_column("cartridges", "corpus_version")
    op.drop_column("training_jobs", "initialize_from")
    op.drop_column("training_jobs", "corpus_version")
    op.drop_table("uploads")
    op.drop_table("corpus_versions")
    op.alter_column("documents", "sha256", nullable=False)
    op.drop_constraint("document_status", "documents")
    for column in reversed(_document_columns()):
        op.drop_column("documents", column.name)
    op.drop_column("corpora", "version")
