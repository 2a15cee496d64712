"""Texts on their way into the object store and the corpus: stored once a tenant, and only where there is room."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from cartridge_documents.errors import DocumentError
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import audit, cartridges, checks, corpora, deletions, documents, quotas
from cartridge_store.db.repositories.checks import KeptText, TakenDocument
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.object_keys import text_key
from cartridge_store.objects import ObjectStore
from cartridge_store.quotas import Quota
from services.trainer.settings import CheckingSettings


class NoQuotaError(DocumentError):
    """The tenant's quota of bytes has no room for it."""

    code = "quota_exceeded"


class CorpusFullError(DocumentError):
    """The corpus may not have so many bytes."""

    code = "corpus_full"


@dataclass(frozen=True)
class Keeping:
    sessions: SessionFactory
    objects: ObjectStore
    settings: CheckingSettings

    def make_ready(self, taken: TakenDocument, path: Path) -> None:
        """Store a document's text and let it be learned from. Raises `DocumentError` where there is no room."""
        text = self.store_text(taken.tenant_id, path)
        with tenant_transaction(self.sessions, taken.tenant_id) as session:
            corpora.get(session, taken.tenant_id, taken.corpus_id, for_update=True)
            # The file has its place already.
            self.check_room(session, taken, max(0, text.size_bytes - taken.size_bytes))
            self.hold(session, {text.object_key: path})
            checks.make_ready(session, taken, text)

    def store_text(self, tenant_id: str, path: Path) -> KeptText:
        """Store a text unless the tenant has it; should nothing come to name it, it goes after an hour."""
        digest = digest_of(path)
        text = KeptText(text_key(tenant_id, digest), path.stat().st_size, digest)
        with tenant_transaction(self.sessions, tenant_id) as session:
            deletions.promise_unless_used(session, tenant_id, [text.object_key])
        if not self.objects.exists(text.object_key):
            self.objects.put_file(text.object_key, path, content_type="text/plain; charset=utf-8")
        return text

    def hold(self, session: Session, texts: dict[str, Path]) -> None:
        """Keep the sweeper from these texts until the commit, and put those that it has taken meanwhile."""
        for key in sorted(texts):
            cartridges.hold_object(session, key)
            if not self.objects.exists(key):
                self.objects.put_file(key, texts[key], content_type="text/plain; charset=utf-8")

    def check_room(self, session: Session, taken: TakenDocument, adding: int) -> None:
        """Raise `NoQuotaError` or `CorpusFullError` where so many bytes more have no room."""
        found = quotas.overrun(session, taken.tenant_id, self.settings.quota_defaults, {Quota.BYTES: adding})
        if found is not None:
            raise NoQuotaError(
                f"the tenant's quota of {found.limit:,} bytes has no room for {adding:,} more; delete something, or ask "
                "the operator for more, then upload it again"
            )
        limit = self.settings.max_corpus_bytes
        if documents.stored_bytes(session, taken.tenant_id, taken.corpus_id) + adding > limit:
            raise CorpusFullError(
                f"the corpus may have {limit:,} bytes and has no room for {adding:,} more; upload it to another one"
            )

    def add(
        self, taken: TakenDocument, new: Sequence[NewDocument], texts: dict[str, Path], hold_seconds: float
    ) -> None:
        """Make documents out of entries of an archive, in one version. Raises `DocumentError` and `NotFoundError`."""
        with tenant_transaction(self.sessions, taken.tenant_id) as session:
            corpora.get(session, taken.tenant_id, taken.corpus_id, for_update=True)
            checks.extend(session, taken, hold_seconds)
            self.check_room(session, taken, sum(document.size_bytes for document in new))
            self.hold(session, texts)
            trainer = audit.Actor("trainer", taken.id)
            for row in documents.add(session, taken.tenant_id, taken.corpus_id, new):
                details = {"corpus_id": row.corpus_id, "name": row.name, "size_bytes": row.size_bytes}
                audit.record(session, taken.tenant_id, trainer, "document.created", row.id, **details)


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
