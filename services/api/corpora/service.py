"""Rules of corpora: what may be added, and what goes when something is deleted."""

import hashlib
import io
import json
from collections.abc import Sequence

from sqlalchemy.orm import Session

from cartridge_store.db.repositories import audit, corpora, deletions, documents, jobs
from cartridge_store.db.repositories.documents import CorpusSize, NewDocument
from cartridge_store.errors import ConflictError, StoreError
from cartridge_store.ids import new_id
from cartridge_store.object_keys import corpus_prefix, job_prefix
from cartridge_store.quotas import Quota
from cartridge_web.problems import Problem
from services.api.access import Caller
from services.api.corpora.schemas import DocumentOut
from services.api.corpora.uploads import TextUpload
from services.api.objects import discard
from services.api.pages import ListOut
from services.api.platform import Platform
from services.api.repeats import Once
from services.api.usage.service import check_room


def check_corpus(platform: Platform, tenant_id: str, corpus_id: str) -> None:
    """Raises `NotFoundError`."""
    with platform.rows_of(tenant_id) as session:
        corpora.get(session, tenant_id, corpus_id)


def add_documents(
    platform: Platform, caller: Caller, corpus_id: str, uploads: Sequence[TextUpload], once: Once
) -> ListOut[DocumentOut]:
    """Store all uploads or none. Raises `NotFoundError`, `ConflictError` (`corpus_full`)."""
    tenant_id = caller.tenant_id
    new = [_new_document(tenant_id, corpus_id, upload) for upload in uploads]
    stored: list[str] = []

    def make(session: Session) -> ListOut[DocumentOut]:
        # Locked, so that a corpus deleted meanwhile is missed here and not after.
        corpora.get(session, tenant_id, corpus_id, for_update=True)
        adding = sum(len(upload.content) for upload in uploads)
        _check_room(platform, session, tenant_id, corpus_id, adding)
        check_room(platform, session, tenant_id, {Quota.BYTES: adding})
        rows = [documents.create(session, tenant_id, corpus_id, document) for document in new]
        for row in rows:
            details = {"corpus_id": corpus_id, "name": row.name, "size_bytes": row.size_bytes}
            audit.record(session, tenant_id, caller.actor, "document.created", row.id, **details)
        return ListOut(data=[DocumentOut.of(row) for row in rows], has_more=False)

    with platform.rows_of(tenant_id) as session:
        deletions.promise_unless_used(session, tenant_id, [document.object_key for document in new])
    try:
        for document, upload in zip(new, uploads, strict=True):
            stored.append(document.object_key)
            platform.objects.put_stream(
                document.object_key,
                io.BytesIO(upload.content),
                size=len(upload.content),
                content_type=f"{upload.media_type}; charset=utf-8",
            )
        content = json.dumps([(document.name, document.sha256) for document in new])
        answer = once.answer(platform, caller, ListOut[DocumentOut], make, content=content)
    except (Problem, StoreError):
        # A database that breaks off may have committed: what it knows nothing of is the sweeper's.
        discard(platform, stored)
        raise
    if {document.id for document in new} != {document.id for document in answer.data}:
        discard(platform, stored)  # it had come before, under other ids
    return answer


def delete_document(platform: Platform, caller: Caller, corpus_id: str, document_id: str) -> None:
    """Raises `NotFoundError`, `ConflictError` (`corpus_in_use`)."""
    tenant_id = caller.tenant_id
    with platform.rows_of(tenant_id) as session:
        corpora.get(session, tenant_id, corpus_id, for_update=True)
        _check_unused(session, tenant_id, corpus_id)
        row = documents.delete(session, tenant_id, corpus_id, document_id)
        details = {"corpus_id": corpus_id, "name": row.name}
        audit.record(session, tenant_id, caller.actor, "document.deleted", row.id, **details)
        deletions.promise(session, tenant_id, [row.object_key])
    discard(platform, [row.object_key])


def delete_corpus(platform: Platform, caller: Caller, corpus_id: str) -> None:
    """Delete a corpus, its documents and all that its jobs have made of them but cartridges.

    Raises as `delete_document`.
    """
    tenant_id = caller.tenant_id
    with platform.rows_of(tenant_id) as session:
        corpora.get(session, tenant_id, corpus_id, for_update=True)
        _check_unused(session, tenant_id, corpus_id)
        job_ids = jobs.delete_of_corpus(session, tenant_id, corpus_id)
        corpora.delete(session, tenant_id, corpus_id)
        prefixes = [
            corpus_prefix(tenant_id, corpus_id),
            *(job_prefix(tenant_id, job_id) for job_id in job_ids),
        ]
        deletions.promise(session, tenant_id, prefixes)
        audit.record(session, tenant_id, caller.actor, "corpus.deleted", corpus_id)
    discard(platform, prefixes)


def _new_document(tenant_id: str, corpus_id: str, upload: TextUpload) -> NewDocument:
    document_id = new_id("doc")
    return NewDocument(
        id=document_id,
        name=upload.name,
        media_type=upload.media_type,
        size_bytes=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        object_key=f"{corpus_prefix(tenant_id, corpus_id)}documents/{document_id}",
    )


def _check_room(platform: Platform, session: Session, tenant_id: str, corpus_id: str, adding: int) -> None:
    size = documents.sizes(session, tenant_id, [corpus_id]).get(corpus_id, CorpusSize(0, 0))
    limit = platform.settings.max_corpus_bytes
    if size.bytes + adding > limit:
        raise ConflictError(
            "corpus_full",
            f"the corpus would have {size.bytes + adding:,} bytes, {limit:,} are allowed; nothing was stored",
        )


def _check_unused(session: Session, tenant_id: str, corpus_id: str) -> None:
    if jobs.has_unfinished(session, tenant_id, corpus_id):
        raise ConflictError("corpus_in_use", "a training job of this corpus has not ended; cancel it or wait")
