"""Rules of corpora: what may be added, and what goes when something is deleted."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from cartridge_store.db.repositories import (
    audit,
    cartridges,
    corpora,
    deletions,
    documents,
    jobs,
    previews,
    uploads,
)
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import Document, DocumentStatus
from cartridge_store.errors import ConflictError
from cartridge_store.ids import new_id
from cartridge_store.object_keys import job_prefix, text_key, upload_key
from cartridge_store.objects import ObjectStore
from cartridge_store.quotas import Quota
from services.api.access import Caller
from services.api.corpora.schemas import DocumentOut
from services.api.corpora.uploads import TakenFile
from services.api.objects import discard
from services.api.pages import ListOut
from services.api.platform import Platform
from services.api.repeats import Once
from services.api.usage.service import check_room

_PUTS_AT_ONCE = 8


def check_corpus(platform: Platform, tenant_id: str, corpus_id: str) -> None:
    """Raises `NotFoundError`."""
    with platform.rows_of(tenant_id) as session:
        corpora.get(session, tenant_id, corpus_id)


def add_documents(
    platform: Platform,
    caller: Caller,
    corpus_id: str,
    files: Sequence[TakenFile],
    once: Once,
    *,
    replace: bool,
) -> ListOut[DocumentOut]:
    """Store all files or none; texts are ready then, others are checked by the trainer.

    With `replace` documents of the same names give way. Raises `NotFoundError`, `ConflictError` (`corpus_full`) and
    the 403 problem of a quota.
    """
    tenant_id = caller.tenant_id
    new = [_new_document(tenant_id, file, replace=replace) for file in files]
    adding = sum(file.size_bytes for file in files)

    def make(session: Session) -> ListOut[DocumentOut]:
        # Locked, so that a corpus deleted meanwhile is missed here and not after.
        corpora.get(session, tenant_id, corpus_id, for_update=True)
        check_corpus_room(platform, session, tenant_id, corpus_id, adding)
        _hold_texts(platform, session, tenant_id, new, files)
        rows = documents.add(session, tenant_id, corpus_id, new)
        for row in rows:
            record_created(session, caller, row)
        return ListOut(data=[DocumentOut.of(row) for row in rows], has_more=False)

    with platform.rows_of(tenant_id) as session:
        # Looked at before anything is stored, and again when it counts.
        corpora.get(session, tenant_id, corpus_id)
        check_corpus_room(platform, session, tenant_id, corpus_id, adding)
        deletions.promise_unless_used(session, tenant_id, sorted({document.object_key for document in new}))
    _put_missing(
        platform.objects_of(tenant_id),
        {document.object_key: (document, file) for document, file in zip(new, files, strict=True)},
    )
    content = json.dumps(
        [replace, *((document.name, file.sha256) for document, file in zip(new, files, strict=True))]
    )
    return once.answer(platform, caller, ListOut[DocumentOut], make, content=content)


def record_created(session: Session, caller: Caller, row: Document) -> None:
    """Write into the audit log that a document has come."""
    details = {"corpus_id": row.corpus_id, "name": row.name, "size_bytes": row.size_bytes}
    audit.record(session, caller.tenant_id, caller.actor, "document.created", row.id, **details)


def delete_document(platform: Platform, caller: Caller, corpus_id: str, document_id: str) -> None:
    """Take a document out of its corpus. Jobs that have begun with it end with it, then its bytes go.

    Raises `NotFoundError`.
    """
    tenant_id = caller.tenant_id
    with platform.rows_of(tenant_id) as session:
        row = documents.delete(session, tenant_id, corpus_id, document_id)
        details = {"corpus_id": corpus_id, "name": row.name}
        audit.record(session, tenant_id, caller.actor, "document.deleted", row.id, **details)
        uploads.give_up(session, tenant_id, document_id=document_id)
        # The sweeper's alone: whether others have the same bytes shows when the row is gone for all to see.
        deletions.promise_unless_used(session, tenant_id, [row.object_key], deletions.AT_ONCE)


def delete_corpus(platform: Platform, caller: Caller, corpus_id: str) -> None:
    """Delete a corpus, its documents and all that its jobs have made of them but trained cartridges.

    Raises `NotFoundError`, `ConflictError` (`corpus_in_use`).
    """
    tenant_id = caller.tenant_id
    with platform.rows_of(tenant_id) as session:
        corpora.get(session, tenant_id, corpus_id, for_update=True)
        if jobs.has_unfinished(session, tenant_id, corpus_id):
            raise ConflictError(
                "corpus_in_use", "a training job of this corpus has not ended; cancel it or wait"
            )
        prefixes = [
            job_prefix(tenant_id, job_id) for job_id in jobs.delete_of_corpus(session, tenant_id, corpus_id)
        ]
        previews.delete_of_corpus(session, tenant_id, corpus_id, caller.actor)
        keys = documents.object_keys(session, tenant_id, corpus_id)
        corpora.delete(session, tenant_id, corpus_id)
        uploads.give_up(session, tenant_id, corpus_id=corpus_id)
        deletions.promise(session, tenant_id, prefixes)
        deletions.promise_unless_used(session, tenant_id, keys, deletions.AT_ONCE)
        audit.record(session, tenant_id, caller.actor, "corpus.deleted", corpus_id)
    discard(platform, tenant_id, prefixes)


def check_corpus_room(
    platform: Platform, session: Session, tenant_id: str, corpus_id: str, adding: int
) -> None:
    """Raise `ConflictError` (`corpus_full`), or the 403 problem of a quota, where so many bytes have no room."""
    check_room(platform, session, tenant_id, {Quota.BYTES: adding})
    total = documents.stored_bytes(session, tenant_id, corpus_id) + adding
    limit = platform.settings.max_corpus_bytes
    if total > limit:
        raise ConflictError(
            "corpus_full",
            f"the corpus would have {total:,} bytes, {limit:,} are allowed; delete documents or make another corpus. "
            "Nothing was stored",
        )


def _new_document(tenant_id: str, file: TakenFile, *, replace: bool) -> NewDocument:
    document_id = new_id("doc")
    return NewDocument(
        id=document_id,
        name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256 if file.is_text else None,
        object_key=text_key(tenant_id, file.sha256) if file.is_text else upload_key(tenant_id, document_id),
        status=DocumentStatus.READY if file.is_text else DocumentStatus.CHECKING,
        replaces=replace,
    )


def _put_missing(store: ObjectStore, wanted: Mapping[str, tuple[NewDocument, TakenFile]]) -> None:
    """Store what is not there yet under its key, several at once: each waits for the store most of its time."""

    def put(key: str, document: NewDocument, file: TakenFile) -> None:
        if file.is_text and store.exists(key):
            return
        file.file.seek(0)
        media_type = f"{document.media_type}; charset=utf-8" if file.is_text else document.media_type
        store.put_stream(key, file.file, size=file.size_bytes, content_type=media_type)

    with ThreadPoolExecutor(min(_PUTS_AT_ONCE, len(wanted)), "put") as pool:
        for done in [pool.submit(put, key, *each) for key, each in wanted.items()]:
            done.result()


def _hold_texts(
    platform: Platform,
    session: Session,
    tenant_id: str,
    new: Sequence[NewDocument],
    files: Sequence[TakenFile],
) -> None:
    """Keep the sweeper from the texts until the commit, and put those that it has taken since they were looked for."""
    texts = {
        document.object_key: (document, file)
        for document, file in zip(new, files, strict=True)
        if file.is_text
    }
    if texts:
        cartridges.hold_objects(session, texts)
        _put_missing(platform.objects_of(tenant_id), texts)
