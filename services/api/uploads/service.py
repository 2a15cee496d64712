"""Rules of uploads in parts: room is kept from the beginning, and nothing counts before all of it is there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from cartridge_documents.errors import DocumentError
from cartridge_documents.kinds import kind_of
from cartridge_documents.names import clean_name
from cartridge_store.db.repositories import audit, corpora, deletions, documents, uploads
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import Document, DocumentStatus, Upload
from cartridge_store.errors import ConflictError, NotFoundError, ObjectMissingError
from cartridge_store.ids import new_id
from cartridge_store.multipart import MAX_PARTS, ArrivedPart
from cartridge_store.object_keys import upload_key
from cartridge_web.problems import Problem
from services.api.access import Caller
from services.api.corpora.schemas import DocumentOut
from services.api.corpora.service import check_corpus_room, record_created
from services.api.corpora.uploads import refusal
from services.api.platform import Platform
from services.api.repeats import Once
from services.api.uploads.schemas import (
    PartUrlOut,
    PartUrlsOut,
    UploadIn,
    UploadOut,
    count_parts,
    size_of_part,
)

_URL_VALID = timedelta(hours=1)
_MIB = 1024**2


def part_number_wrong(number: int, parts: int) -> Problem:
    return Problem(
        422,
        "part_number_wrong",
        "No such part",
        f"The upload has parts 1 to {parts}, and no part {number}; GET /v1/uploads/{{id}} tells how it is divided.",
    )


def part_size_wrong(number: int, needed: int) -> Problem:
    return Problem(
        422,
        "part_size_wrong",
        "Wrong size",
        f"Part {number} has to have {needed:,} bytes, told by `Content-Length`; all parts but the last have "
        "`part_bytes`.",
    )


def too_large(limit: int) -> Problem:
    return Problem(
        413,
        "document_too_large",
        "Document too large",
        f"One file may have {limit:,} bytes; divide it into several.",
        param="size_bytes",
    )


def begin(platform: Platform, caller: Caller, corpus_id: str, body: UploadIn, once: Once) -> UploadOut:
    """A new upload, its room kept until it is complete or given up.

    Raises `NotFoundError`, `ConflictError` (`corpus_full`), and the problems of kind, size and quota.
    """
    tenant_id, settings = caller.tenant_id, platform.settings
    name = clean_name(body.name)
    try:
        kind = kind_of(name)
    except DocumentError as error:
        raise refusal(name, error) from error
    if body.size_bytes > settings.max_document_bytes:
        raise too_large(settings.max_document_bytes)

    def make(session: Session) -> UploadOut:
        corpora.get(session, tenant_id, corpus_id, for_update=True)
        check_corpus_room(platform, session, tenant_id, corpus_id, body.size_bytes)
        document_id = new_id("doc")
        key = upload_key(tenant_id, document_id)
        new = NewDocument(
            document_id, name, kind.media_type, body.size_bytes, None, key,
            status=DocumentStatus.UPLOADING, replaces=body.replace,
        )  # fmt: skip
        row = documents.add(session, tenant_id, corpus_id, [new])[0]
        upload = uploads.create(
            session,
            tenant_id,
            corpus_id=corpus_id,
            document_id=document_id,
            name=name,
            object_key=key,
            # Nobody can send anything to it before this is committed: should that fail, it stays empty.
            multipart_id=platform.multiparts.begin(key, kind.media_type),
            size_bytes=body.size_bytes,
            part_bytes=_part_bytes(body.size_bytes, settings.upload_part_bytes),
            seconds=settings.upload_seconds,
        )
        record_created(session, caller, row)
        return UploadOut.of(upload)

    return once.answer(platform, caller, UploadOut, make)


def open_upload(platform: Platform, tenant_id: str, upload_id: str) -> Upload:
    """An upload that still takes parts. Raises `NotFoundError`, `ConflictError` (`upload_completed`)."""
    with platform.rows_of(tenant_id) as session:
        return _open(uploads.get(session, tenant_id, upload_id))


def part_urls(platform: Platform, tenant_id: str, upload_id: str, numbers: Sequence[int]) -> PartUrlsOut:
    """Raises as `open_upload`, and the 422 problem of a part that there is not."""
    row = open_upload(platform, tenant_id, upload_id)
    until = min(datetime.now(UTC) + _URL_VALID, row.expires_at)
    valid = max(until - datetime.now(UTC), timedelta(seconds=1))
    found = []
    for number in numbers:
        check_number(row, number)
        url = platform.multiparts.part_url(row.object_key, row.multipart_id, number, valid)
        size = size_of_part(row, number)
        found.append(PartUrlOut(number=number, url=url, size_bytes=size, expires_at=until))
    return PartUrlsOut(data=found)


def arrived_parts(platform: Platform, tenant_id: str, upload_id: str) -> list[ArrivedPart]:
    """Raises as `open_upload`."""
    row = open_upload(platform, tenant_id, upload_id)
    return platform.multiparts.parts(row.object_key, row.multipart_id)


def complete(platform: Platform, caller: Caller, upload_id: str, sha256: str) -> DocumentOut:
    """Make the file whole and have it checked, its digest among the rest. Asked for again it tells the document.

    Raises `NotFoundError`, `ConflictError` (`upload_incomplete`, `corpus_full`) and the 403 problem of a quota.
    """
    tenant_id = caller.tenant_id
    with platform.rows_of(tenant_id) as session:
        found = uploads.get(session, tenant_id, upload_id)
        # In the order in which all who change a corpus take its locks.
        corpora.get(session, tenant_id, found.corpus_id, for_update=True)
        row = uploads.get(session, tenant_id, upload_id, for_update=True)
        document = documents.get(session, tenant_id, row.corpus_id, row.document_id)
        if row.completed_at is None:
            check_corpus_room(platform, session, tenant_id, row.corpus_id, 0)
            _assemble(platform, row)
            _have_checked(session, row, document, sha256)
            details = {"corpus_id": row.corpus_id, "name": row.name}
            audit.record(session, tenant_id, caller.actor, "document.uploaded", document.id, **details)
        return DocumentOut.of(document)


def abort(platform: Platform, caller: Caller, upload_id: str) -> None:
    """Give an upload up. What has arrived of it goes within seconds.

    Raises `NotFoundError`, `ConflictError` (`upload_completed`).
    """
    tenant_id = caller.tenant_id
    with platform.rows_of(tenant_id) as session:
        row = _open(uploads.get(session, tenant_id, upload_id))
        documents.delete(session, tenant_id, row.corpus_id, row.document_id)
        uploads.give_up(session, tenant_id, document_id=row.document_id)
        deletions.promise_unless_used(session, tenant_id, [row.object_key], deletions.AT_ONCE)
        details = {"corpus_id": row.corpus_id, "name": row.name}
        audit.record(session, tenant_id, caller.actor, "document.deleted", row.document_id, **details)


def check_number(row: Upload, number: int) -> None:
    """Raise the 422 problem where the upload has no such part."""
    if not 1 <= number <= count_parts(row):
        raise part_number_wrong(number, count_parts(row))


def _open(row: Upload) -> Upload:
    if row.completed_at is not None:
        raise ConflictError(
            "upload_completed", "the upload is complete; its document tells how it is checked"
        )
    return row


def _assemble(platform: Platform, row: Upload) -> None:
    try:
        parts = platform.multiparts.parts(row.object_key, row.multipart_id)
    except ObjectMissingError as error:
        # Made whole by a request whose commit failed, or dropped by the store's own rules.
        stored = platform.objects_of(row.tenant_id).stat(row.object_key)
        if stored is None or stored.size_bytes != row.size_bytes:
            raise NotFoundError(
                f"what arrived of upload {row.id} is gone from the object store; begin a new one"
            ) from error
        return
    arrived = {part.number: part.size_bytes for part in parts}
    missing = [
        number
        for number in range(1, count_parts(row) + 1)
        if arrived.get(number) != size_of_part(row, number)
    ]
    if missing or len(parts) != count_parts(row):
        named = ", ".join(map(str, missing[:10])) + (" and more" if len(missing) > 10 else "")
        raise ConflictError(
            "upload_incomplete", f"parts are missing or have another size: {named}; send them, then complete"
        )
    platform.multiparts.complete(row.object_key, row.multipart_id, parts)


def _have_checked(session: Session, row: Upload, document: Document, sha256: str) -> None:
    documents.have_checked(session, document, sha256)
    uploads.complete(session, row)


def _part_bytes(size: int, usual: int) -> int:
    """Parts as large as usual, or larger where there would be too many, in whole MiB."""
    needed = -(-size // MAX_PARTS)
    return max(usual, -(-needed // _MIB) * _MIB)
