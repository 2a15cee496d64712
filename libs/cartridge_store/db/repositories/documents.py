"""Documents of a corpus."""

from dataclasses import dataclass

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db.repositories import corpora
from cartridge_store.db.repositories.inserts import insert
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import Document
from cartridge_store.errors import NotFoundError


@dataclass(frozen=True)
class NewDocument:
    """A document whose bytes are stored already."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    object_key: str


@dataclass(frozen=True)
class CorpusSize:
    documents: int
    bytes: int


def create(session: Session, tenant_id: str, corpus_id: str, document: NewDocument) -> Document:
    """Raises `NotFoundError` where the tenant has no such corpus, `ConflictError` (`document_exists`)."""
    corpus = corpora.get(session, tenant_id, corpus_id, for_update=True)
    row = Document(
        id=document.id,
        tenant_id=tenant_id,
        corpus_id=corpus_id,
        name=document.name,
        media_type=document.media_type,
        size_bytes=document.size_bytes,
        sha256=document.sha256,
        object_key=document.object_key,
    )
    insert(session, row, "document_exists", f"a document {document.id} exists")
    corpus.revision += 1
    session.flush()
    return row


def get(session: Session, tenant_id: str, corpus_id: str, document_id: str) -> Document:
    """Raises `NotFoundError`."""
    query = select(Document).where(
        Document.id == document_id, Document.corpus_id == corpus_id, Document.tenant_id == tenant_id
    )
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no document {document_id} in corpus {corpus_id}")
    return row


def list_page(
    session: Session, tenant_id: str, corpus_id: str, *, limit: int, after: str | None = None
) -> Page[Document]:
    query = select(Document).where(Document.corpus_id == corpus_id, Document.tenant_id == tenant_id)
    return read_page(session, query, Document.id, limit=limit, after=after)


def list_all(session: Session, tenant_id: str, corpus_id: str) -> list[Document]:
    """All documents of a corpus in the order they came."""
    query = select(Document).where(Document.corpus_id == corpus_id, Document.tenant_id == tenant_id)
    return list(session.scalars(query.order_by(Document.id)))


def sizes(session: Session, tenant_id: str, corpus_ids: list[str]) -> dict[str, CorpusSize]:
    """Number and bytes of documents for each corpus that has any."""
    query = (
        select(Document.corpus_id, func.count(), func.sum(Document.size_bytes))
        .where(Document.tenant_id == tenant_id, Document.corpus_id.in_(corpus_ids))
        .group_by(Document.corpus_id)
    )
    return {
        corpus_id: CorpusSize(int(count), int(total)) for corpus_id, count, total in session.execute(query)
    }


def delete(session: Session, tenant_id: str, corpus_id: str, document_id: str) -> Document:
    """Raises `NotFoundError`."""
    corpus = corpora.get(session, tenant_id, corpus_id, for_update=True)
    row = get(session, tenant_id, corpus_id, document_id)
    corpus.revision += 1
    session.flush()
    session.execute(delete_rows(Document).where(Document.id == document_id, Document.tenant_id == tenant_id))
    return row
