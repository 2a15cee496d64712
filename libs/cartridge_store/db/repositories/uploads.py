"""Files that arrive in parts: which multipart upload of the object store each one is, until it is whole or given up."""

from datetime import timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cartridge_store.db import clock
from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.tables import Upload
from cartridge_store.errors import NotFoundError
from cartridge_store.ids import new_id


def create(
    session: Session,
    tenant_id: str,
    *,
    corpus_id: str,
    document_id: str,
    name: str,
    object_key: str,
    multipart_id: str,
    size_bytes: int,
    part_bytes: int,
    seconds: float,
) -> Upload:
    """An upload that is given up after `seconds`."""
    row = Upload(
        id=new_id("upl"),
        tenant_id=tenant_id,
        corpus_id=corpus_id,
        document_id=document_id,
        name=name,
        object_key=object_key,
        multipart_id=multipart_id,
        size_bytes=size_bytes,
        part_bytes=part_bytes,
        expires_at=clock.now(session) + timedelta(seconds=seconds),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def get(session: Session, tenant_id: str, upload_id: str, *, for_update: bool = False) -> Upload:
    """An upload that has not expired. Raises `NotFoundError`."""
    query = select(Upload).where(
        Upload.id == upload_id, Upload.tenant_id == tenant_id, Upload.expires_at > clock.now(session)
    )
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).first()
    if row is None:
        raise NotFoundError(f"there is no upload {upload_id}")
    return row


def list_page(
    session: Session, tenant_id: str, *, limit: int, after: str | None = None, corpus_id: str | None = None
) -> Page[Upload]:
    """Uploads that are not complete and have not expired."""
    query = select(Upload).where(
        Upload.tenant_id == tenant_id,
        Upload.completed_at.is_(None),
        Upload.expires_at > clock.now(session),
    )
    if corpus_id is not None:
        query = query.where(Upload.corpus_id == corpus_id)
    return read_page(session, query, Upload.id, limit=limit, after=after)


def complete(session: Session, row: Upload) -> None:
    row.completed_at = clock.now(session)
    session.flush()


def give_up(
    session: Session, tenant_id: str, *, corpus_id: str | None = None, document_id: str | None = None
) -> None:
    """Let the sweeper take the tenant's uploads, or those of one corpus, or of one document."""
    mine = update(Upload).where(Upload.tenant_id == tenant_id)
    if corpus_id is not None:
        mine = mine.where(Upload.corpus_id == corpus_id)
    if document_id is not None:
        mine = mine.where(Upload.document_id == document_id)
    session.execute(mine.values(expires_at=clock.now(session)))


def take_expired(session: Session) -> Upload | None:
    """An upload that is over, which no other sweeper takes until the commit."""
    query = (
        select(Upload)
        .where(Upload.expires_at <= clock.now(session))
        .order_by(Upload.expires_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).first()


def delete(session: Session, row: Upload) -> None:
    session.execute(delete_rows(Upload).where(Upload.id == row.id))
