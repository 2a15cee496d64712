"""HTTP of corpora and documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from cartridge_documents.names import MAX_NAME
from cartridge_store.db.repositories import audit, corpora, documents, versions
from cartridge_store.db.tables import DocumentStatus
from cartridge_store.quotas import Quota
from cartridge_web.problems import Problem
from services.api.access import Reader, Writer
from services.api.corpora import service
from services.api.corpora.forms import MAX_FILES, uploaded_files
from services.api.corpora.schemas import CorpusIn, CorpusOut, CorpusVersionOut, DocumentOut
from services.api.corpora.uploads import taken
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import (
    NO_ROOM,
    NOT_FOUND,
    document_problem,
    documented,
    documents_too_large,
    storage_unavailable,
)
from services.api.repeats import OnceDep, key_reused
from services.api.revisions import IfMatch, check_match, etag, revision_mismatch
from services.api.usage.service import check_room

router = APIRouter(prefix="/v1/corpora", tags=["corpora"])

_LARGEST_VERSION = 2**31 - 1
_IN_USE = Problem(
    409, "corpus_in_use", "Conflict", "A training job of this corpus has not ended; cancel it or wait."
)
_UPLOAD = documented(
    NOT_FOUND,
    documents_too_large(64 * 1024**2),
    storage_unavailable(),
    key_reused(),
    NO_ROOM,
    document_problem(415, "document_type_unsupported", "Unsupported document type", "a.exe", "documents are .txt, .md, .pdf."),
    Problem(409, "corpus_full", "Conflict", "The corpus would have too many bytes; nothing was stored."),
    document_problem(422, "document_empty", "Empty document", "a.txt", "the file holds no text."),
    document_problem(422, "document_not_text", "Not a text", "a.txt", "the file is binary."),
    Problem(400, "body_unreadable", "Unreadable body", "The form ends before its last boundary."),
)  # fmt: skip

_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                            "maxItems": MAX_FILES,
                            "description": "Texts, HTML, PDF, docx, data, source code; or zip and tar of such files. A file "
                            "name may be a relative path.",
                        }
                    },
                }
            }
        },
    }
}


@router.post("", status_code=201, summary="Create a corpus", responses=documented(key_reused(), NO_ROOM))
def create_corpus(body: CorpusIn, caller: Writer, platform: PlatformDep, once: OnceDep) -> CorpusOut:
    """An empty corpus. Upload documents to it, then start a training job."""

    def make(session: Session) -> CorpusOut:
        check_room(platform, session, caller.tenant_id, {Quota.CORPORA: 1})
        row = corpora.create(session, caller.tenant_id, body.name)
        audit.record(session, caller.tenant_id, caller.actor, "corpus.created", row.id, name=row.name)
        return CorpusOut.of(row, None)

    return once.answer(platform, caller, CorpusOut, make)


@router.get("", summary="List corpora", responses=documented())
def list_corpora(
    caller: Reader, platform: PlatformDep, limit: Limit = 20, cursor: Cursor = None
) -> ListOut[CorpusOut]:
    """The tenant's corpora, newest first."""
    with platform.rows_of(caller.tenant_id) as session:
        page = corpora.list_page(session, caller.tenant_id, limit=limit, after=cursor)
        ids = [row.id for row in page.rows]
        sizes = documents.sizes(session, caller.tenant_id, ids)
        return page_out([CorpusOut.of(r, sizes.get(r.id)) for r in page.rows], ids, has_more=page.has_more)


@router.get("/{corpus_id}", summary="Get a corpus", responses=documented(NOT_FOUND))
def get_corpus(corpus_id: str, caller: Reader, platform: PlatformDep, response: Response) -> CorpusOut:
    """One corpus with the number and size of its documents. Its `ETag` is for `If-Match` of a change."""
    with platform.rows_of(caller.tenant_id) as session:
        row, size = documents.corpus_with_size(session, caller.tenant_id, corpus_id)
        response.headers["ETag"] = etag(row.revision)
        return CorpusOut.of(row, size)


@router.patch(
    "/{corpus_id}", summary="Rename a corpus", responses=documented(NOT_FOUND, revision_mismatch(3))
)
def change_corpus(
    corpus_id: str,
    body: CorpusIn,
    caller: Writer,
    platform: PlatformDep,
    response: Response,
    *,
    if_match: IfMatch = None,
) -> CorpusOut:
    """Give a corpus another name."""
    with platform.rows_of(caller.tenant_id) as session:
        row = corpora.get(session, caller.tenant_id, corpus_id, for_update=True)
        check_match(if_match, row.revision)
        corpora.rename(session, row, body.name)
        audit.record(session, caller.tenant_id, caller.actor, "corpus.changed", row.id, name=row.name)
        response.headers["ETag"] = etag(row.revision)
        return CorpusOut.of(row, documents.sizes(session, caller.tenant_id, [corpus_id]).get(corpus_id))


@router.delete(
    "/{corpus_id}", status_code=204, summary="Delete a corpus",
    responses=documented(NOT_FOUND, _IN_USE),
)  # fmt: skip
def delete_corpus(corpus_id: str, caller: Writer, platform: PlatformDep) -> Response:
    """Delete a corpus, its documents, its jobs and its previews. Cartridges that were trained from it stay."""
    service.delete_corpus(platform, caller, corpus_id)
    return Response(status_code=204)


@router.post(
    "/{corpus_id}/documents", status_code=201, summary="Upload documents",
    responses=_UPLOAD, openapi_extra=_UPLOAD_BODY,
)  # fmt: skip
async def upload_documents(
    corpus_id: str,
    request: Request,
    caller: Writer,
    platform: PlatformDep,
    once: OnceDep,
    *,
    replace: Annotated[
        bool, Query(description="Let documents of the same names give way, in the same version.")
    ] = False,
) -> ListOut[DocumentOut]:
    """Add files to a corpus: all of them, or none where one of them cannot be taken.

    Texts are ready with the answer. PDF, docx and archives are `checking` until the trainer has read them.
    """
    # The form is read here and not declared as a parameter: FastAPI would read all of it before it looks at the key.
    await run_in_threadpool(service.check_corpus, platform, caller.tenant_id, corpus_id)

    def add() -> ListOut[DocumentOut]:
        with taken(files) as found:
            return service.add_documents(platform, caller, corpus_id, found, once, replace=replace)

    async with uploaded_files(request) as files:
        return await run_in_threadpool(add)


@router.get("/{corpus_id}/documents", summary="List documents", responses=documented(NOT_FOUND))
def list_documents(
    corpus_id: str,
    caller: Reader,
    platform: PlatformDep,
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    status: Annotated[DocumentStatus | None, Query(description="Only documents with this status.")] = None,
    version: Annotated[
        int | None, Query(ge=1, le=_LARGEST_VERSION, description="As this version of the corpus held them.")
    ] = None,
    name: Annotated[
        str | None, Query(max_length=MAX_NAME, description="Only documents of this name.")
    ] = None,
) -> ListOut[DocumentOut]:
    """The documents of a corpus, newest first: as they are now, or as a version of it held them."""
    with platform.rows_of(caller.tenant_id) as session:
        corpora.get(session, caller.tenant_id, corpus_id)
        if version is not None:
            versions.get(session, caller.tenant_id, corpus_id, version)
        page = documents.list_page(
            session, caller.tenant_id, corpus_id,
            limit=limit, after=cursor, status=status, version=version, name=name,
        )  # fmt: skip
        ids = [row.id for row in page.rows]
        return page_out([DocumentOut.of(row) for row in page.rows], ids, has_more=page.has_more)


@router.get("/{corpus_id}/documents/{document_id}", summary="Get a document", responses=documented(NOT_FOUND))
def get_document(corpus_id: str, document_id: str, caller: Reader, platform: PlatformDep) -> DocumentOut:
    """One document with its status, and why it was refused where it was."""
    with platform.rows_of(caller.tenant_id) as session:
        return DocumentOut.of(documents.get(session, caller.tenant_id, corpus_id, document_id))


@router.get("/{corpus_id}/versions", summary="List versions of a corpus", responses=documented(NOT_FOUND))
def list_versions(
    corpus_id: str, caller: Reader, platform: PlatformDep, limit: Limit = 20, cursor: Cursor = None
) -> ListOut[CorpusVersionOut]:
    """What the corpus held after each change, newest first. Jobs and cartridges name the version they learned."""
    with platform.rows_of(caller.tenant_id) as session:
        corpora.get(session, caller.tenant_id, corpus_id)
        page = versions.list_page(session, caller.tenant_id, corpus_id, limit=limit, after=cursor)
        ids = [row.id for row in page.rows]
        return page_out([CorpusVersionOut.of(row) for row in page.rows], ids, has_more=page.has_more)


@router.delete(
    "/{corpus_id}/documents/{document_id}", status_code=204, summary="Delete a document",
    responses=documented(NOT_FOUND),
)  # fmt: skip
def delete_document(corpus_id: str, document_id: str, caller: Writer, platform: PlatformDep) -> Response:
    """Take one document out of a corpus. Jobs that have begun learn it to their end; then its text goes."""
    service.delete_document(platform, caller, corpus_id, document_id)
    return Response(status_code=204)
