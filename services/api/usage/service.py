"""Rules of room: what a quota leaves must be there before something is made."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from cartridge_store.db.repositories import quotas
from cartridge_store.quotas import Quota
from services.api.platform import Platform
from services.api.problems import quota_exceeded


def check_room(platform: Platform, session: Session, tenant_id: str, adding: Mapping[Quota, float]) -> None:
    """Raise the 403 problem where a quota has no room for what is added.

    Until the commit nobody else of the tenant takes that room.
    """
    quotas.hold(session, tenant_id)
    limits = quotas.limits(session, tenant_id, platform.settings.quota_defaults)
    for quota, amount in adding.items():
        used = quotas.used(session, tenant_id, quota) or 0.0
        if used + amount > limits[quota]:
            raise quota_exceeded(quota, limits[quota], used)
