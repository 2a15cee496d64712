"""A typed client of the platform's public API: httpx and pydantic, nothing else of this project."""

from cartridge_client.client import Client
from cartridge_client.errors import (
    ApiError,
    ApiUnreachableError,
    ClientError,
    DigestMismatchError,
    UnexpectedAnswerError,
)
from cartridge_client.schemas import (
    TERMINAL_STATES,
    Cartridge,
    ChatCompletion,
    ChatDelta,
    ChatMessage,
    Corpus,
    Document,
    JobEvent,
    JobProgress,
    Model,
    Page,
    StageProgress,
    TrainingJob,
    Usage,
    Work,
)

__all__ = [
    "TERMINAL_STATES",
    "ApiError",
    "ApiUnreachableError",
    "Cartridge",
    "ChatCompletion",
    "ChatDelta",
    "ChatMessage",
    "Client",
    "ClientError",
    "Corpus",
    "DigestMismatchError",
    "Document",
    "JobEvent",
    "JobProgress",
    "Model",
    "Page",
    "StageProgress",
    "TrainingJob",
    "UnexpectedAnswerError",
    "Usage",
    "Work",
]
