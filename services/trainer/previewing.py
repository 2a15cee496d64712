"""Orders a preview of every version of a corpus that stays for a second with all its files read."""

import structlog

from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import audit, previews, quotas
from cartridge_store.quotas import Quota
from services.trainer.settings import PreviewSettings

log = structlog.get_logger(__name__)


def order_due_previews(sessions: SessionFactory, settings: PreviewSettings) -> int:
    """Order the previews that are due; how many there were. Raises `SQLAlchemyError`.

    None twice for a version, and none for a tenant whose quotas leave no room: a training job would say so, and
    nobody has asked for this one.
    """
    ordered = 0
    if not settings.orders_previews:
        return ordered
    while True:
        with sessions.begin() as session:
            corpus = previews.take(session)
            if corpus is None:
                return ordered
            if previews.is_ordered(session, corpus, settings.base_model_name):
                continue
            room = {Quota.GPU_SECONDS_MONTH: 1.0, Quota.BYTES: 1.0}
            full = quotas.overrun(session, corpus.tenant_id, settings.quota_defaults, room)
            if full is not None:
                log.info("preview_not_ordered", corpus=corpus.id, quota=full.quota.value)
                continue
            recipe = PreviewRecipe(
                cartridge_tokens=settings.preview_tokens, read_tokens=settings.preview_read_tokens
            )
            job = previews.order(session, corpus, base_model=settings.base_model_name, recipe=recipe.dump())
            details = {
                "corpus_id": corpus.id,
                "corpus_version": corpus.version,
                "name": job.name,
                "kind": "preview",
            }
            actor = audit.Actor("trainer", job.id)
            audit.record(session, corpus.tenant_id, actor, "training_job.created", job.id, **details)
            ordered += 1
            log.info("preview_ordered", job=job.id, corpus=corpus.id, version=corpus.version)
