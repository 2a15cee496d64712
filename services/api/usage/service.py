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
    found = quotas.overrun(session, tenant_id, platform.settings.quota_defaults, adding)
    if found is not None:
        raise quota_exceeded(found.quota, found.limit, found.used)
