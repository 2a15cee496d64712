"""Versions of a corpus: what it held after each change of what is learned from it. None ever changes."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import Corpus, CorpusVersion, Document
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id

# Another change often follows at once; a preview of what stays is worth more than one of each.
_SETTLED_AFTER = timedelta(seconds=1)


def begin(corpus: Corpus) -> int:
    """The number of a version that the transaction makes of a corpus it has locked; `finish` completes it."""
    corpus.version += 1
    corpus.revision += 1
    return corpus.version


def finish(session: Session, corpus: Corpus) -> None:
    """Write down what the version holds that was begun last, once its documents say so. A preview of it is due."""
    corpus.preview_due_at = clock.now(session) + _SETTLED_AFTER
    session.flush()
    held = select(func.count(), func.coalesce(func.sum(Document.size_bytes), 0)).where(
        Document.tenant_id == corpus.tenant_id,
        Document.corpus_id == corpus.id,
        Document.added_in.is_not(None),
        Document.removed_in.is_(None),
    )
    count, total = session.execute(held).one()
    session.add(
        CorpusVersion(
            id=new_id("ver"),
            tenant_id=corpus.tenant_id,
            corpus_id=corpus.id,
            number=corpus.version,
            documents=int(count),
            size_bytes=int(total),
        )
    )
    session.flush()


def get(session: Session, tenant_id: str, corpus_id: str, number: int) -> CorpusVersion:
    """Raises `NotFoundError`."""
    query = select(CorpusVersion).where(
        CorpusVersion.tenant_id == tenant_id,
        CorpusVersion.corpus_id == corpus_id,
        CorpusVersion.number == number,
    )
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"corpus {corpus_id} has no version {number}")
    return row


def list_page(
    session: Session, tenant_id: str, corpus_id: str, *, limit: int, after: str | None = None
) -> Page[CorpusVersion]:
    query = select(CorpusVersion).where(
        CorpusVersion.tenant_id == tenant_id, CorpusVersion.corpus_id == corpus_id
    )
    return read_page(session, query, CorpusVersion.id, limit=limit, after=after)


def is_whole(session: Session, tenant_id: str, corpus_id: str, number: int) -> bool:
    """Whether everything that the version held is there still: what was removed since may be gone."""
    lost = select(Document.id).where(
        Document.tenant_id == tenant_id,
        Document.corpus_id == corpus_id,
        Document.added_in <= number,
        Document.removed_in > number,
    )
    return session.scalars(lost.limit(1)).first() is None
