"""The trainer's side of documents: those that have arrived are taken, judged, and made ready or refused.

`checks` is a fencing token: whoever judges a document writes only while its own number stands there.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import corpora, deletions, documents, versions
from cartridge_store.db.repositories.storable import storable_text
from cartridge_store.db.scope import enter_tenant
from cartridge_store.db.tables import Document, DocumentStatus
from cartridge_store.errors import NotFoundError


@dataclass(frozen=True)
class TakenDocument:
    """A document as somebody took it to judge it."""

    id: str
    tenant_id: str
    corpus_id: str
    name: str
    media_type: str
    size_bytes: int
    object_key: str
    expected_sha256: str | None
    replaces: bool
    check: int

    @classmethod
    def of(cls, row: Document) -> Self:
        return cls(
            id=row.id,
            tenant_id=row.tenant_id,
            corpus_id=row.corpus_id,
            name=row.name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            object_key=row.object_key,
            expected_sha256=row.expected_sha256,
            replaces=row.replaces,
            check=row.checks,
        )


@dataclass(frozen=True)
class KeptText:
    """The text of a document, stored already."""

    object_key: str
    size_bytes: int
    sha256: str


def take(session: Session, seconds: float) -> TakenDocument | None:
    """A document that is due, for so many seconds, of a tenant by lot: many files of one do not hold up another's."""
    now = clock.now(session)
    is_due = (Document.status == DocumentStatus.CHECKING) & (Document.check_due_at <= now)
    waiting = select(Document.tenant_id).where(is_due).distinct().subquery()
    tenant_id = session.scalars(select(waiting.c.tenant_id).order_by(func.random()).limit(1)).first()
    query = (
        select(Document)
        .where(is_due, Document.tenant_id == tenant_id)
        .order_by(Document.check_due_at, Document.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        return None
    row.checks += 1
    row.check_due_at = now + timedelta(seconds=seconds)
    session.flush()
    return TakenDocument.of(row)


def extend(session: Session, taken: TakenDocument, seconds: float) -> None:
    """Go on with it for so many seconds, or let it be taken again then. Raises `NotFoundError` where it is gone or in other hands."""
    _owned(session, taken).check_due_at = clock.now(session) + timedelta(seconds=seconds)
    session.flush()


def make_ready(session: Session, taken: TakenDocument, text: KeptText) -> None:
    """Let its text be learned from, in a new version of the corpus. Raises as `extend`."""
    corpus = corpora.get(session, taken.tenant_id, taken.corpus_id, for_update=True)
    row = _owned(session, taken)
    _drop_file(session, row)
    row.object_key, row.size_bytes, row.sha256 = text.object_key, text.size_bytes, text.sha256
    row.added_in = versions.begin(corpus)
    row.status, row.check_due_at = DocumentStatus.READY, None
    documents.give_way(session, corpus, [row])
    versions.finish(session, corpus)


def refuse(session: Session, taken: TakenDocument, code: str, detail: str) -> None:
    """Note why it is not taken; its file goes. Raises as `extend`."""
    corpus = corpora.get(session, taken.tenant_id, taken.corpus_id, for_update=True)
    row = _owned(session, taken)
    _drop_file(session, row)
    row.status, row.check_due_at = DocumentStatus.FAILED, None
    row.error_code, row.error_detail = code, storable_text(detail)
    corpus.revision += 1
    session.flush()


def make_expanded(session: Session, taken: TakenDocument) -> None:
    """Note that all that the archive holds has become documents of their own; its file goes. Raises as `extend`."""
    corpus = corpora.get(session, taken.tenant_id, taken.corpus_id, for_update=True)
    row = _owned(session, taken)
    _drop_file(session, row)
    row.status, row.check_due_at = DocumentStatus.EXPANDED, None
    corpus.revision += 1
    session.flush()


def names_out_of(session: Session, taken: TakenDocument) -> set[str]:
    """Names of what an earlier try at this archive has made documents of."""
    query = select(Document.name).where(
        Document.tenant_id == taken.tenant_id, Document.archive_id == taken.id
    )
    return set(session.scalars(query))


def _owned(session: Session, taken: TakenDocument) -> Document:
    query = select(Document).where(
        Document.id == taken.id,
        Document.tenant_id == taken.tenant_id,
        Document.checks == taken.check,
        Document.status == DocumentStatus.CHECKING,
    )
    enter_tenant(session, taken.tenant_id)
    row = session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFoundError(f"document {taken.id} is gone, or in other hands")
    return row


def _drop_file(session: Session, row: Document) -> None:
    deletions.promise_unless_used(session, row.tenant_id, [row.object_key], deletions.AT_ONCE)
