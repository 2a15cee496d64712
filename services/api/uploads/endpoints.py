"""HTTP of uploads in parts."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from cartridge_store.db.repositories import uploads
from cartridge_store.multipart import MAX_PARTS
from cartridge_web.problems import Problem
from services.api.access import Reader, Writer
from services.api.corpora.schemas import DocumentOut
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import (
    NO_ROOM,
    document_problem,
    documented,
    not_found,
    storage_unavailable,
)
from services.api.repeats import OnceDep, key_reused
from services.api.uploads import service
from services.api.uploads.parts import pass_on
from services.api.uploads.schemas import (
    CompletionIn,
    PartOut,
    PartsOut,
    PartUrlsIn,
    PartUrlsOut,
    UploadIn,
    UploadOut,
)

router = APIRouter(prefix="/v1", tags=["corpora"])

_NOT_FOUND = not_found("There is no upload upl_01j9z3k4m5n6p7q8r9s0t1v2w3.")
_FULL = Problem(409, "corpus_full", "Conflict", "The corpus would have too many bytes; nothing was stored.")
_COMPLETED = Problem(409, "upload_completed", "Conflict", "The upload is complete.")
_INCOMPLETE = Problem(
    409, "upload_incomplete", "Conflict", "Parts are missing: 3, 7; send them, then complete."
)
_TYPE = document_problem(
    415, "document_type_unsupported", "Unsupported document type", "a.exe", "documents are .txt, .md, .pdf."
)


@router.post(
    "/corpora/{corpus_id}/uploads", status_code=201, summary="Begin an upload in parts",
    responses=documented(
        not_found("There is no corpus crp_01j9z3k4m5n6p7q8r9s0t1v2w3."), key_reused(), NO_ROOM, _FULL, _TYPE,
        service.too_large(2 * 1024**3), storage_unavailable(),
    ),
)  # fmt: skip
def begin_upload(
    corpus_id: str, body: UploadIn, caller: Writer, platform: PlatformDep, once: OnceDep
) -> UploadOut:
    """Begin to upload a large file, or an archive, that can be gone on with after it broke off.

    Send its parts, in any order and several at once, either through the API or straight to the object store by URLs
    from `part-urls`; then complete it.
    """
    return service.begin(platform, caller, corpus_id, body, once)


@router.get("/uploads", summary="List uploads", responses=documented())
def list_uploads(
    caller: Reader,
    platform: PlatformDep,
    limit: Limit = 20,
    cursor: Cursor = None,
    corpus_id: Annotated[str | None, Query(max_length=64, description="Only uploads to this corpus.")] = None,
) -> ListOut[UploadOut]:
    """Uploads that are not complete, newest first."""
    with platform.rows_of(caller.tenant_id) as session:
        page = uploads.list_page(session, caller.tenant_id, limit=limit, after=cursor, corpus_id=corpus_id)
        ids = [row.id for row in page.rows]
        return page_out([UploadOut.of(row) for row in page.rows], ids, has_more=page.has_more)


@router.get("/uploads/{upload_id}", summary="Get an upload", responses=documented(_NOT_FOUND))
def get_upload(upload_id: str, caller: Reader, platform: PlatformDep) -> UploadOut:
    """One upload, and how it is divided into parts."""
    with platform.rows_of(caller.tenant_id) as session:
        return UploadOut.of(uploads.get(session, caller.tenant_id, upload_id))


@router.get(
    "/uploads/{upload_id}/parts", summary="List parts of an upload",
    responses=documented(_NOT_FOUND, _COMPLETED, storage_unavailable()),
)  # fmt: skip
def list_parts(upload_id: str, caller: Reader, platform: PlatformDep) -> PartsOut:
    """The parts that have arrived: whoever goes on with the upload sends the others."""
    found = service.arrived_parts(platform, caller.tenant_id, upload_id)
    return PartsOut(data=[PartOut.of(part) for part in found])


@router.post(
    "/uploads/{upload_id}/part-urls", summary="Get URLs for parts",
    responses=documented(_NOT_FOUND, _COMPLETED, service.part_number_wrong(45, 44)),
)  # fmt: skip
def make_part_urls(upload_id: str, body: PartUrlsIn, caller: Writer, platform: PlatformDep) -> PartUrlsOut:
    """URLs to which parts can be PUT straight to the object store, each good for that one part for an hour."""
    return service.part_urls(platform, caller.tenant_id, upload_id, body.numbers)


@router.put(
    "/uploads/{upload_id}/parts/{number}", summary="Send a part",
    responses=documented(
        _NOT_FOUND, _COMPLETED, service.part_number_wrong(45, 44), service.part_size_wrong(3, 16777216),
        storage_unavailable(),
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
async def send_part(
    upload_id: str,
    number: Annotated[int, Path(ge=1, le=MAX_PARTS, description="Counts from 1.")],
    request: Request,
    caller: Writer,
    platform: PlatformDep,
) -> PartOut:
    """One part through the API, as the request's body: for browsers, and where the object store is out of reach.

    Sent again it takes the place of what came before.
    """
    row = await run_in_threadpool(service.open_upload, platform, caller.tenant_id, upload_id)
    return await pass_on(platform, request, row, number)


@router.post(
    "/uploads/{upload_id}/complete", summary="Complete an upload",
    responses=documented(_NOT_FOUND, _INCOMPLETE, NO_ROOM, storage_unavailable()),
)  # fmt: skip
def complete_upload(upload_id: str, body: CompletionIn, caller: Writer, platform: PlatformDep) -> DocumentOut:
    """Make the file whole. Its document is `checking` then: the digest, the kind, the text, or the archive's files."""
    return service.complete(platform, caller, upload_id, body.sha256)


@router.delete(
    "/uploads/{upload_id}", status_code=204, summary="Give an upload up",
    responses=documented(_NOT_FOUND, _COMPLETED),
)  # fmt: skip
def abort_upload(upload_id: str, caller: Writer, platform: PlatformDep) -> Response:
    """Drop what has arrived, and the document that it was to become."""
    service.abort(platform, caller, upload_id)
    return Response(status_code=204)
