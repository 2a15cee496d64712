"""Archives: every file becomes a document of its own, or a failed one that says why."""

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from cartridge_documents.charsets import write_as_utf8
from cartridge_documents.errors import ArchiveUnreadableError, DocumentEmptyError, DocumentError
from cartridge_documents.kinds import HTML, Kind, Reading, kind_of
from cartridge_store.db.repositories import checks, corpora, deletions
from cartridge_store.db.repositories.checks import TakenDocument
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.db.tables import DocumentStatus
from cartridge_store.ids import new_id
from cartridge_store.object_keys import upload_key
from services.trainer.checking.keeping import Keeping
from services.trainer.extraction.orders import UnpackedEntry, UnpackOrder
from services.trainer.extraction.sandbox import Sandbox

MAX_ENTRIES = 20_000
_BATCH = 100
_UNKNOWN = "application/octet-stream"

log = structlog.get_logger(__name__)


@dataclass
class _Batch:
    new: list[NewDocument] = field(default_factory=list)
    texts: dict[str, Path] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Expansion:
    """One try at an archive: `folder` holds what is unpacked, `hold_seconds` is how long a batch of it may take."""

    keeping: Keeping
    sandbox: Sandbox
    taken: TakenDocument
    folder: Path
    hold_seconds: float

    def run(self, source: Path) -> None:
        """Make documents of what the archive at `source` holds. Raises `DocumentError` where it cannot be had whole.

        A try that broke off is gone on with: what it has made already is not made again.
        """
        entries = self._unpack(source)
        with tenant_transaction(self.keeping.sessions, self.taken.tenant_id) as session:
            corpora.get(session, self.taken.tenant_id, self.taken.corpus_id, for_update=True)
            # All of it must have room, before any of it is taken.
            self.keeping.check_room(
                session, self.taken, sum(each.stat().st_size for each in self._files.iterdir())
            )
            made = checks.names_out_of(session, self.taken)
        waiting = [entry for entry in entries if entry.name not in made]
        for first in range(0, len(waiting), _BATCH):
            self._take_batch(waiting[first : first + _BATCH])
        with tenant_transaction(self.keeping.sessions, self.taken.tenant_id) as session:
            checks.make_expanded(session, self.taken)
        log.info("archive_expanded", entries=len(entries))

    @property
    def _files(self) -> Path:
        return self.folder / "files"

    def _unpack(self, source: Path) -> list[UnpackedEntry]:
        self._files.mkdir()
        manifest = self.folder / "manifest"
        settings = self.keeping.settings
        self.sandbox.carry_out(
            UnpackOrder(
                name=self.taken.name,
                source=source,
                target=self._files,
                manifest=manifest,
                entries=MAX_ENTRIES,
                total_bytes=settings.max_corpus_bytes,
                entry_bytes=settings.max_document_bytes,
            )
        )
        source.unlink()
        with manifest.open(encoding="utf-8") as lines:
            entries = [UnpackedEntry.model_validate_json(line) for line in lines]
        if not entries:
            raise ArchiveUnreadableError("the archive holds no files; look whether the right one was taken")
        return entries

    def _take_batch(self, entries: list[UnpackedEntry]) -> None:
        batch = _Batch()
        for entry in entries:
            document_id = new_id("doc")
            try:
                self._take_entry(entry, document_id, batch)
            except DocumentError as error:
                batch.new.append(self._refused(entry, document_id, error))
        self.keeping.add(self.taken, batch.new, batch.texts, self.hold_seconds)
        for path in batch.files:
            path.unlink(missing_ok=True)

    def _take_entry(self, entry: UnpackedEntry, document_id: str, batch: _Batch) -> None:
        if entry.refusal is not None:
            raise entry.refusal.raised()
        path = self._files / str(entry.file)
        batch.files.append(path)
        kind = kind_of(entry.name)
        if kind.reading is Reading.TEXT:
            batch.new.append(self._text(entry, document_id, kind, batch))
            return
        if path.stat().st_size == 0:
            raise DocumentEmptyError("the file is empty; leave it out of the archive")
        key = upload_key(self.taken.tenant_id, document_id)
        with tenant_transaction(self.keeping.sessions, self.taken.tenant_id) as session:
            deletions.promise_unless_used(session, self.taken.tenant_id, [key])
        self.keeping.objects.put_file(key, path)
        batch.new.append(
            NewDocument(
                document_id, entry.name, kind.media_type, path.stat().st_size, None, key,
                status=DocumentStatus.CHECKING, replaces=self.taken.replaces, archive_id=self.taken.id,
            )
        )  # fmt: skip

    def _text(self, entry: UnpackedEntry, document_id: str, kind: Kind, batch: _Batch) -> NewDocument:
        path = self._files / str(entry.file)
        text_path = path.with_name(f"{path.name}.text")
        batch.files.append(text_path)
        with path.open("rb") as file, text_path.open("w+b") as written:
            write_as_utf8(file, written, is_html=kind.media_type == HTML)
        text = self.keeping.store_text(self.taken.tenant_id, text_path)
        batch.texts[text.object_key] = text_path
        return NewDocument(
            document_id, entry.name, kind.media_type, text.size_bytes, text.sha256, text.object_key,
            replaces=self.taken.replaces, archive_id=self.taken.id,
        )  # fmt: skip

    def _refused(self, entry: UnpackedEntry, document_id: str, error: DocumentError) -> NewDocument:
        return NewDocument(
            document_id, entry.name, _UNKNOWN, 0, None, upload_key(self.taken.tenant_id, document_id),
            status=DocumentStatus.FAILED, archive_id=self.taken.id, error_code=error.code, error_detail=str(error),
        )  # fmt: skip
