"""Sending files to a corpus, each the way that suits it: small ones in forms, large ones and archives in parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cartridge_client.errors import ApiError, ApiUnreachableError
from cartridge_client.schemas import Document, Page, Part, PartList, PartUrl, PartUrlList, Upload
from cartridge_client.transport import Transport
from cartridge_client.uploads import (
    LocalFile,
    ReportingFile,
    Sent,
    UploadProgress,
    digest_of,
    md5_of_part,
    opened_parts,
)

# What goes into one form.
_FORM_FILES = 100
_FORM_BYTES = 16 * 1024 * 1024
_TRIES = 4
# The connection waits for its store most of the time; one at a time leaves it idle.
_PARTS_AT_ONCE = 4
_URLS_AT_ONCE = 100


OnRefused = Callable[[LocalFile, ApiError], None]
"""Called with a file that is refused for itself, and why; the others go on."""


class Sender:
    """Sends files to one corpus over one transport."""

    def __init__(
        self,
        transport: Transport,
        corpus_id: str,
        *,
        replace: bool,
        direct: bool,
        on_refused: OnRefused | None = None,
    ) -> None:
        self._transport = transport
        self._corpus_id = corpus_id
        self._replace = replace
        self._direct = direct
        self._on_refused = on_refused

    def send(self, files: Sequence[LocalFile], on_progress: UploadProgress | None) -> Iterator[Document]:
        """The documents that the files become, as they are sent.

        Raises OSError for a file that cannot be read, ApiError for one that is refused, ApiUnreachableError.
        """
        sent = Sent(sum(file.size_bytes for file in files), on_progress)
        small = [file for file in files if file.size_bytes <= _FORM_BYTES]
        for batch in _batches(small):
            yield from self._send_batch(batch, sent)
        for file in files:
            if file.size_bytes > _FORM_BYTES:
                yield from self._send_large(file, sent)

    def _send_large(self, file: LocalFile, sent: Sent) -> Iterator[Document]:
        try:
            yield self.send_parts(file, sent)
        except ApiError as error:
            self._refused(file, error)

    def _send_batch(self, files: Sequence[LocalFile], sent: Sent) -> Iterator[Document]:
        """A form is taken whole or not at all: where one file is refused, halves are sent until it stands alone."""
        try:
            yield from self._send_form(files, sent)
        except ApiError as error:
            if not _is_of_a_file(error):
                raise
            if len(files) == 1:
                self._refused(files[0], error)
                return
            half = len(files) // 2
            if self._on_refused is None:
                raise
            yield from self._send_batch(files[:half], sent)
            yield from self._send_batch(files[half:], sent)

    def _refused(self, file: LocalFile, error: ApiError) -> None:
        """Tell of a file that is refused for itself. Raises the error where nobody is to be told."""
        if self._on_refused is None or not _is_of_a_file(error):
            raise error
        self._on_refused(file, error)

    def _send_form(self, files: Sequence[LocalFile], sent: Sent) -> tuple[Document, ...]:
        counted = 0

        def on_read(count: int) -> None:
            nonlocal counted
            counted += count
            sent.add(count)

        def send(headers: Mapping[str, str]) -> Page[Document]:
            nonlocal counted
            sent.add(-counted)  # of the try before
            counted = 0
            with opened_parts(files, on_read) as parts:
                return self._transport.ask(
                    Page[Document],
                    "POST",
                    f"/v1/corpora/{self._corpus_id}/documents",
                    params={"replace": "true" if self._replace else None},
                    files=parts,
                    headers=headers,
                )

        try:
            return self._transport.once(send).data
        except ApiError:
            sent.add(-counted)
            raise

    def send_parts(self, file: LocalFile, sent: Sent) -> Document:
        """Send a file in parts. Where an earlier upload of it broke off, what has arrived is not sent again."""
        upload = self._begun(file) or self._begin(file)
        missing = self._missing(file, upload, sent)
        urls = self._urls(upload, missing) if self._direct else {}
        with ThreadPoolExecutor(_PARTS_AT_ONCE + 1) as pool:
            digest = pool.submit(digest_of, file.path)
            parts = [
                pool.submit(self._send_part, file, upload, number, urls.get(number), sent)
                for number in missing
            ]
            try:
                for part in parts:
                    part.result()
            except BaseException:
                # Those that have not begun: the upload has failed, or is to be gone on with another time.
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        body = {"sha256": digest.result()}
        return self._transport.ask(Document, "POST", f"/v1/uploads/{upload.id}/complete", json=body)

    def _begin(self, file: LocalFile) -> Upload:
        body = {"name": file.name, "size_bytes": file.size_bytes, "replace": self._replace}
        path = f"/v1/corpora/{self._corpus_id}/uploads"
        return self._transport.once(
            lambda headers: self._transport.ask(Upload, "POST", path, json=body, headers=headers)
        )

    def _begun(self, file: LocalFile) -> Upload | None:
        cursor: str | None = None
        while True:
            page = self._transport.ask(
                Page[Upload], "GET", "/v1/uploads", params={"corpus_id": self._corpus_id, "cursor": cursor}
            )
            for upload in page.data:
                if (upload.name, upload.size_bytes) == (file.name, file.size_bytes):
                    return upload
            if not page.has_more or page.next_cursor is None:
                return None
            cursor = page.next_cursor

    def _missing(self, file: LocalFile, upload: Upload, sent: Sent) -> list[int]:
        """Numbers of the parts that have not arrived as they are in the file now."""
        arrived = self._transport.ask(PartList, "GET", f"/v1/uploads/{upload.id}/parts").data
        there = {part.number: part for part in arrived}
        missing = []
        for number in range(1, upload.parts + 1):
            offset, size = upload.place(number)
            if self._has_arrived(there.get(number), file.path, offset, size):
                sent.add(size)
            else:
                missing.append(number)
        return missing

    @staticmethod
    def _has_arrived(part: Part | None, path: Path, offset: int, size: int) -> bool:
        return part is not None and part.size_bytes == size and part.etag == md5_of_part(path, offset, size)

    def _urls(self, upload: Upload, numbers: Sequence[int]) -> dict[int, PartUrl]:
        found: dict[int, PartUrl] = {}
        for first in range(0, len(numbers), _URLS_AT_ONCE):
            body = {"numbers": list(numbers[first : first + _URLS_AT_ONCE])}
            answer = self._transport.ask(PartUrlList, "POST", f"/v1/uploads/{upload.id}/part-urls", json=body)
            found |= {each.number: each for each in answer.data}
        return found

    def _send_part(
        self, file: LocalFile, upload: Upload, number: int, url: PartUrl | None, sent: Sent
    ) -> None:
        """Send one part, again where the connection broke. A store that cannot be reached is gone round."""
        for attempt in range(1, _TRIES + 2):
            counted: list[int] = []

            def on_read(count: int, counted: list[int] = counted) -> None:
                counted.append(count)
                sent.add(count)

            try:
                self._put(file, upload, number, url, on_read)
            except (ApiUnreachableError, ApiError) as error:
                sent.add(-sum(counted))
                may_pass = not isinstance(error, ApiError) or error.may_pass
                if url is None and (attempt > _TRIES or not may_pass):
                    raise
                # A store that is out of reach, or a URL that is over: the API takes the part as well.
                url = None
            else:
                return

    def _put(
        self,
        file: LocalFile,
        upload: Upload,
        number: int,
        url: PartUrl | None,
        on_read: Callable[[int], None],
    ) -> None:
        offset, size = upload.place(number)
        with file.path.open("rb") as opened:
            opened.seek(offset)
            part = ReportingFile(opened, on_read, size)
            self._transport.put(
                url.url if url else f"/v1/uploads/{upload.id}/parts/{number}", part.pieces(), size
            )


def _is_of_a_file(error: ApiError) -> bool:
    return error.code.startswith("document_")


def _batches(files: Sequence[LocalFile]) -> Iterator[list[LocalFile]]:
    batch: list[LocalFile] = []
    total = 0
    for file in files:
        if batch and (len(batch) == _FORM_FILES or total + file.size_bytes > _FORM_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(file)
        total += file.size_bytes
    if batch:
        yield batch
