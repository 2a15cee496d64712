"""HTTP of where cartridges are at hand now: pods and tiers, as far as the tenant's own cartridges go."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from cartridge_store.db.repositories import cartridges
from cartridge_store.db.tables import CartridgeRow
from services.api.access import Reader
from services.api.inference_client import Place, PlacedCartridge
from services.api.platform import Platform, PlatformDep
from services.api.problems import documented, inference_unavailable, not_found

router = APIRouter(prefix="/v1", tags=["cartridges"])

_NOT_FOUND = not_found("There is no cartridge ctg_01j9z3k4m5n6p7q8r9s0t1v2w3.")


class PlaceOut(BaseModel):
    """A pod that has the cartridge at hand."""

    pod: str
    tier: Literal["device", "host", "disk", "s3"] = Field(
        description="The nearest place that the pod keeps it in: GPU memory, memory, disk."
    )
    pinned: bool = Field(description="Whether it stays there whatever else wants room.")
    last_used: datetime

    @classmethod
    def of(cls, place: Place) -> "PlaceOut":
        return cls(pod=place.pod, tier=place.tier, pinned=place.pinned, last_used=place.last_used)


class ResidencyOut(BaseModel):
    """Where a cartridge is at hand: nowhere is no fault, the next question fetches it from the object store."""

    object: Literal["residency"] = "residency"
    cartridge_id: str
    name: str
    places: list[PlaceOut]

    @classmethod
    def of(cls, row: CartridgeRow, places: tuple[Place, ...]) -> "ResidencyOut":
        return cls(cartridge_id=row.id, name=row.name, places=[PlaceOut.of(place) for place in places])


class ResidenciesOut(BaseModel):
    """Those of the tenant's cartridges that are at hand anywhere."""

    object: Literal["list"] = "list"
    data: list[ResidencyOut]


@router.get(
    "/cartridges/{cartridge_id}/residency",
    summary="Tell where a cartridge is at hand",
    responses=documented(_NOT_FOUND, inference_unavailable()),
)
async def get_residency(cartridge_id: str, caller: Reader, platform: PlatformDep) -> ResidencyOut:
    """The pods that hold a cartridge now, the one that used it last first, and how near to the model."""
    row = await run_in_threadpool(_get, platform, caller.tenant_id, cartridge_id)
    found = await platform.inference.residency([row.digest])
    return ResidencyOut.of(row, next((each.places for each in found if each.digest == row.digest), ()))


@router.get("/residency", summary="List cartridges at hand", responses=documented(inference_unavailable()))
async def list_residency(caller: Reader, platform: PlatformDep) -> ResidenciesOut:
    """The tenant's cartridges that any pod holds now, most recently used first."""
    found = await platform.inference.residency()
    return ResidenciesOut(data=await run_in_threadpool(_own, platform, caller.tenant_id, found))


def _get(platform: Platform, tenant_id: str, cartridge_id: str) -> CartridgeRow:
    with platform.rows_of(tenant_id) as session:
        return cartridges.get(session, tenant_id, cartridge_id)


def _own(platform: Platform, tenant_id: str, found: tuple[PlacedCartridge, ...]) -> list[ResidencyOut]:
    """What of `found` is the tenant's: inference knows digests, not whose they are."""
    with platform.rows_of(tenant_id) as session:
        rows = cartridges.with_digests(session, tenant_id, [each.digest for each in found])
        return [
            ResidencyOut.of(row, each.places) for each in found for row in rows if row.digest == each.digest
        ]
