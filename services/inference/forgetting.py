"""What was deleted is not kept at hand: now and then every cartridge here is looked for in the object store.

The object store is the one place that learns of every deletion, be it of a cartridge, a corpus, a preview or a whole
tenant, and whether this pod was there at the time or not.
"""

import asyncio

import structlog

from cartridge_store.errors import ObjectStoreUnavailableError
from cartridge_store.objects import ObjectStore
from services.inference.engines.base import Engine
from services.inference.errors import InferenceError
from services.inference.owners import Owners

# Whose nobody knows to be: of no tenant.
_NOBODY = ""

log = structlog.get_logger(__name__)


async def keep_forgetting(engine: Engine, owners: Owners, objects: ObjectStore, seconds: float) -> None:
    """Look every so many seconds. What cannot be looked for now is looked for the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await forget_deleted(engine, owners, objects, seconds)
        except (ObjectStoreUnavailableError, InferenceError) as error:
            log.warning("deleted_not_looked_for", detail=str(error))


async def forget_deleted(engine: Engine, owners: Owners, objects: ObjectStore, idle_seconds: float) -> None:
    """Have the engine forget every cartridge at hand whose object is gone, and those of which no owner is known.

    Of two tenants with the same cartridge the one that still has it fetches it once more. Raises
    `ObjectStoreUnavailableError` and `InferenceError`.
    """
    if not engine.ready:
        return
    at_hand = {resident.digest for resident in await engine.resident_cartridges()}
    for digest in at_hand:
        keys = owners.of(digest)
        if not keys:
            await engine.unload_cartridge(_NOBODY, digest)
        for tenant_id, key in keys.items():
            if not await asyncio.to_thread(objects.exists, key):
                await engine.unload_cartridge(tenant_id, digest)
                owners.forget(tenant_id, digest)
                log.info("deleted_cartridge_forgotten", tenant=tenant_id, digest=digest)
    owners.forget_all_but(at_hand, idle_seconds=idle_seconds)
