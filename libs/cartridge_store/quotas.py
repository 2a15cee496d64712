"""What a tenant may use: names, units and defaults. The operator sets a tenant's own amounts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from cartridge_store.settings import CONFIG

_GIB = 1024**3
Amount = Annotated[int, Field(ge=0)]


class Quota(StrEnum):
    """Amounts that a tenant holds at a time, or uses within the time that the name says."""

    BYTES = "bytes"
    CORPORA = "corpora"
    CARTRIDGES = "cartridges"
    CONCURRENT_JOBS = "concurrent_jobs"
    GPU_SECONDS_MONTH = "gpu_seconds_month"
    TOKENS_MINUTE = "tokens_minute"
    REQUESTS_MINUTE = "requests_minute"


class QuotaSettings(BaseSettings):
    """The amounts of tenants for whom the operator has set none."""

    model_config = CONFIG

    quota_bytes: Annotated[Amount, Field(description="Of documents and cartridges together.")] = 20 * _GIB
    quota_corpora: Amount = 1000
    quota_cartridges: Annotated[Amount, Field(description="Kept ready to be answered with.")] = 1000
    quota_concurrent_jobs: Annotated[Amount, Field(description="Queued or running.")] = 20
    quota_gpu_seconds_month: Annotated[Amount, Field(description="That jobs hold a worker; UTC months.")] = (
        2_000_000
    )
    quota_tokens_minute: Annotated[Amount, Field(description="Of prompts and answers.")] = 1_000_000
    quota_requests_minute: Amount = 6000

    @property
    def quota_defaults(self) -> Mapping[Quota, int]:
        return {quota: getattr(self, f"quota_{quota.value}") for quota in Quota}
