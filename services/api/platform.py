"""What the endpoints work with: settings, database sessions, object store, the inference service."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

import httpx
from fastapi import Depends, Request
from sqlalchemy.orm import Session

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.scope import tenant_transaction
from cartridge_store.multipart import Multiparts
from cartridge_store.objects import ObjectStore
from cartridge_store.tenant_access import TenantStores
from services.api.inference_client import InferenceClient
from services.api.jobs.feeds import Feeds
from services.api.keys.verified import VerifiedKeys
from services.api.limits.buckets import Buckets
from services.api.sessions.oidc import OidcProvider
from services.api.settings import ApiSettings


@dataclass(frozen=True)
class Platform:
    settings: ApiSettings
    sessions: SessionFactory
    objects: ObjectStore
    tenant_stores: TenantStores
    multiparts: Multiparts
    to_objects: httpx.AsyncClient
    inference: InferenceClient
    buckets: Buckets
    oidc: OidcProvider | None
    verified_keys: VerifiedKeys
    feeds: Feeds

    def objects_of(self, tenant_id: str) -> ObjectStore:
        """The objects of this tenant; where the store can limit credentials, no others can be reached."""
        return self.tenant_stores.of(tenant_id)

    def rows_of(self, tenant_id: str) -> AbstractContextManager[Session]:
        """One transaction that sees the rows of this tenant alone, committed at the end."""
        return tenant_transaction(self.sessions, tenant_id)


async def platform_of(request: Request) -> Platform:
    # Not because it waits: FastAPI would send a plain function to another thread, for each request.
    platform: Platform = request.app.state.platform
    return platform


PlatformDep = Annotated[Platform, Depends(platform_of)]
