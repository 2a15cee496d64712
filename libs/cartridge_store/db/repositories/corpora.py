"""Corpora of a tenant."""

from sqlalchemy import bindparam, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import Corpus
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id

_ONE = select(Corpus).where(Corpus.id == bindparam("corpus_id"), Corpus.tenant_id == bindparam("tenant_id"))
_LOCKED = _ONE.with_for_update()


def create(session: Session, tenant_id: str, name: str) -> Corpus:
    row = Corpus(id=new_id("crp"), tenant_id=tenant_id, name=name)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, tenant_id: str, corpus_id: str, *, for_update: bool = False) -> Corpus:
    """Raises `NotFoundError`. With `for_update` nobody else adds to or deletes the corpus until the commit."""
    query = _LOCKED if for_update else _ONE
    row = session.scalars(query, {"corpus_id": corpus_id, "tenant_id": tenant_id}).first()
    if row is None:
        raise missing(corpus_id)
    return row


def missing(corpus_id: str) -> NotFoundError:
    return NotFoundError(f"there is no corpus {corpus_id}")


def list_page(session: Session, tenant_id: str, *, limit: int, after: str | None = None) -> Page[Corpus]:
    return read_page(
        session, select(Corpus).where(Corpus.tenant_id == tenant_id), Corpus.id, limit=limit, after=after
    )


def rename(session: Session, row: Corpus, name: str) -> None:
    """Rename a corpus that the transaction has locked."""
    row.name = name
    row.revision += 1
    session.flush()


def delete(session: Session, tenant_id: str, corpus_id: str) -> None:
    """Delete a corpus with its documents' rows. Raises `NotFoundError`."""
    get(session, tenant_id, corpus_id, for_update=True)
    session.execute(delete_rows(Corpus).where(Corpus.id == corpus_id, Corpus.tenant_id == tenant_id))
