"""HTTP of usage and quotas."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from cartridge_store.db.repositories import quotas, usage
from cartridge_store.db.repositories.usage import Kind
from cartridge_store.quotas import Quota
from cartridge_web.handlers import invalid_request
from services.api.access import Admin
from services.api.platform import PlatformDep
from services.api.problems import documented

router = APIRouter(tags=["administration"])

_DEFAULT_DAYS = 30
_MAX_DAYS = 366
# A day before and after these is still a date.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(9999, 1, 1))]


class DayUsageOut(BaseModel):
    """What was used of one kind on one day."""

    day: date = Field(description="In UTC.")
    kind: Kind = Field(
        description="`requests` to chat; `prompt_tokens`, `cartridge_tokens` and `completion_tokens` of answers; "
        "`synthesis_tokens` that self-study generated; `gpu_seconds` in which jobs held a worker."
    )
    amount: float


class UsageOut(BaseModel):
    """Use by day and kind, oldest day first; what was not used has no entry."""

    model_config = ConfigDict(
        title="Usage",
        json_schema_extra={
            "example": {
                "object": "usage",
                "first_day": "2026-11-01",
                "last_day": "2026-11-30",
                "data": [{"day": "2026-11-24", "kind": "completion_tokens", "amount": 5120}],
            }
        },
    )

    object: Literal["usage"] = "usage"
    first_day: date
    last_day: date
    data: list[DayUsageOut]


class QuotaOut(BaseModel):
    """One quota; `used` is null for those by the minute, which come with every answer's `RateLimit` header."""

    name: Quota
    limit: int
    used: float | None


class QuotasOut(BaseModel):
    model_config = ConfigDict(title="Quotas")

    object: Literal["list"] = "list"
    data: list[QuotaOut]


@router.get("/v1/usage", summary="Read usage", responses=documented())
def get_usage(
    caller: Admin,
    platform: PlatformDep,
    first_day: Annotated[Day | None, Query(description="Default: 30 days before the last.")] = None,
    last_day: Annotated[Day | None, Query(description="Default: today.")] = None,
) -> UsageOut:
    """What the tenant has used, by day (UTC) and kind. Each token and each second is counted once."""
    last = last_day or datetime.now(UTC).date()
    first = first_day or last - timedelta(days=_DEFAULT_DAYS)
    if not 0 <= (last - first).days <= _MAX_DAYS:
        message = f"Must not come after last_day, nor more than {_MAX_DAYS} days before it"
        raise invalid_request([{"type": "value_error", "loc": ("query", "first_day"), "msg": message}])
    with platform.rows_of(caller.tenant_id) as session:
        days = usage.by_day(session, caller.tenant_id, first, last)
    data = [DayUsageOut(day=each.day, kind=each.kind, amount=each.amount) for each in days]
    return UsageOut(first_day=first, last_day=last, data=data)


@router.get("/v1/quotas", summary="List quotas", responses=documented())
def list_quotas(caller: Admin, platform: PlatformDep) -> QuotasOut:
    """What the tenant may use, and how much of it is in use. The operator sets them."""
    with platform.rows_of(caller.tenant_id) as session:
        limits = quotas.limits(session, caller.tenant_id, platform.settings.quota_defaults)
        return QuotasOut(
            data=[
                QuotaOut(name=quota, limit=limit, used=quotas.used(session, caller.tenant_id, quota))
                for quota, limit in limits.items()
            ]
        )
