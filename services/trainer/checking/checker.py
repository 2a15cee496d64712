"""Takes one uploaded file after the other and makes it a text, or says why it is none."""

import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cartridge_documents.charsets import write_as_utf8
from cartridge_documents.errors import (
    DocumentDigestError,
    DocumentError,
    DocumentTooLargeError,
    DocumentUncheckedError,
)
from cartridge_documents.kinds import HTML, Reading, kind_of
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import checks
from cartridge_store.db.repositories.checks import TakenDocument
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.errors import NotFoundError, StoreError
from cartridge_store.objects import ObjectStore
from services.trainer.checking.expanding import Expansion
from services.trainer.checking.keeping import Keeping, digest_of
from services.trainer.extraction.orders import ExtractOrder
from services.trainer.extraction.sandbox import Sandbox
from services.trainer.settings import CheckingSettings

MAX_CHECKS = 3
_HOLD_SECONDS = 900.0
_RETRY_SECONDS = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Checker:
    """What every check works with; `scratch` is a folder for files that are being read."""

    sessions: SessionFactory
    objects: ObjectStore
    sandbox: Sandbox
    settings: CheckingSettings
    scratch: Path

    @property
    def keeping(self) -> Keeping:
        return Keeping(self.sessions, self.objects, self.settings)


def check_next(checker: Checker) -> bool:
    """Judge one document that is due; whether there was one."""
    with checker.sessions.begin() as session:
        taken = checks.take(session, _HOLD_SECONDS)
    if taken is None:
        return False
    with structlog.contextvars.bound_contextvars(document=taken.id, tenant=taken.tenant_id):
        try:
            _judge(checker, taken)
        except NotFoundError:
            log.info("check_overtaken")  # deleted meanwhile, or in other hands
        except (StoreError, SQLAlchemyError, OSError) as error:
            log.warning("check_put_off", detail=type(error).__name__)
            _put_off(checker, taken)
        except Exception:
            log.exception("check_failed")
            _put_off(checker, taken)
    return True


def keep_checking(checker: Checker, stopping: threading.Event, every_seconds: float) -> None:
    """Check whatever comes until `stopping` is set. In a thread of its own: a file may take minutes."""
    while not stopping.wait(every_seconds):
        try:
            while not stopping.is_set() and check_next(checker):
                pass
        except SQLAlchemyError as error:
            log.warning("checking_failed", detail=type(error).__name__)
        except Exception:
            # Whatever it is: nobody starts this thread again, and files would wait for ever.
            log.exception("checking_failed")


def _judge(checker: Checker, taken: TakenDocument) -> None:
    try:
        if taken.check > MAX_CHECKS:
            raise DocumentUncheckedError(
                f"it could not be checked in {MAX_CHECKS} tries; upload it again, or as a text"
            )
        with TemporaryDirectory(dir=checker.scratch, prefix="check-") as folder:
            _read(checker, taken, Path(folder))
    except DocumentError as error:
        with tenant_transaction(checker.sessions, taken.tenant_id) as session:
            checks.refuse(session, taken, error.code, str(error))
        log.info("document_refused", code=error.code)


def _read(checker: Checker, taken: TakenDocument, folder: Path) -> None:
    source = folder / "source"
    checker.objects.get_file(taken.object_key, source)
    if taken.expected_sha256 is not None and digest_of(source) != taken.expected_sha256:
        raise DocumentDigestError("what arrived is not the file whose digest was told; upload it again")
    kind = kind_of(taken.name)
    if kind.reading is Reading.ARCHIVE:
        Expansion(checker.keeping, checker.sandbox, taken, folder, _HOLD_SECONDS).run(source)
        return
    text = folder / "text"
    if kind.reading is Reading.TEXT:
        with source.open("rb") as file, text.open("w+b") as target:
            write_as_utf8(file, target, is_html=kind.media_type == HTML)
    else:
        checker.sandbox.carry_out(ExtractOrder(media_type=kind.media_type, source=source, target=text))
    if text.stat().st_size > checker.settings.max_document_bytes:
        raise DocumentTooLargeError(
            f"its text has more than {checker.settings.max_document_bytes:,} bytes; divide it into several files"
        )
    checker.keeping.make_ready(taken, text)
    log.info("document_ready")


def _put_off(checker: Checker, taken: TakenDocument) -> None:
    try:
        with tenant_transaction(checker.sessions, taken.tenant_id) as session:
            checks.extend(session, taken, _RETRY_SECONDS)
    except (StoreError, SQLAlchemyError) as error:
        # It is due again when its time is over.
        log.warning("check_not_put_off", detail=type(error).__name__)
