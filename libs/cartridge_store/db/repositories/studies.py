"""What self-study wrote for a job, and the chunks of the corpus that it is about.

Workers write through `attempts`, which knows whether they may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, delete, insert, or_, select
from sqlalchemy.orm import Session

from cartridge_store.db.repositories.pages import Page, read_page
from cartridge_store.db.repositories.storable import storable_text
from cartridge_store.db.tables import StudiedChunk, StudiedConversation
from cartridge_store.ids import new_id

Stream = Literal["train", "held_out"]


@dataclass(frozen=True)
class NewChunk:
    """A chunk with its place: the document it begins in, and the characters of that document before it."""

    index: int
    document: str
    position: int
    text: str


@dataclass(frozen=True)
class NewConversation:
    chunk_index: int | None
    kind: str
    question: str
    answer: str


@dataclass(frozen=True)
class NewShard:
    """The conversations of one shard of a stream, in order, and the tokens that were generated for them."""

    stream: Stream
    shard: int
    conversations: tuple[NewConversation, ...]
    tokens: int = 0


def put_chunks(session: Session, tenant_id: str, job_id: str, chunks: Sequence[NewChunk]) -> None:
    """These are all the chunks of the job, in the place of any that an earlier attempt put."""
    session.execute(delete(StudiedChunk).where(*_of_job(StudiedChunk, tenant_id, job_id)))
    rows = [
        {
            "tenant_id": tenant_id,
            "job_id": job_id,
            "index": chunk.index,
            "document": storable_text(chunk.document),
            "position": chunk.position,
            "text": storable_text(chunk.text),
        }
        for chunk in chunks
    ]
    if rows:
        session.execute(insert(StudiedChunk), rows)


def put_shard(session: Session, tenant_id: str, job_id: str, shard: NewShard) -> None:
    """A shard's conversations, in the place of those that it had before."""
    session.execute(
        delete(StudiedConversation).where(
            *_of_job(StudiedConversation, tenant_id, job_id),
            StudiedConversation.stream == shard.stream,
            StudiedConversation.shard == shard.shard,
        )
    )
    rows = [
        {
            "id": new_id("cnv"),
            "tenant_id": tenant_id,
            "job_id": job_id,
            "stream": shard.stream,
            "shard": shard.shard,
            "chunk_index": conversation.chunk_index,
            "kind": conversation.kind,
            "question": storable_text(conversation.question),
            "answer": storable_text(conversation.answer),
        }
        for conversation in shard.conversations
    ]
    if rows:
        session.execute(insert(StudiedConversation), rows)


def list_page(
    session: Session,
    tenant_id: str,
    job_id: str,
    *,
    limit: int,
    after: str | None = None,
    search: str | None = None,
    kind: str | None = None,
    stream: Stream | None = None,
) -> Page[StudiedConversation]:
    """A job's conversations, newest first; `search` is found in questions and answers, whatever the case."""
    query = select(StudiedConversation).where(*_of_job(StudiedConversation, tenant_id, job_id))
    if search:
        texts = (StudiedConversation.question, StudiedConversation.answer)
        query = query.where(or_(*(text.icontains(search, autoescape=True) for text in texts)))
    if kind is not None:
        query = query.where(StudiedConversation.kind == kind)
    if stream is not None:
        query = query.where(StudiedConversation.stream == stream)
    return read_page(session, query, StudiedConversation.id, limit=limit, after=after)


def chunks(
    session: Session, tenant_id: str, job_id: str, indices: Sequence[int]
) -> Mapping[int, StudiedChunk]:
    """The job's chunks of these numbers, as far as they are there."""
    query = select(StudiedChunk).where(
        *_of_job(StudiedChunk, tenant_id, job_id), StudiedChunk.index.in_(indices)
    )
    return {row.index: row for row in session.scalars(query)}


def all_chunks(session: Session, tenant_id: str, job_id: str) -> list[StudiedChunk]:
    """All chunks of the job, in order."""
    query = select(StudiedChunk).where(*_of_job(StudiedChunk, tenant_id, job_id))
    return list(session.scalars(query.order_by(StudiedChunk.index)))


def _of_job(
    table: type[StudiedChunk] | type[StudiedConversation], tenant_id: str, job_id: str
) -> tuple[ColumnElement[bool], ...]:
    return (table.job_id == job_id, table.tenant_id == tenant_id)
