"""Bodies of the HTTP surface, in and out."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from services.inference.engines.base import FinishReason, Tier

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of a cartridge file.")]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: str


class GenerateBody(BaseModel):
    """A prompt with cartridges before it, and how to sample its answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "messages": [{"role": "user", "content": "When was the bridge built?"}],
                "cartridges": ["0f" * 32],
                "max_tokens": 64,
                "temperature": 0,
                "stream": True,
            }
        },
    )

    messages: list[Message] = Field(min_length=1, max_length=2048)
    cartridges: list[Digest] = Field([], max_length=64, description="In this order before the prompt.")
    select: Literal["all", "relevant"] = Field(
        "all",
        description="`relevant`: those of the cartridges alone that the prompt is about, told by its own words; none where it "
        "is about none of them.",
    )
    max_tokens: int = Field(256, ge=1, le=1_000_000)
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field([], max_length=16)
    top_logprobs: int | None = Field(None, ge=0, le=20, description="Null for no log-probabilities at all.")
    stream: bool = False


class TopLogprob(BaseModel):
    token: str
    logprob: float


class TokenScore(BaseModel):
    token: str
    logprob: float
    top: list[TopLogprob]


class UsageOut(BaseModel):
    prompt_tokens: int
    cartridge_tokens: int
    completion_tokens: int
    kv_bytes: int = Field(
        description="All KV the request held at its end, cartridges included, in the dtype computed in."
    )
    seconds_to_first_token: float = Field(description="The choice among cartridges included.")
    selection_tokens: int = Field(
        description="Tokens that were read to choose among cartridges: the prompt's, for each and once without any; the cartridges' own not among them."
    )


class ConsideredOut(BaseModel):
    """A cartridge of a request that asked for the relevant ones."""

    digest: str
    gain: float = Field(description="Nats that the cartridge takes off the words of the prompt that decided.")
    chosen: bool = Field(description="Whether it stood before the prompt.")


class SelectionOut(BaseModel):
    """The first `data:` line of a stream that was asked for with `select: relevant`."""

    selection: list[ConsideredOut]
    selection_tokens: int


class ChunkOut(BaseModel):
    """One `data:` line of a stream."""

    text: str
    token_ids: list[int]
    logprobs: list[TokenScore] | None
    finish_reason: FinishReason | None


class UsageChunkOut(BaseModel):
    """The last `data:` line of a stream."""

    usage: UsageOut
    finish_reason: FinishReason


class AnswerOut(BaseModel):
    """A whole answer, not streamed."""

    selection: list[ConsideredOut] | None = Field(
        description="With `select: relevant`, the request's cartridges in order; null otherwise, and without cartridges."
    )
    text: str
    logprobs: list[TokenScore] | None
    finish_reason: FinishReason
    usage: UsageOut


class ModelOut(BaseModel):
    name: str
    fingerprint: str
    tokenizer_fingerprint: str
    architecture: str
    context_length: int
    kv_bytes_per_token: int = Field(description="In the dtype that the pod computes in.")
    dtype: str = Field(description="What the pod computes in.")


class LoadOut(BaseModel):
    running: int
    waiting: int
    capacity: int = Field(description="Requests that run at once; those beyond it wait.")
    draining: bool = Field(description="The service is about to stop: send it nothing new.")


class LoadCartridgeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    digest: Digest
    pinned: bool = Field(False, description="Keep it whatever else wants room; false takes a pin away.")


class UnloadCartridgeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    digest: Digest


class UnloadedOut(BaseModel):
    was_at_hand: bool


class ResidentCartridgeOut(BaseModel):
    digest: str
    bytes: int
    tokens: int
    last_used: datetime
    pinned: bool
    tier: Tier = Field(description="The best place the service itself keeps it in.")


class ResidentCartridgesOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[ResidentCartridgeOut]


class PlaceOut(BaseModel):
    """A pod that has a cartridge at hand."""

    pod: str
    tier: Tier = Field(description="The best place the pod itself keeps it in.")
    pinned: bool
    last_used: datetime


class PlacedCartridgeOut(BaseModel):
    """A cartridge with the pods that have it at hand, the one that used it last first."""

    digest: str
    bytes: int
    tokens: int
    places: list[PlaceOut]


class PlacedCartridgesOut(BaseModel):
    object: Literal["list"] = "list"
    data: list[PlacedCartridgeOut]


# Which cartridges to tell of; all of them when none is named.
AskedDigests = Annotated[list[Digest], Query(max_length=64, description="Only cartridges of these digests.")]
