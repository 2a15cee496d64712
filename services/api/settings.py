"""Settings of the api, from CARTRIDGES_* variables."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from cartridge_store.multipart import MIN_PART_BYTES
from cartridge_store.quotas import QuotaSettings
from cartridge_store.settings import (
    DatabaseSettings,
    DocumentSettings,
    GrantSettings,
    KeySettings,
    ObjectStoreSettings,
)
from services.api.dashboard.settings import DashboardSettings
from services.api.sessions.settings import Origin, SignInSettings

_MIB = 1024**2


class ApiSettings(
    DatabaseSettings,
    ObjectStoreSettings,
    DocumentSettings,
    GrantSettings,
    KeySettings,
    QuotaSettings,
    SignInSettings,
    DashboardSettings,
):
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    api_drain_seconds: Annotated[
        int, Field(ge=0, description="How long answers under way may go on when the api stops.")
    ] = 6
    inference_url: str
    base_model: Annotated[
        Path, Field(description="The model's directory or name; its last part is its name.")
    ]
    max_upload_bytes: Annotated[int, Field(ge=1, description="Bytes of one upload request.")] = 64 * _MIB
    upload_part_bytes: Annotated[
        int, Field(ge=MIN_PART_BYTES, le=1024 * _MIB, description="Bytes of one part of a large upload.")
    ] = 16 * _MIB
    upload_seconds: Annotated[
        int, Field(ge=1, le=7 * 86400, description="After so long an upload that is not complete is dropped.")
    ] = 86400
    cors_origins: Annotated[
        tuple[Origin, ...],
        Field(description='Web pages of which origins may call the API, as JSON: ["https://app.example"].'),
    ] = ()
    limits_redis_url: Annotated[
        SecretStr | None, Field(description="Redis for limits by the minute; without it there are none.")
    ] = None
    key_trust_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=30,
            description="How long a process of the api goes on with a key that it has verified: a key that was revoked "
            "elsewhere may work for so long. 0 has every request ask the database.",
        ),
    ] = 2.0
    event_poll_seconds: Annotated[float, Field(gt=0, le=60)] = 0.5

    @property
    def base_model_name(self) -> str:
        return self.base_model.name
