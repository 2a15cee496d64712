"""People: accounts, passwords, identities at an OpenID provider, sessions, memberships and invitations.

A person belongs to no tenant. The api sees of people the one whom a transaction names, the one whose e-mail address
or identity is presented, and those who share a tenant with it; of sessions and invitations besides, the one whose
secret's hash is presented. Passwords are seen by nobody but their person.
"""

import sqlalchemy as sa
from alembic import op

from cartridge_store.db.migrations.row_security import API, allow_own, allow_person, allow_where, enable

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_TABLES = ("people", "passwords", "identities", "person_sessions", "memberships", "invitations")
_ROLES = "role in ('owner', 'admin', 'member', 'viewer')"


def _setting(name: str) -> str:
    return f"current_setting('cartridges.{name}', true)"


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})  # type: ignore[arg-type]


def _tenant() -> sa.Column[str]:
    return sa.Column(
        "tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False, index=True
    )


def _person(**options: object) -> sa.Column[str]:
    owner = sa.ForeignKey("people.id", ondelete="CASCADE")
    return sa.Column("person_id", sa.Text, owner, **{"nullable": False, **options})  # type: ignore[arg-type]


def _created(name: str = "created_at") -> sa.Column[object]:
    return sa.Column(name, _TIME, server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "people",
        _text("id", primary_key=True),
        _text("email", unique=True),
        _text("name"),
        _created(),
        sa.CheckConstraint("email = lower(email) and email <> ''", name="person_email"),
    )
    op.create_table("passwords", _person(primary_key=True), _text("hash"), _created("changed_at"))
    op.create_table(
        "identities",
        _text("issuer", primary_key=True),
        _text("subject", primary_key=True),
        _person(index=True),
        _created(),
    )
    op.create_table(
        "person_sessions",
        _text("id", primary_key=True),
        _person(index=True),
        _text("hash", unique=True),
        sa.Column("active_tenant_id", sa.Text, sa.ForeignKey("tenants.id", ondelete="SET NULL"), index=True),
        _text("user_agent"),
        _created(),
        _created("last_used_at"),
        sa.Column("expires_at", _TIME, nullable=False),
    )
    op.create_table(
        "memberships",
        _text("id", primary_key=True),
        _tenant(),
        _person(index=True),
        _text("role"),
        _created(),
        sa.UniqueConstraint("tenant_id", "person_id", name="one_membership_a_tenant"),
        sa.CheckConstraint(_ROLES, name="membership_role"),
    )
    op.create_table(
        "invitations",
        _text("id", primary_key=True),
        _tenant(),
        _text("email"),
        _text("role"),
        _text("hash", unique=True),
        _text("invited_by"),
        _created(),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("accepted_at", _TIME),
        sa.Column("revoked_at", _TIME),
        sa.CheckConstraint(_ROLES, name="invitation_role"),
    )
    for table in _TABLES:
        enable(table)

    allow_person("people", API, "select", "insert", "update (name)", column="id")
    allow_where("people", API, "presented", ["select"], f"email = {_setting('email')}")
    fellow = f"m.person_id = people.id and m.tenant_id = {_setting('tenant_id')}"
    allow_where("people", API, "fellow", ["select"], f"exists (select from memberships m where {fellow})")

    allow_person("passwords", API, "select", "insert", "update (hash, changed_at)", "delete")

    allow_person("identities", API, "select", "insert")
    identity = f"issuer = {_setting('issuer')} and subject = {_setting('subject')}"
    allow_where("identities", API, "presented", ["select"], identity)

    allow_person(
        "person_sessions", API, "select", "insert", "update (hash, active_tenant_id, last_used_at)", "delete"
    )
    session = f"hash = {_setting('session_hash')}"
    allow_where("person_sessions", API, "presented", ["select"], session)

    allow_own("memberships", API, "select", "insert", "update (role)", "delete")
    mine = f"person_id = {_setting('person_id')}"
    allow_where("memberships", API, "person", ["select"], mine)
    joined = f"m.tenant_id = tenants.id and m.{mine}"
    allow_where("tenants", API, "joined", ["select"], f"exists (select from memberships m where {joined})")

    allow_own("invitations", API, "select", "insert", "update (accepted_at, revoked_at)")
    invitation = f"hash = {_setting('invitation_hash')}"
    allow_where("invitations", API, "presented", ["select"], invitation)


def downgrade() -> None:
    op.execute(f"drop policy {API}_joined_select on tenants")
    op.execute(f"drop policy {API}_fellow_select on people")
    for table in reversed(_TABLES):
        op.drop_table(table)
