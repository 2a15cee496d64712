"""The tables."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cartridge_store.members import MemberRole


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self not in {JobState.QUEUED, JobState.RUNNING}


class DesiredState(StrEnum):
    RUN = "run"
    CANCEL = "cancel"


class JobKind(StrEnum):
    """What a job makes: a trained cartridge, or a preview of one, compacted from the text without training."""

    TRAIN = "train"
    PREVIEW = "preview"


class CartridgeKind(StrEnum):
    """How a cartridge was made. A preview stands in until the corpus has a trained one."""

    TRAINED = "trained"
    PREVIEW = "preview"


class CartridgeStatus(StrEnum):
    READY = "ready"
    NEEDS_REVIEW = "needs_review"


class DocumentStatus(StrEnum):
    """`ready` documents alone are learned from; an `expanded` one is an archive that others came out of."""

    UPLOADING = "uploading"
    CHECKING = "checking"
    READY = "ready"
    FAILED = "failed"
    EXPANDED = "expanded"


class EnumText(TypeDecorator[StrEnum]):
    """A text column that Python sees as the members of an enumeration."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.members(value)


class Table(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own form
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        JobState: EnumText(JobState),
        DesiredState: EnumText(DesiredState),
        JobKind: EnumText(JobKind),
        CartridgeKind: EnumText(CartridgeKind),
        CartridgeStatus: EnumText(CartridgeStatus),
        DocumentStatus: EnumText(DocumentStatus),
        MemberRole: EnumText(MemberRole),
    }


def _tenant() -> Mapped[str]:
    return mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)


def _now() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())


class Tenant(Table):
    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = _now()


class ApiKey(Table):
    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint(
            "scopes <@ '{read,write,query,admin}'::text[] and cardinality(scopes) > 0", name="api_key_scopes"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(server_default=text("'{read,write,query,admin}'"))
    expires_at: Mapped[datetime | None]
    replaces: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Corpus(Table):
    """`revision` counts changes of the corpus and of its documents, `version` those of what is learned from it.

    `preview_due_at`: when a preview of the present version may be ordered; NULL when there is nothing to order.
    """

    __tablename__ = "corpora"
    __table_args__ = (
        Index("corpora_to_preview", "preview_due_at", postgresql_where="preview_due_at is not null"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    name: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    version: Mapped[int] = mapped_column(server_default=text("0"))
    preview_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()


class CorpusVersion(Table):
    """What a corpus held once. Its documents are those with `added_in <= number < removed_in`."""

    __tablename__ = "corpus_versions"
    __table_args__ = (UniqueConstraint("corpus_id", "number", name="one_corpus_version_a_number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    corpus_id: Mapped[str] = mapped_column(ForeignKey("corpora.id", ondelete="CASCADE"))
    number: Mapped[int]
    documents: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = _now()


class Document(Table):
    """A file of a corpus. Until it is ready, `object_key` names the file as it came; then its text as UTF-8.

    A document that was once learned from and was removed stays as a row, so that versions can tell what they held.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint(
            "status in ('uploading', 'checking', 'ready', 'failed', 'expanded')", name="document_status"
        ),
        Index("documents_by_object", "tenant_id", "object_key"),
        Index("documents_to_check", "check_due_at", postgresql_where="status = 'checking'"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    corpus_id: Mapped[str] = mapped_column(ForeignKey("corpora.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    object_key: Mapped[str]
    status: Mapped[DocumentStatus] = mapped_column(default=DocumentStatus.READY)
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    tokens: Mapped[int | None] = mapped_column(BigInteger)
    archive_id: Mapped[str | None]
    replaces: Mapped[bool] = mapped_column(default=False)
    added_in: Mapped[int | None]
    removed_in: Mapped[int | None]
    expected_sha256: Mapped[str | None]
    checks: Mapped[int] = mapped_column(default=0)
    check_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = _now()


class Upload(Table):
    """A file on its way in parts. No foreign keys: what has arrived of it outlives all rows until it is swept."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(index=True)
    corpus_id: Mapped[str] = mapped_column(index=True)
    document_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    object_key: Mapped[str]
    multipart_id: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    part_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = _now()
    expires_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]


class TrainingJob(Table):
    """`attempt` is a fencing token: whoever works on the job writes only while its own number stands here."""

    __tablename__ = "training_jobs"
    __table_args__ = (
        CheckConstraint(
            "state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="job_state"
        ),
        CheckConstraint("desired_state in ('run', 'cancel')", name="job_desired_state"),
        CheckConstraint("priority between -1 and 1", name="job_priority"),
        CheckConstraint("kind in ('train', 'preview')", name="job_kind"),
        Index(
            "one_preview_a_corpus_version",
            "corpus_id",
            "corpus_version",
            "base_model",
            unique=True,
            postgresql_where="kind = 'preview' and state in ('queued', 'running', 'succeeded')",
        ),
        Index("training_jobs_unfinished", "state", postgresql_where="state in ('queued', 'running')"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    corpus_id: Mapped[str] = mapped_column(index=True)
    corpus_version: Mapped[int | None]
    initialize_from: Mapped[str | None]
    kind: Mapped[JobKind] = mapped_column(default=JobKind.TRAIN)
    name: Mapped[str]
    recipe: Mapped[dict[str, Any]]
    base_model: Mapped[str]
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    desired_state: Mapped[DesiredState] = mapped_column(default=DesiredState.RUN)
    stage: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_event: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    cartridge_id: Mapped[str | None]
    request_id: Mapped[str | None]
    retry_of: Mapped[str | None]
    created_at: Mapped[datetime] = _now()
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class TenantTurn(Table):
    """What a tenant was given of the workers' time. `weight`: workers for each one of a tenant of weight 1.

    `turn_begins` and `turn_ends` are of the last turn, in turns of a tenant of weight 1 since the beginning.
    """

    __tablename__ = "tenant_turns"
    __table_args__ = (CheckConstraint("weight between 1 and 100", name="tenant_weight"),)

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    served_at: Mapped[datetime | None]
    weight: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    turn_begins: Mapped[float] = mapped_column(Double, server_default=text("0"))
    turn_ends: Mapped[float] = mapped_column(Double, server_default=text("0"))


class JobEvent(Table):
    __tablename__ = "job_events"

    job_id: Mapped[str] = mapped_column(ForeignKey("training_jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[str] = _tenant()
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _now()


class SynthesisShard(Table):
    """A piece of an unfinished job's self-study. `attempt` is a fencing token, as a job's is.

    A reserved one is made by its job's own worker alone. `tokens` and `seconds` are what making it took.
    """

    __tablename__ = "synthesis_shards"
    __table_args__ = (CheckConstraint("stream in ('train', 'held_out')", name="shard_stream"),)

    tenant_id: Mapped[str] = _tenant()
    job_id: Mapped[str] = mapped_column(ForeignKey("training_jobs.id", ondelete="CASCADE"), primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_made: Mapped[bool] = mapped_column(default=False)
    is_reserved: Mapped[bool] = mapped_column(default=False)
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    woken_at: Mapped[datetime | None]
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds: Mapped[float] = mapped_column(Double, default=0.0)


class StudiedChunk(Table):
    """A piece of the corpus that self-study shows to the teacher; `position` counts characters of its document."""

    __tablename__ = "studied_chunks"

    tenant_id: Mapped[str] = _tenant()
    job_id: Mapped[str] = mapped_column(ForeignKey("training_jobs.id", ondelete="CASCADE"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    position: Mapped[int]
    text: Mapped[str]


class StudiedConversation(Table):
    """A synthesized exchange. `chunk_index` is NULL where it is about nothing in the corpus."""

    __tablename__ = "studied_conversations"
    __table_args__ = (
        CheckConstraint("stream in ('train', 'held_out')", name="conversation_stream"),
        Index("studied_conversations_of_job", "job_id", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    job_id: Mapped[str] = mapped_column(ForeignKey("training_jobs.id", ondelete="CASCADE"))
    stream: Mapped[str]
    shard: Mapped[int]
    chunk_index: Mapped[int | None]
    kind: Mapped[str]
    question: Mapped[str]
    answer: Mapped[str]
    created_at: Mapped[datetime] = _now()


class CartridgeRow(Table):
    __tablename__ = "cartridges"
    __table_args__ = (
        UniqueConstraint("job_id", name="one_cartridge_a_job"),
        CheckConstraint("kind in ('trained', 'preview')", name="cartridge_kind"),
        Index("cartridges_of_corpus", "tenant_id", "corpus_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    corpus_id: Mapped[str]
    corpus_version: Mapped[int | None]
    job_id: Mapped[str]
    kind: Mapped[CartridgeKind] = mapped_column(default=CartridgeKind.TRAINED)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    object_key: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int]
    base_model: Mapped[str]
    model_fingerprint: Mapped[str]
    status: Mapped[CartridgeStatus]
    report: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = _now()


class AuditEntry(Table):
    __tablename__ = "audit_log"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    actor: Mapped[str]
    actor_id: Mapped[str | None]
    action: Mapped[str]
    target_id: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
    created_at: Mapped[datetime] = _now()


class IdempotencyKey(Table):
    """`answer` is NULL only inside the transaction that makes what it will tell of."""

    __tablename__ = "idempotency_keys"

    tenant_id: Mapped[str] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = _now()


class QuotaRow(Table):
    __tablename__ = "quotas"
    __table_args__ = (CheckConstraint("amount >= 0", name="quota_amount"),)

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class UsageRow(Table):
    """`source` is what used it: an answer's id, a job's, or a job's with the attempt."""

    __tablename__ = "usage"
    __table_args__ = (Index("usage_by_time", "tenant_id", "created_at"),)

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[float] = mapped_column(Double)
    created_at: Mapped[datetime] = _now()


class ObjectDeletion(Table):
    """Objects whose keys begin with `prefix` are to be deleted. No foreign key: it outlives the tenant's row."""

    __tablename__ = "object_deletions"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(index=True)
    prefix: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)


_MEMBER_ROLES = "role in ('owner', 'admin', 'member', 'viewer')"


def _person() -> Mapped[str]:
    return mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)


class Person(Table):
    """Somebody with an account. People belong to no tenant; memberships say where they may do what."""

    __tablename__ = "people"
    __table_args__ = (CheckConstraint("email = lower(email) and email <> ''", name="person_email"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = _now()


class Password(Table):
    """Apart from the person: whoever shares a tenant with somebody sees the account and not this."""

    __tablename__ = "passwords"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[datetime] = _now()


class Identity(Table):
    """Whose account an OpenID provider's subject opens."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = _person()
    created_at: Mapped[datetime] = _now()


class PersonSession(Table):
    """A browser in which a person is signed in; `hash` is of the secret in its cookie."""

    __tablename__ = "person_sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = _person()
    hash: Mapped[str] = mapped_column(unique=True)
    active_tenant_id: Mapped[str | None] = mapped_column(
        ForeignKey("tenants.id", ondelete="SET NULL"), index=True
    )
    user_agent: Mapped[str]
    created_at: Mapped[datetime] = _now()
    last_used_at: Mapped[datetime] = _now()
    expires_at: Mapped[datetime]


class Membership(Table):
    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("tenant_id", "person_id", name="one_membership_a_tenant"),
        CheckConstraint(_MEMBER_ROLES, name="membership_role"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    person_id: Mapped[str] = _person()
    role: Mapped[MemberRole]
    created_at: Mapped[datetime] = _now()


class Invitation(Table):
    """`hash` is of the secret in the invitation's link; `invited_by` names a person, a key or the operator."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint(_MEMBER_ROLES, name="invitation_role"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = _tenant()
    email: Mapped[str]
    role: Mapped[MemberRole]
    hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[str]
    created_at: Mapped[datetime] = _now()
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
