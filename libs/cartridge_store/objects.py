"""Objects in S3, through the MinIO client. Keys begin with the tenant they belong to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import urllib3
from minio import Minio
from minio.credentials.providers import Provider, StaticProvider
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from cartridge_store.errors import ObjectMissingError, ObjectStoreUnavailableError
from cartridge_store.settings import ObjectStoreSettings

_PART_BYTES = 16 * 1024 * 1024
_READ_BYTES = 1024 * 1024
_TIMEOUT_SECONDS = 60.0
_CONNECT_SECONDS = 5.0
_MISSING = {"NoSuchKey", "NoSuchObject", "ResourceNotFound", "NoSuchUpload"}
_MADE_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}

__all__ = ["ObjectInfo", "ObjectMissingError", "ObjectStore", "ObjectStoreUnavailableError"]


@dataclass(frozen=True)
class ObjectInfo:
    key: str
    size_bytes: int


class ObjectStore:
    """One bucket. Every method raises `ObjectStoreUnavailableError` when the server fails or cannot be reached."""

    def __init__(self, settings: ObjectStoreSettings, limited: Provider | None = None) -> None:
        """With `limited` credentials those objects alone can be reached that these are for."""
        self._bucket = settings.s3_bucket
        self._is_limited = limited is not None
        self._client = make_client(settings, settings.s3_endpoint, secure=settings.s3_secure, limited=limited)

    def ensure_bucket(self) -> None:
        """Make the bucket where it is not there yet; several processes may do so at once."""
        with translated(self._bucket):
            if self._client.bucket_exists(self._bucket):
                return
            try:
                self._client.make_bucket(self._bucket)
            except S3Error as error:
                if error.code not in _MADE_ALREADY or not self._client.bucket_exists(self._bucket):
                    raise

    def check(self) -> None:
        """Return when the bucket answers."""
        with translated(self._bucket):
            if not self._client.bucket_exists(self._bucket):
                raise ObjectStoreUnavailableError(f"the bucket {self._bucket} does not exist")

    def put_stream(self, key: str, stream: BinaryIO, *, size: int | None, content_type: str) -> None:
        """Store what `stream` gives, in parts; `size` in bytes where it is known."""
        with translated(key):
            self._client.put_object(
                self._bucket, key, stream, length=-1 if size is None else size,
                content_type=content_type, part_size=_PART_BYTES,
            )  # fmt: skip

    def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> None:
        with translated(key):
            self._client.fput_object(
                self._bucket, key, str(path), content_type=content_type, part_size=_PART_BYTES
            )

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to `path`, whole or not at all. Raises `ObjectMissingError`."""
        # The client would leave what it has written of an object that it cannot finish.
        partial = path.with_name(f".{path.name}.part")
        try:
            with translated(key):
                self._client.fget_object(self._bucket, key, str(path), tmp_file_path=str(partial))
        finally:
            partial.unlink(missing_ok=True)

    def read_beginning(self, key: str, length: int) -> bytes:
        """At most the first `length` bytes. Raises `ObjectMissingError`."""
        with translated(key):
            response = self._client.get_object(self._bucket, key, length=length)
        return b"".join(_pieces(response, key))

    def open_stream(self, key: str) -> Iterator[bytes]:
        """The object's bytes in pieces. Raises `ObjectMissingError` before the first piece."""
        with translated(key):
            response = self._client.get_object(self._bucket, key)
        return _pieces(response, key)

    def stat(self, key: str) -> ObjectInfo | None:
        """Key and size, or None where there is no such object."""
        if self._is_limited:
            # Asked for an object that is not there, stores answer 403 to whoever may not list the whole bucket.
            found_first = next(self.list(key), None)
            return found_first if found_first is not None and found_first.key == key else None
        try:
            with translated(key):
                found = self._client.stat_object(self._bucket, key)
        except ObjectMissingError:
            return None
        return ObjectInfo(key, found.size or 0)

    def exists(self, key: str) -> bool:
        return self.stat(key) is not None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects whose keys begin with `prefix`."""
        with translated(prefix):
            for found in self._client.list_objects(self._bucket, prefix=prefix, recursive=True):
                yield ObjectInfo(found.object_name or "", found.size or 0)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is removed already."""
        with translated(key):
            self._client.remove_object(self._bucket, key)

    def delete_prefix(self, prefix: str) -> None:
        """Remove every object whose key begins with `prefix`."""
        found = [DeleteObject(info.key) for info in self.list(prefix)]
        with translated(prefix):
            errors = list(self._client.remove_objects(self._bucket, found)) if found else []
        if errors:
            raise ObjectStoreUnavailableError(f"{len(errors)} objects under {prefix} could not be removed")


def _pieces(response: urllib3.BaseHTTPResponse, key: str) -> Iterator[bytes]:
    try:
        with translated(key):
            yield from response.stream(_READ_BYTES)
    finally:
        response.close()
        response.release_conn()


def make_client(
    settings: ObjectStoreSettings, endpoint: str, *, secure: bool, limited: Provider | None = None
) -> Minio:
    """A client of the server at `endpoint`, with the settings' keys or `limited` ones. It connects when it is used."""
    return Minio(
        endpoint,
        credentials=limited
        or StaticProvider(
            settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
        ),
        secure=secure,
        region=settings.s3_region,
        http_client=urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_TIMEOUT_SECONDS),
            retries=urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
            maxsize=16,
        ),
    )


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Within it, what the client raises becomes `ObjectMissingError` or `ObjectStoreUnavailableError`."""
    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise ObjectMissingError(f"there is no object {key}") from error
        raise ObjectStoreUnavailableError(f"the object store refused {key}: {error.code}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise ObjectStoreUnavailableError(f"the object store did not answer for {key}: {error}") from error
