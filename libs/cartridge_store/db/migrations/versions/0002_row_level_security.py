"""Row-level security: services see the rows of the tenant that their transaction names, and nothing else.

Two exceptions, each a policy: the api finds one key by the prefix it presents, and workers find unfinished jobs.
Services of the revision before, which log in as the owner, work on: the owner is not bound.
"""

from alembic import op

from cartridge_store.db.migrations.row_security import API, WORKER, allow_own, allow_where, enable
from cartridge_store.db.roles import make_roles

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = ("tenants", "api_keys", "corpora", "documents", "training_jobs", "job_events", "cartridges")
# What an attempt writes: never whose the job is, nor what it is to make.
_ATTEMPTS = (
    "update (state, stage, attempt, worker, lease_expires_at, woken_at, progress, last_event, error_code, "
    "error_detail, cartridge_id, started_at, finished_at)"
)
_UNFINISHED = "state in ('queued', 'running')"


def upgrade() -> None:
    make_roles(op.get_bind())
    schema = op.get_bind().exec_driver_sql("select current_schema()").scalar_one()
    op.execute(f'grant usage on schema "{schema}" to {API}, {WORKER}')
    for table in _TABLES:
        enable(table)

    allow_own("tenants", API, "select", column="id")
    allow_own("api_keys", API, "select", "insert", "update")
    allow_where(
        "api_keys", API, "presented", ["select"], "prefix = current_setting('cartridges.key_prefix', true)"
    )
    allow_own("corpora", API, "select", "insert", "update", "delete")
    allow_own("documents", API, "select", "insert", "delete")
    allow_own("training_jobs", API, "select", "insert", "update", "delete")
    allow_own("job_events", API, "select", "insert")
    allow_own("cartridges", API, "select", "update", "delete")

    allow_own("documents", WORKER, "select")
    allow_own("training_jobs", WORKER, "select", _ATTEMPTS)
    allow_where("training_jobs", WORKER, "queue", ["select", "update"], _UNFINISHED)
    allow_own("job_events", WORKER, "select", "insert")
    allow_own("cartridges", WORKER, "select", "insert")


def downgrade() -> None:
    """The roles stay: they belong to the whole server."""
    for table in _TABLES:
        op.execute(f"alter table {table} disable row level security")
        op.execute(f"revoke all on {table} from {API}, {WORKER}")
    for table in _TABLES:
        op.execute(f"drop policy if exists {API}_own on {table}")
        op.execute(f"drop policy if exists {WORKER}_own on {table}")
    op.execute(f"drop policy {API}_presented_select on api_keys")
    for command in ("select", "update"):
        op.execute(f"drop policy {WORKER}_queue_{command} on training_jobs")
