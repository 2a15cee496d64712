"""Deletes the objects of rows that are gone, as the database has promised, until it is done.

And drops uploads that nobody has completed in time.
"""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import cartridges, deletions, documents, uploads
from cartridge_store.db.scope import enter_tenant
from cartridge_store.errors import StoreError
from cartridge_store.multipart import Multiparts
from cartridge_store.objects import ObjectStore

log = structlog.get_logger(__name__)


def sweep(sessions: SessionFactory, objects: ObjectStore) -> int:
    """Keep every promise that is due; how many there were. One that cannot be kept now is put off."""
    kept = 0
    while True:
        with sessions.begin() as session:
            row = deletions.take(session)
            if row is None:
                return kept
            enter_tenant(session, row.tenant_id)
            cartridges.hold_object(session, row.prefix)
            use = deletions.still_used(session, row)
            try:
                if use is None:
                    objects.delete_prefix(row.prefix)
            except StoreError as error:
                log.warning("objects_not_deleted", prefix=row.prefix, detail=str(error))
                deletions.postpone(session, row.id)
                continue
            if use is deletions.Use.LEARNED:
                deletions.postpone(session, row.id)
                continue
            deletions.done(session, row)
            kept += 1


def sweep_uploads(sessions: SessionFactory, multiparts: Multiparts) -> int:
    """Drop the parts of every upload that is over, and the document that it was to become; how many there were.

    Raises `ObjectStoreUnavailableError`; what is left is swept next time.
    """
    swept = 0
    while True:
        with sessions.begin() as session:
            row = uploads.take_expired(session)
            if row is None:
                return swept
            enter_tenant(session, row.tenant_id)
            if row.completed_at is None:
                multiparts.abort(row.object_key, row.multipart_id)
                documents.drop_unfinished(session, row.tenant_id, row.document_id)
            uploads.delete(session, row)
            swept += 1


def keep_sweeping(
    sessions: SessionFactory,
    objects: ObjectStore,
    multiparts: Multiparts,
    stopping: threading.Event,
    every_seconds: float,
) -> None:
    """Sweep until `stopping` is set. In a thread of its own: an object store that hangs must hold up nothing else."""
    while not stopping.wait(every_seconds):
        try:
            sweep(sessions, objects)
            sweep_uploads(sessions, multiparts)
        except StoreError as error:
            log.warning("uploads_not_swept", detail=str(error))
        except SQLAlchemyError as error:
            log.warning("sweep_failed", detail=str(error))
        except Exception:
            # Whatever it is: nobody starts this thread again, and its promises would wait for ever.
            log.exception("sweep_failed")
