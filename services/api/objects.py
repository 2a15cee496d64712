"""Objects that are wanted no more."""

from collections.abc import Sequence

import structlog

from cartridge_store.errors import StoreError
from services.api.platform import Platform

log = structlog.get_logger(__name__)


def discard(platform: Platform, tenant_id: str, prefixes: Sequence[str]) -> None:
    """Delete what is under these prefixes of the tenant now where that can be done; what stays is the sweeper's."""
    for prefix in prefixes:
        try:
            platform.objects_of(tenant_id).delete_prefix(prefix)
        except StoreError as error:
            log.warning("object_left_behind", prefix=prefix, detail=str(error))
