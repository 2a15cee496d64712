"""Synthesized conversations and how a shard of them is stored.

A shard is one safetensors file: token ids and teacher log-probabilities of all conversations one after another,
with offsets, and the readable texts in the metadata.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cartridge_core.errors import ConversationFormatError, ModelMismatchError
from cartridge_core.models.identity import ModelIdentity
from cartridge_core.recipe import ConversationKind

SCHEMA_VERSION = 2
# What a shard holds: each tensor's dtype and how many dimensions it has where it is not empty.
_TENSORS = {
    "prompt_ids": (torch.int32, 1),
    "prompt_offsets": (torch.int64, 1),
    "answer_ids": (torch.int32, 1),
    "answer_offsets": (torch.int64, 1),
    "top_ids": (torch.int32, 2),
    "top_logprobs": (torch.float32, 2),
    "context_gain": (torch.float32, 1),
}


@dataclass(frozen=True)
class Conversation:
    """One question about one chunk, or about nothing in the corpus, and the teacher's answer to it."""

    chunk_index: int | None
    kind: ConversationKind
    question: str
    answer: str
    prompt_ids: Tensor  # [m] int32: what follows the cartridge up to where the answer begins
    answer_ids: Tensor  # [n] int32: the answer, with the end of its turn when it was finished
    top_ids: Tensor  # [n, k] int32: the teacher's likeliest next tokens at each answer token
    top_logprobs: Tensor  # [n, k] float32
    context_gain: Tensor  # [n] float32: KL(teacher with its chunk || the model with nothing before), nats


class _Text(BaseModel):
    model_config = ConfigDict(frozen=True)

    chunk_index: int | None
    kind: ConversationKind
    question: str
    answer: str


_TEXTS = TypeAdapter(list[_Text])


def write_conversations(path: Path, conversations: list[Conversation], identity: ModelIdentity) -> None:
    """Write a shard atomically. `identity` is the teacher's, so that a shard is not used with another tokenizer."""
    texts = [
        _Text(chunk_index=c.chunk_index, kind=c.kind, question=c.question, answer=c.answer)
        for c in conversations
    ]
    tensors = {
        "prompt_ids": _joined([c.prompt_ids for c in conversations], torch.int32),
        "prompt_offsets": _offsets([len(c.prompt_ids) for c in conversations]),
        "answer_ids": _joined([c.answer_ids for c in conversations], torch.int32),
        "answer_offsets": _offsets([len(c.answer_ids) for c in conversations]),
        "top_ids": _joined([c.top_ids for c in conversations], torch.int32),
        "top_logprobs": _joined([c.top_logprobs for c in conversations], torch.float32),
        "context_gain": _joined([c.context_gain for c in conversations], torch.float32),
    }
    metadata = {
        "schema_version": str(SCHEMA_VERSION),
        "tokenizer_fingerprint": identity.tokenizer_fingerprint,
        "texts": _TEXTS.dump_json(texts).decode(),
    }
    partial = path.with_name(f".{path.name}.partial")
    save_file(tensors, partial, metadata=metadata)
    partial.replace(path)


def read_conversations(path: Path, identity: ModelIdentity | None = None) -> list[Conversation]:
    """Read a shard. Raises `ConversationFormatError`, or `ModelMismatchError` for another tokenizer's shard."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError) as error:
        raise ConversationFormatError(f"{path.name} cannot be read as safetensors: {error}") from error
    if metadata.get("schema_version") != str(SCHEMA_VERSION) or not _as_the_schema_says(tensors):
        raise ConversationFormatError(f"{path.name} does not follow conversation schema {SCHEMA_VERSION}")
    if identity is not None and metadata.get("tokenizer_fingerprint") != identity.tokenizer_fingerprint:
        raise ModelMismatchError(f"{path.name} was synthesized with another tokenizer than {identity.name}'s")
    try:
        texts = _TEXTS.validate_python(json.loads(metadata["texts"]))
        prompts = tensors["prompt_ids"].split(tensors["prompt_offsets"].diff().tolist())
        lengths = tensors["answer_offsets"].diff().tolist()
        answers = tensors["answer_ids"].split(lengths)
        top_ids = tensors["top_ids"].split(lengths)
        top_logprobs = tensors["top_logprobs"].split(lengths)
        gains = tensors["context_gain"].split(lengths)
        rows = zip(texts, prompts, answers, top_ids, top_logprobs, gains, strict=True)
        return [
            Conversation(t.chunk_index, t.kind, t.question, t.answer, p, a, i, lp, g)
            for t, p, a, i, lp, g in rows
        ]
    except ValidationError as error:
        # Not in its words: they quote the texts, and whoever catches this writes it into a log.
        raise ConversationFormatError(
            f"{path.name} has texts that do not follow the schema, in {error.error_count()} places"
        ) from error
    except (KeyError, ValueError, RuntimeError) as error:
        raise ConversationFormatError(f"{path.name} is inconsistent: {error}") from error


def _as_the_schema_says(tensors: Mapping[str, Tensor]) -> bool:
    return tensors.keys() == _TENSORS.keys() and all(
        tensors[name].dtype == dtype and (tensors[name].dim() == dims or tensors[name].numel() == 0)
        for name, (dtype, dims) in _TENSORS.items()
    )


def _joined(parts: list[Tensor], dtype: torch.dtype) -> Tensor:
    return torch.cat(parts).to(dtype) if parts else torch.empty(0, dtype=dtype)


def _offsets(lengths: list[int]) -> Tensor:
    return torch.tensor([0, *lengths], dtype=torch.int64).cumsum(0)
