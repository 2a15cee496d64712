"""Bodies of chat completions: OpenAI's, with cartridges."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_CARTRIDGES = 64
_STOPS = 16
_PARTS = 1024


def _encodable(text: str) -> str:
    """JSON can escape halves of characters, which no tokenizer can read and no service can be sent."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a character (a lone surrogate)") from error
    return text


Text = Annotated[str, AfterValidator(_encodable)]
_Stop = Annotated[Text, Field(min_length=1, max_length=1000)]


class TextPart(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["text"]
    text: Text


class ChatMessageIn(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: Text | Annotated[list[TextPart], Field(max_length=_PARTS)] = Field(
        description="Text, or parts of type `text`."
    )
    name: str | None = Field(None, description="Taken for compatibility, not shown to the model.")

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatIn(BaseModel):
    """OpenAI's request. Fields of theirs that are not listed here are refused by name, not ignored."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "model": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
                "messages": [{"role": "user", "content": "Who founded the project?"}],
                "max_tokens": 64,
                "temperature": 0,
            }
        },
    )

    model: str = Field(
        max_length=300,
        description="`<base>`, `<base>:<cartridge id>`, or `<base>:<corpus id>`: the corpus's best cartridge at the time.",
    )
    messages: list[ChatMessageIn] = Field(min_length=1, max_length=1024)
    cartridges: list[Annotated[str, Field(max_length=64)]] = Field(
        [],
        max_length=MAX_CARTRIDGES,
        description="Cartridges before the prompt, in this order, after the model's own; a corpus's id means its best "
        "cartridge at the time.",
    )
    select: Literal["all", "relevant"] = Field(
        "all",
        description="Which of the cartridges stand before the prompt: all, or those alone that it is about, told by its own words; "
        "none where it is about none of them. A message that names nothing of them is taken with what was said before it. To "
        "choose, the prompt is read once for each.",
    )
    in_context: list[Annotated[str, Field(max_length=64)]] = Field(
        [],
        max_length=MAX_CARTRIDGES,
        description="Cartridges whose texts stand in the prompt instead of them, as much as the window takes: in-context "
        "learning, to compare with.",
    )
    max_tokens: int | None = Field(None, ge=1, le=1_000_000, description="Longest answer; default 512.")
    max_completion_tokens: int | None = Field(
        None, ge=1, le=1_000_000, description="Newer name of `max_tokens`."
    )
    temperature: float | None = Field(None, ge=0, le=2, description="Default 1; 0 is greedy.")
    top_p: float | None = Field(None, gt=0, le=1)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: _Stop | Annotated[list[_Stop], Field(max_length=_STOPS)] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(None, ge=0, le=20)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, description="Only 1.")
    presence_penalty: float | None = Field(None, description="Only 0.")
    frequency_penalty: float | None = Field(None, description="Only 0.")
    user: str | None = Field(None, description="Taken for compatibility.")
    metadata: dict[str, Any] | None = Field(None, description="Taken for compatibility.")


class TopLogprob(BaseModel):
    token: str
    logprob: float
    bytes: list[int] | None


class TokenLogprob(TopLogprob):
    top_logprobs: list[TopLogprob]


class Logprobs(BaseModel):
    content: list[TokenLogprob]


class PromptTokensDetails(BaseModel):
    cached_tokens: int = Field(description="Tokens of the cartridges, which nothing had to be computed for.")


class ChatUsageOut(BaseModel):
    prompt_tokens: int = Field(description="Cartridges included.")
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails
    kv_bytes: int = Field(
        description="KV cache that the request held at its end, in the dtype that the pod computes in."
    )
    seconds_to_first_token: float
    selection_tokens: int = Field(
        0,
        description="Tokens read to choose among the cartridges: the prompt's, for each and once without any. Counted beside the "
        "prompt's.",
    )
    in_context_share: float | None = Field(
        None, description="Of the texts of `in_context`, the share that the window took; null without them."
    )


class ConsideredOut(BaseModel):
    """A cartridge that `select: relevant` chose from."""

    cartridge: str
    gain: float = Field(
        description="Nats that the cartridge takes off the prompt's own words: how much it knows of what they speak of."
    )
    chosen: bool = Field(description="Whether it stood before the prompt.")


class AnswerMessage(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    index: int = 0
    message: AnswerMessage
    finish_reason: str
    logprobs: Logprobs | None = None


class ChatOut(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    cartridges: list[str] = Field(description="Those that stood before the prompt, in order.")
    selection: list[ConsideredOut] | None = Field(
        None, description="With `select: relevant`, all cartridges of the request in order."
    )
    choices: list[Choice]
    usage: ChatUsageOut


class Delta(BaseModel):
    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(BaseModel):
    index: int = 0
    delta: Delta
    finish_reason: str | None = None
    logprobs: Logprobs | None = None


class ChunkOut(BaseModel):
    """One piece of a streamed answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    cartridges: list[str]
    selection: list[ConsideredOut] | None = Field(None, description="Of the first piece alone.")
    choices: list[ChunkChoice]
    usage: ChatUsageOut | None = None
