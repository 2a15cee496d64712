"""Objects that arrive in parts, from whoever holds a presigned URL: each good for one part of one key alone.

Built on the MinIO client's multipart calls, which are the ones that it makes itself for large objects.
"""

from dataclasses import dataclass
from datetime import timedelta

from minio.datatypes import Part

from cartridge_store.errors import ObjectMissingError
from cartridge_store.objects import make_client, translated
from cartridge_store.settings import ObjectStoreSettings

# S3's own limits.
MIN_PART_BYTES = 5 * 1024**2
MAX_PARTS = 10_000
_LISTED_AT_ONCE = 1000


@dataclass(frozen=True)
class ArrivedPart:
    """`etag` is the MD5 of the part's bytes with servers that do not encrypt."""

    number: int
    size_bytes: int
    etag: str


class Multiparts:
    """The multipart uploads of one bucket. Every method raises `ObjectStoreUnavailableError`, and with the id of an
    upload that is over `ObjectMissingError`."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        self._bucket = settings.s3_bucket
        self._client = make_client(settings, settings.s3_endpoint, secure=settings.s3_secure)
        # The host is part of what is signed: clients may know the server under another one.
        self._public = (
            self._client
            if settings.s3_public_endpoint is None
            else make_client(settings, settings.s3_public_endpoint, secure=settings.s3_public_secure)
        )

    def begin(self, key: str, content_type: str) -> str:
        """The id of a new multipart upload."""
        with translated(key):
            return self._client._create_multipart_upload(self._bucket, key, {"Content-Type": content_type})

    def part_url(
        self, key: str, upload_id: str, number: int, valid: timedelta, *, public: bool = True
    ) -> str:
        """A URL to which one part can be PUT, and nothing else done; `public` as clients reach the server."""
        client = self._public if public else self._client
        with translated(key):
            return client.get_presigned_url(
                "PUT",
                self._bucket,
                key,
                expires=valid,
                extra_query_params={"partNumber": str(number), "uploadId": upload_id},
            )

    def parts(self, key: str, upload_id: str) -> list[ArrivedPart]:
        """The parts that have arrived, by number; of one that was sent again, what came last."""
        newest: dict[int, Part] = {}
        marker: str | None = None
        while True:
            with translated(key):
                found = self._client._list_parts(
                    self._bucket, key, upload_id, max_parts=_LISTED_AT_ONCE, part_number_marker=marker
                )
            for part in found.parts:
                known = newest.get(part.part_number)
                if known is None or _time(part) > _time(known):
                    newest[part.part_number] = part
            if not found.is_truncated or not found.parts:
                break
            marker = str(found.parts[-1].part_number)
        return [
            ArrivedPart(number, part.size or 0, part.etag.strip('"'))
            for number, part in sorted(newest.items())
        ]

    def complete(self, key: str, upload_id: str, parts: list[ArrivedPart]) -> None:
        """Make the parts one object."""
        with translated(key):
            self._client._complete_multipart_upload(
                self._bucket, key, upload_id, [Part(part.number, part.etag) for part in parts]
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Drop what has arrived; an upload that is over is dropped already."""
        try:
            with translated(key):
                self._client._abort_multipart_upload(self._bucket, key, upload_id)
        except ObjectMissingError:
            return


def _time(part: Part) -> float:
    return part.last_modified.timestamp() if part.last_modified else 0.0
