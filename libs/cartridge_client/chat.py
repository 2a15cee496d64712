"""The chat endpoint's requests and its stream."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
from httpx_sse import EventSource, SSEError
from pydantic import BaseModel, ConfigDict, ValidationError

from cartridge_client.errors import ApiError, UnexpectedAnswerError
from cartridge_client.schemas import ChatDelta, ChatMessage, Considered, Usage


class _Delta(BaseModel):
    model_config = ConfigDict(extra="ignore")

    content: str | None = None


class _ChunkChoice(BaseModel):
    model_config = ConfigDict(extra="ignore")

    delta: _Delta
    finish_reason: str | None = None


class _Chunk(BaseModel):
    model_config = ConfigDict(extra="ignore")

    cartridges: tuple[str, ...] = ()
    selection: tuple[Considered, ...] | None = None
    choices: tuple[_ChunkChoice, ...] = ()
    usage: Usage | None = None


def chat_request(
    messages: Sequence[ChatMessage | Mapping[str, str]],
    model: str,
    cartridges: Sequence[str],
    *,
    stream: bool,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a chat request; options that are None are left to the server."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            message.model_dump() if isinstance(message, ChatMessage) else dict(message)
            for message in messages
        ],
        "stream": stream,
    }
    if cartridges:
        body["cartridges"] = list(cartridges)
    if stream:
        body["stream_options"] = {"include_usage": True}
    return body | {name: value for name, value in options.items() if value is not None}


def read_chat_stream(response: httpx.Response) -> Iterator[ChatDelta]:
    """The pieces of a streamed answer. Raises ApiError when the server breaks off with a problem."""
    try:
        for message in EventSource(response).iter_sse():
            if message.data == "[DONE]":
                return
            if message.event == "error" or '"error"' in message.data[:10]:
                raise ApiError.from_body(_status_of(message.data), message.data.encode(), response.headers)
            chunk = _Chunk.model_validate_json(message.data)
            choice = chunk.choices[0] if chunk.choices else None
            yield ChatDelta(
                text="" if choice is None else choice.delta.content or "",
                cartridges=chunk.cartridges,
                selection=chunk.selection,
                finish_reason=None if choice is None else choice.finish_reason,
                usage=chunk.usage,
            )
    except (SSEError, ValidationError) as error:
        raise UnexpectedAnswerError(f"{response.url} does not stream a chat: {error}") from error


class _ProblemStatus(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: int = 500


def _status_of(problem: str) -> int:
    try:
        return _ProblemStatus.model_validate_json(problem).status
    except ValidationError:
        return 500
