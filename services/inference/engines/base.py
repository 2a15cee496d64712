"""The engine contract: what answers a prompt with cartridges before it, whatever runs the model.

An engine owns its weights, its cartridges in memory and its batch. The HTTP surface knows this module alone.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from cartridge_core.relevance import PromptLogprobs
from cartridge_store.grants import GrantedCartridge

if TYPE_CHECKING:  # it brings torch, which the router shares this contract without
    from cartridge_core.prompts import ChatMessage

FinishReason = Literal["stop", "length"]
Tier = Literal["device", "host", "disk", "s3"]


@dataclass(frozen=True)
class GenerateRequest:
    """A tenant's prompt, the cartridges before it (order is significant, may be empty), and how to sample."""

    tenant_id: str
    messages: tuple["ChatMessage", ...]
    cartridges: tuple[GrantedCartridge, ...]
    max_tokens: int
    temperature: float
    top_p: float
    seed: int | None
    stop: tuple[str, ...]
    top_logprobs: int | None


@dataclass(frozen=True)
class TokenLogprob:
    token: str
    logprob: float


@dataclass(frozen=True)
class ScoredToken:
    """A sampled token with the likeliest tokens at its place."""

    token: str
    logprob: float
    top: tuple[TokenLogprob, ...]


@dataclass(frozen=True)
class Chunk:
    """What one decode step adds to an answer. `text` may be empty while a stop string could still match."""

    text: str
    token_ids: tuple[int, ...]
    logprobs: tuple[ScoredToken, ...] | None
    finish_reason: FinishReason | None


@dataclass(frozen=True)
class PromptScores:
    """A prompt's own tokens' log-probabilities behind nothing, and behind each of its cartridges alone, in order.

    `tokens`: how many were read for that in all, those of cartridges not among them.
    """

    alone: PromptLogprobs
    behind: tuple[PromptLogprobs, ...]
    tokens: int


@dataclass(frozen=True)
class Usage:
    """What an answer cost.

    `kv_bytes` is all the KV it held at its end, cartridges included; `selection_tokens` were read to choose among them.
    """

    prompt_tokens: int
    cartridge_tokens: int
    completion_tokens: int
    kv_bytes: int
    seconds_to_first_token: float
    selection_tokens: int = 0


@dataclass(frozen=True)
class Finished:
    """The end of an answer."""

    finish_reason: FinishReason
    usage: Usage


@dataclass(frozen=True)
class ModelCard:
    name: str
    fingerprint: str
    tokenizer_fingerprint: str
    architecture: str
    context_length: int
    kv_bytes_per_token: int
    dtype: str


@dataclass(frozen=True)
class ResidentCartridge:
    """A cartridge at hand; `tier`: the best place that the engine itself keeps it in."""

    digest: str
    bytes: int
    tokens: int
    last_used: datetime
    pinned: bool
    tier: Tier


@dataclass(frozen=True)
class EngineLoad:
    """Requests at hand. `capacity` is how many run at once; those beyond it wait for a place."""

    running: int
    waiting: int
    capacity: int


class Engine(Protocol):
    """One base model, ready to answer."""

    async def start(self) -> None:
        """Load the weights; returns once the engine answers. Raises `CartridgeError` when it never will."""
        ...

    async def stop(self) -> None:
        """Refuse new requests, let those under way finish within the engine's drain time, free everything."""
        ...

    @property
    def ready(self) -> bool:
        """Whether `generate` takes requests now."""
        ...

    @property
    def model_card(self) -> ModelCard:
        """Who answers. Raises `EngineNotReadyError` before `start` has returned."""
        ...

    @property
    def load(self) -> EngineLoad:
        """The requests at hand now, and how many run at once; known before `start` has returned."""
        ...

    def generate(self, request: GenerateRequest) -> AsyncGenerator[Chunk | Finished]:
        """The answer's chunks as they come, then one `Finished`.

        Everything that can be wrong with the request is raised before the first chunk: `PromptTooLongError`,
        `ArtifactError` and its subclasses, and the errors of `services.inference.errors`. Closing the
        generator gives up the answer and frees its place.
        """
        ...

    async def score_prompt(self, request: GenerateRequest) -> PromptScores:
        """What the request's cartridges make of its prompt; nothing is answered. It takes one place, however many there are.

        Raises as `generate` does; `PromptTooLongError` also where prompt and answer alone exceed the window, or the prompt
        behind any one of the cartridges.
        """
        ...

    async def load_cartridge(self, tenant_id: str, cartridge: GrantedCartridge, *, pinned: bool) -> None:
        """Have a cartridge at hand before it is asked for; pinned, it stays until its tenant takes the pin away.

        Raises as `generate` does.
        """
        ...

    async def unload_cartridge(self, tenant_id: str, digest: str) -> bool:
        """Forget a tenant's cartridge and its pin, once no request uses it; whether it was at hand.

        A cartridge that another tenant pins stays for that one.
        """
        ...

    async def resident_cartridges(self) -> list[ResidentCartridge]:
        """The cartridges at hand, most recently used last."""
        ...
