"""HTTP of who one is."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.repositories import api_keys, memberships, people, tenants
from cartridge_store.db.scope import enter_person
from cartridge_store.keys import Scope
from cartridge_store.members import MemberRole
from services.api.access import AnyCaller
from services.api.keys.schemas import KeyOut
from services.api.platform import PlatformDep
from services.api.problems import documented
from services.api.sessions.schemas import JoinedTenantOut, PersonOut

router = APIRouter(prefix="/v1/me", tags=["administration"])


class TenantOut(BaseModel):
    object: Literal["tenant"] = "tenant"
    id: str
    name: str


class MeOut(BaseModel):
    """Who asks, a key or a person, for which tenant, and what it may do there."""

    model_config = ConfigDict(title="Me")

    kind: Literal["key", "person"]
    tenant: TenantOut = Field(description="The tenant that the request is for.")
    scopes: list[Scope] = Field(description="What the caller may do in it.")
    key: KeyOut | None = Field(description="Null for a person.")
    person: PersonOut | None = Field(description="Null for a key.")
    role: MemberRole | None = Field(description="The person's in this tenant; null for a key.")
    tenants: list[JoinedTenantOut] = Field(description="All that the person is in; of a key none.")


@router.get("", summary="Who am I?", responses=documented())
def get_me(caller: AnyCaller, platform: PlatformDep) -> MeOut:
    """The tenant, and the key or the person of this request, with what it is good for."""
    with platform.rows_of(caller.tenant_id) as session:
        tenant = tenants.find(session, caller.tenant_id)
        key = person = None
        joined: list[JoinedTenantOut] = []
        if caller.key_id is not None:
            key = KeyOut.of(api_keys.get(session, caller.tenant_id, caller.key_id))
        if caller.person_id is not None:
            enter_person(session, caller.person_id)
            person = PersonOut.of(people.get(session, caller.person_id))
            joined = [JoinedTenantOut.of(each) for each in memberships.joined(session, caller.person_id)]
        return MeOut(
            kind="key" if key is not None else "person",
            tenant=TenantOut(id=tenant.id, name=tenant.name),
            scopes=[scope for scope in Scope if scope in caller.scopes],
            key=key,
            person=person,
            role=caller.role,
            tenants=joined,
        )
