"""Parts that come through the api: passed on to the object store as they arrive, never held."""

from datetime import timedelta

import httpx
from starlette.requests import Request

from cartridge_store.db.tables import Upload
from cartridge_store.errors import NotFoundError, ObjectStoreUnavailableError
from services.api.platform import Platform
from services.api.uploads.schemas import PartOut, size_of_part
from services.api.uploads.service import check_number, part_size_wrong

_VALID = timedelta(minutes=15)


async def pass_on(platform: Platform, request: Request, row: Upload, number: int) -> PartOut:
    """Send the request's body on as one part of the upload.

    Raises the 422 problems of a part that there is not or that has another size, `NotFoundError` where the store has
    dropped the upload, and `ObjectStoreUnavailableError`.
    """
    check_number(row, number)
    needed = size_of_part(row, number)
    if request.headers.get("content-length") != str(needed):
        raise part_size_wrong(number, needed)
    url = platform.multiparts.part_url(row.object_key, row.multipart_id, number, _VALID, public=False)
    try:
        response = await platform.to_objects.put(
            url, content=request.stream(), headers={"Content-Length": str(needed)}
        )
    except httpx.HTTPError as error:
        raise ObjectStoreUnavailableError(f"part {number} could not be passed on: {error}") from error
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NotFoundError(f"what arrived of upload {row.id} is gone from the object store; begin a new one")
    if response.is_error:
        raise ObjectStoreUnavailableError(f"part {number} was refused with status {response.status_code}")
    return PartOut(number=number, size_bytes=needed, etag=response.headers.get("etag", "").strip('"'))
