"""Documents of a corpus, and how they become part of its versions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select, true
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories import corpora, versions
from cartridge_store.db.repositories.inserts import insert_all
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import Corpus, Document, DocumentStatus
from cartridge_store.errors import NotFoundError


@dataclass(frozen=True)
class NewDocument:
    """A document whose bytes are stored already, or on their way to `object_key`."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str | None
    object_key: str
    status: DocumentStatus = DocumentStatus.READY
    replaces: bool = False
    archive_id: str | None = None
    error_code: str | None = None
    error_detail: str | None = None


@dataclass(frozen=True)
class CorpusSize:
    """Of what is learned from: documents, bytes and tokens, these None while some are not counted. Beside it, how
    many files are on their way, and how many were refused."""

    documents: int
    bytes: int
    tokens: int | None = None
    pending: int = 0
    failed: int = 0


def create(session: Session, tenant_id: str, corpus_id: str, document: NewDocument) -> Document:
    """One document: see `add`."""
    return add(session, tenant_id, corpus_id, [document])[0]


def add(session: Session, tenant_id: str, corpus_id: str, documents: Sequence[NewDocument]) -> list[Document]:
    """Documents of a corpus; those that are ready make one new version of it together.

    Raises `NotFoundError` where the tenant has no such corpus, `ConflictError` (`document_exists`).
    """
    corpus = corpora.get(session, tenant_id, corpus_id, for_update=True)
    is_ready = any(document.status is DocumentStatus.READY for document in documents)
    number = versions.begin(corpus) if is_ready else None
    rows = [_row(tenant_id, corpus_id, document, number) for document in documents]
    give_way(session, corpus, [row for row in rows if row.added_in is not None])
    insert_all(session, rows, "document_exists", "a document of that id exists")
    if number is None:
        corpus.revision += 1
        session.flush()
    else:
        versions.finish(session, corpus)
    return rows


def have_checked(session: Session, row: Document, sha256: str) -> None:
    """Let the trainer check a file that has arrived; its digest has to be `sha256`."""
    row.status, row.expected_sha256 = DocumentStatus.CHECKING, sha256
    row.check_due_at = clock.now(session)
    session.flush()


def get(
    session: Session, tenant_id: str, corpus_id: str, document_id: str, *, for_update: bool = False
) -> Document:
    """A document that was not removed. Raises `NotFoundError`."""
    query = _present(tenant_id, corpus_id).where(Document.id == document_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no document {document_id} in corpus {corpus_id}")
    return row


def list_page(
    session: Session,
    tenant_id: str,
    corpus_id: str,
    *,
    limit: int,
    after: str | None = None,
    status: DocumentStatus | None = None,
    version: int | None = None,
    name: str | None = None,
) -> Page[Document]:
    """Documents as they are now, or as a version held them."""
    query = _present(tenant_id, corpus_id) if version is None else _held(tenant_id, corpus_id, version)
    if status is not None:
        query = query.where(Document.status == status)
    if name is not None:
        query = query.where(Document.name == name)
    return read_page(session, query, Document.id, limit=limit, after=after)


def list_all(session: Session, tenant_id: str, corpus_id: str, version: int | None = None) -> list[Document]:
    """The documents of a version, or of the present one, in the order they came."""
    if version is None:
        query = _present(tenant_id, corpus_id).where(Document.status == DocumentStatus.READY)
    else:
        query = _held(tenant_id, corpus_id, version)
    return list(session.scalars(query.order_by(Document.id)))


def sizes(session: Session, tenant_id: str, corpus_ids: list[str]) -> dict[str, CorpusSize]:
    """The size of each corpus that has any document."""
    found = session.execute(_SIZES, {"tenant_id": tenant_id, "corpus_ids": corpus_ids})
    return {row.corpus_id: _size(row) for row in found}


def corpus_with_size(session: Session, tenant_id: str, corpus_id: str) -> tuple[Corpus, CorpusSize]:
    """A corpus and its size in one statement. Raises `NotFoundError`."""
    row = session.execute(_ONE_WITH_SIZE, {"tenant_id": tenant_id, "corpus_id": corpus_id}).first()
    if row is None:
        raise corpora.missing(corpus_id)
    return row.Corpus, _size(row)


def count_checking(session: Session, tenant_id: str, corpus_id: str) -> int:
    """How many files have arrived and are not judged yet."""
    query = select(func.count()).where(
        Document.tenant_id == tenant_id,
        Document.corpus_id == corpus_id,
        Document.status == DocumentStatus.CHECKING,
    )
    return session.scalar(query) or 0


def stored_bytes(session: Session, tenant_id: str, corpus_id: str) -> int:
    """Bytes that a corpus takes, of files on their way too."""
    query = select(func.coalesce(func.sum(Document.size_bytes), 0)).where(
        Document.tenant_id == tenant_id, Document.corpus_id == corpus_id, takes_room()
    )
    return int(session.scalar(query) or 0)


def takes_room() -> ColumnElement[bool]:
    """Documents whose bytes count: neither those of refused files nor of expanded archives are kept."""
    kept = Document.status.not_in([DocumentStatus.FAILED, DocumentStatus.EXPANDED])
    return and_(kept, Document.removed_in.is_(None))


def delete(session: Session, tenant_id: str, corpus_id: str, document_id: str) -> Document:
    """Take a document out of its corpus, in a new version where it was part of the present one.

    Raises `NotFoundError`.
    """
    corpus = corpora.get(session, tenant_id, corpus_id, for_update=True)
    row = get(session, tenant_id, corpus_id, document_id)
    if row.added_in is not None:
        row.removed_in = versions.begin(corpus)
        versions.finish(session, corpus)
        return row
    corpus.revision += 1
    session.flush()
    session.execute(delete_rows(Document).where(Document.id == document_id, Document.tenant_id == tenant_id))
    return row


def drop_unfinished(session: Session, tenant_id: str, document_id: str) -> None:
    """Delete a document whose file never came whole."""
    unfinished = delete_rows(Document).where(
        Document.id == document_id,
        Document.tenant_id == tenant_id,
        Document.status == DocumentStatus.UPLOADING,
    )
    session.execute(unfinished)


def object_keys(session: Session, tenant_id: str, corpus_id: str) -> list[str]:
    """Every object that documents of the corpus name, removed ones too."""
    query = select(Document.object_key).where(
        Document.tenant_id == tenant_id, Document.corpus_id == corpus_id
    )
    return list(session.scalars(query.distinct()))


def set_tokens(session: Session, tenant_id: str, counts: Iterable[tuple[str, int]]) -> None:
    """Note how many tokens documents have for the base model."""
    for document_id, tokens in counts:
        row = session.get(Document, document_id)
        if row is not None and row.tenant_id == tenant_id:
            row.tokens = tokens
    session.flush()


def _row(tenant_id: str, corpus_id: str, document: NewDocument, number: int | None) -> Document:
    return Document(
        id=document.id,
        tenant_id=tenant_id,
        corpus_id=corpus_id,
        name=document.name,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        object_key=document.object_key,
        status=document.status,
        replaces=document.replaces,
        archive_id=document.archive_id,
        error_code=document.error_code,
        error_detail=document.error_detail,
        added_in=number if document.status is DocumentStatus.READY else None,
        check_due_at=func.now() if document.status is DocumentStatus.CHECKING else None,
    )


def give_way(session: Session, corpus: Corpus, arriving: Sequence[Document]) -> None:
    """Remove what the arriving documents replace: those of the same names, in the version that is being made."""
    names = [row.name for row in arriving if row.replaces]
    if not names:
        return
    mine = {row.id for row in arriving}
    former = _present(corpus.tenant_id, corpus.id).where(
        Document.name.in_(names), Document.status == DocumentStatus.READY
    )
    for row in session.scalars(former):
        if row.id not in mine:
            row.removed_in = corpus.version
    session.flush()


def _present(tenant_id: str, corpus_id: str) -> Select[Document]:
    return select(Document).where(
        Document.tenant_id == tenant_id, Document.corpus_id == corpus_id, Document.removed_in.is_(None)
    )


def _held(tenant_id: str, corpus_id: str, version: int) -> Select[Document]:
    return select(Document).where(
        Document.tenant_id == tenant_id,
        Document.corpus_id == corpus_id,
        Document.added_in <= version,
        or_(Document.removed_in.is_(None), Document.removed_in > version),
    )


def _counts() -> tuple[ColumnElement[Any], ...]:
    is_ready = Document.status == DocumentStatus.READY
    pending = Document.status.in_([DocumentStatus.UPLOADING, DocumentStatus.CHECKING])
    return (
        func.count().filter(is_ready).label("ready"),
        func.coalesce(func.sum(Document.size_bytes).filter(is_ready), 0).label("bytes"),
        func.sum(Document.tokens).filter(is_ready).label("tokens"),
        func.count().filter(is_ready, Document.tokens.is_(None)).label("uncounted"),
        func.count().filter(pending).label("pending"),
        func.count().filter(Document.status == DocumentStatus.FAILED).label("failed"),
    )


def _size(row: Row[Any]) -> CorpusSize:
    tokens = None if row.uncounted or row.tokens is None else int(row.tokens)
    return CorpusSize(int(row.ready), int(row.bytes), tokens, row.pending, row.failed)


# Made once: to put a statement of so many parts together costs more than to send it.
_SIZES = (
    select(Document.corpus_id, *_counts())
    .where(
        Document.tenant_id == bindparam("tenant_id"),
        Document.corpus_id.in_(bindparam("corpus_ids", expanding=True)),
        Document.removed_in.is_(None),
    )
    .group_by(Document.corpus_id)
)
_COUNTED = (
    select(*_counts())
    .where(
        Document.tenant_id == Corpus.tenant_id, Document.corpus_id == Corpus.id, Document.removed_in.is_(None)
    )
    .correlate(Corpus)
    .lateral()
)
_ONE_WITH_SIZE = (
    select(Corpus, *_COUNTED.c)
    .join(_COUNTED, true())
    .where(Corpus.id == bindparam("corpus_id"), Corpus.tenant_id == bindparam("tenant_id"))
)
