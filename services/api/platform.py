"""What the endpoints work with: settings, database sessions, object store, the inference service."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from cartridge_store.db.engine import SessionFactory
from cartridge_store.objects import ObjectStore
from services.api.inference_client import InferenceClient
from services.api.settings import ApiSettings


@dataclass(frozen=True)
class Platform:
    settings: ApiSettings
    sessions: SessionFactory
    objects: ObjectStore
    inference: InferenceClient


def platform_of(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


PlatformDep = Annotated[Platform, Depends(platform_of)]
