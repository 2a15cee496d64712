"""HTTP of the calling tenant."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from cartridge_store.db.repositories import api_keys, tenants
from services.api.access import AnyCaller
from services.api.keys.schemas import KeyOut
from services.api.platform import PlatformDep
from services.api.problems import documented

router = APIRouter(prefix="/v1/me", tags=["administration"])


class TenantOut(BaseModel):
    object: Literal["tenant"] = "tenant"
    id: str
    name: str


class MeOut(BaseModel):
    """The tenant that a key belongs to, and the key."""

    model_config = ConfigDict(title="Me")

    tenant: TenantOut
    key: KeyOut


@router.get("", summary="Who am I?", responses=documented())
def get_me(caller: AnyCaller, platform: PlatformDep) -> MeOut:
    """The tenant and the key of this request, with what the key is good for."""
    with platform.rows_of(caller.tenant_id) as session:
        tenant = tenants.find(session, caller.tenant_id)
        key = api_keys.get(session, caller.tenant_id, caller.key_id)
        return MeOut(tenant=TenantOut(id=tenant.id, name=tenant.name), key=KeyOut.of(key))
