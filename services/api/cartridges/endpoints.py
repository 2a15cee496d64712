"""HTTP of cartridges."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from cartridge_store.db.repositories import audit, cartridges, deletions
from services.api.access import Reader, Writer
from services.api.cartridges.schemas import CartridgeChangeIn, CartridgeOut, CartridgeWithReportOut
from services.api.pages import Cursor, Limit, ListOut, page_out
from services.api.platform import PlatformDep
from services.api.problems import documented, not_found, storage_unavailable
from services.api.revisions import IfMatch, check_match, etag, revision_mismatch

router = APIRouter(prefix="/v1/cartridges", tags=["cartridges"])

_NOT_FOUND = not_found("There is no cartridge ctg_01j9z3k4m5n6p7q8r9s0t1v2w3.")
_MEDIA_TYPE = "application/octet-stream"


@router.get("", summary="List cartridges", responses=documented())
def list_cartridges(
    caller: Reader,
    platform: PlatformDep,
    limit: Limit = 20,
    cursor: Cursor = None,
    corpus_id: Annotated[
        str | None, Query(max_length=64, description="Only cartridges of this corpus.")
    ] = None,
) -> ListOut[CartridgeOut]:
    """The tenant's cartridges, newest first."""
    with platform.rows_of(caller.tenant_id) as session:
        page = cartridges.list_page(session, caller.tenant_id, limit=limit, after=cursor, corpus_id=corpus_id)
        return page_out(
            [CartridgeOut.of(row) for row in page.rows], [row.id for row in page.rows], has_more=page.has_more
        )


@router.get("/{cartridge_id}", summary="Get a cartridge", responses=documented(_NOT_FOUND))
def get_cartridge(
    cartridge_id: str, caller: Reader, platform: PlatformDep, response: Response
) -> CartridgeWithReportOut:
    """One cartridge with its quality report. Its `ETag` is for `If-Match` of a change."""
    with platform.rows_of(caller.tenant_id) as session:
        row = cartridges.get(session, caller.tenant_id, cartridge_id)
        response.headers["ETag"] = etag(row.revision)
        return CartridgeWithReportOut(**CartridgeOut.of(row).model_dump(), report=row.report)


@router.patch(
    "/{cartridge_id}",
    summary="Rename or review a cartridge",
    responses=documented(_NOT_FOUND, revision_mismatch(3)),
)
def change_cartridge(
    cartridge_id: str,
    body: CartridgeChangeIn,
    caller: Writer,
    platform: PlatformDep,
    response: Response,
    *,
    if_match: IfMatch = None,
) -> CartridgeOut:
    """Give a cartridge another name, or say after a look at its report that it is ready."""
    with platform.rows_of(caller.tenant_id) as session:
        row = cartridges.get_locked(session, caller.tenant_id, cartridge_id)
        check_match(if_match, row.revision)
        cartridges.change(session, row, name=body.name, status=body.status)
        changes = body.model_dump(mode="json", exclude_none=True)
        audit.record(session, caller.tenant_id, caller.actor, "cartridge.changed", row.id, **changes)
        response.headers["ETag"] = etag(row.revision)
        return CartridgeOut.of(row)


@router.get(
    "/{cartridge_id}/download",
    summary="Download a cartridge",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The safetensors file.", "content": {_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
        **documented(_NOT_FOUND, storage_unavailable()),
    },
)  # fmt: skip
def download_cartridge(cartridge_id: str, caller: Reader, platform: PlatformDep) -> StreamingResponse:
    """The cartridge's file, whose SHA-256 is its digest."""
    with platform.rows_of(caller.tenant_id) as session:
        row = cartridges.get(session, caller.tenant_id, cartridge_id)
    headers = {
        "Content-Disposition": f'attachment; filename="{row.id}.safetensors"',
        "Content-Length": str(row.size_bytes),
        "ETag": f'"{row.digest}"',
    }
    return StreamingResponse(
        platform.objects_of(caller.tenant_id).open_stream(row.object_key),
        media_type=_MEDIA_TYPE,
        headers=headers,
    )


@router.delete(
    "/{cartridge_id}", status_code=204, summary="Delete a cartridge",
    responses=documented(_NOT_FOUND),
)  # fmt: skip
def delete_cartridge(cartridge_id: str, caller: Writer, platform: PlatformDep) -> Response:
    """Delete a cartridge. Its file goes within seconds, unless another cartridge has the same bytes."""
    with platform.rows_of(caller.tenant_id) as session:
        row = cartridges.delete(session, caller.tenant_id, cartridge_id)
        audit.record(session, caller.tenant_id, caller.actor, "cartridge.deleted", row.id, digest=row.digest)
        # The sweeper's alone: whether others have the same bytes shows when the row is gone for all to see.
        deletions.promise(session, caller.tenant_id, [row.object_key])
    return Response(status_code=204)
