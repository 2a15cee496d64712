"""Self-study: the model asks itself about chunks of the corpus and answers with the chunk before it.

Two agents, the same model twice (arXiv 2506.06266, section 4.1): the first sees a chunk and a seed prompt and
writes a message; the second sees the chunk and the message and answers. The second's likeliest next tokens at
each answer token are what the cartridge is later trained to give without the chunk.
"""

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from cartridge_core.chunking import Chunk
from cartridge_core.conversations import Conversation
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.generation import GeneratedRow, GenerationRequest, SamplingParams, generate
from cartridge_core.models import Model, PrefixKV
from cartridge_core.prompts import ChatMessage
from cartridge_core.recipe import SelfStudySettings
from cartridge_core.seed_prompts import SeedPrompt, draw_seed_prompt

Stream = Literal["train", "held_out"]
_KEPT_CONTEXTS = 64


class SynthesisStopped(Exception):  # noqa: N818 - no error: the caller asked for it
    """`should_stop` answered true; nothing of the unfinished shard is kept."""


@dataclass(frozen=True)
class SynthesisProgress:
    """Tokens decoded in this call, and since when (seconds)."""

    tokens: int
    seconds: float


@dataclass(frozen=True)
class _Assignment:
    chunk: Chunk
    seed_prompt: SeedPrompt
    seed: int


class SelfStudy:
    """Synthesizes conversations about the chunks of one corpus."""

    def __init__(self, model: Model, chunks: Sequence[Chunk], settings: SelfStudySettings, seed: int) -> None:
        if not chunks:
            raise CorpusTooShortError("the corpus has no text to study")
        self._model = model
        self._chunks = list(chunks)
        self._settings = settings
        self._seed = seed
        self._contexts: OrderedDict[int, PrefixKV] = OrderedDict()

    def synthesize(
        self,
        count: int,
        stream: Stream,
        *,
        first: int = 0,
        on_progress: Callable[[SynthesisProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Conversation]:
        """Conversations `first .. first + count - 1` of a stream; those without a usable message are left out.

        What conversation i is asked depends on (seed, stream, i) alone. Its tokens also depend on which rows are
        decoded beside it, so equal calls give equal conversations. Raises `SynthesisStopped`.
        """
        assignments = [self._assign(stream, index) for index in range(first, first + count)]
        started = time.monotonic()
        tokens = 0

        def count_tokens(new: int) -> None:
            nonlocal tokens
            tokens += new
            if on_progress is not None:
                on_progress(SynthesisProgress(tokens, time.monotonic() - started))

        def run(requests: list[GenerationRequest]) -> list[GeneratedRow]:
            rows = generate(
                self._model,
                requests,
                self._settings.batch_rows,
                on_tokens=count_tokens,
                should_stop=should_stop,
            )
            if should_stop is not None and should_stop():
                raise SynthesisStopped
            return rows

        asked = run([self._question_request(assignment) for assignment in assignments])
        messages = [
            (assignment, message)
            for assignment, row in zip(assignments, asked, strict=True)
            if (message := _usable_message(assignment.seed_prompt.opening, row)) is not None
        ]
        answered = run([self._answer_request(assignment, message) for assignment, message in messages])
        return [
            self._conversation(assignment, message, row)
            for (assignment, message), row in zip(messages, answered, strict=True)
            if row.text.strip()
        ]

    def _assign(self, stream: Stream, index: int) -> _Assignment:
        """Chunks and kinds are dealt evenly, in an order shuffled once a round."""
        settings = self._settings
        dealt, place = divmod(index, len(self._chunks))
        order = list(range(len(self._chunks)))
        random.Random(f"{self._seed}/{stream}/chunks/{dealt}").shuffle(order)
        rng = random.Random(f"{self._seed}/{stream}/{index}")
        kinds = settings.seed_prompt_kinds
        kind = kinds[(dealt + order[place]) % len(kinds)]
        return _Assignment(self._chunks[order[place]], draw_seed_prompt(kind, rng), rng.getrandbits(48))

    def _question_request(self, assignment: _Assignment) -> GenerationRequest:
        chat = self._model.chat
        prompt = assignment.seed_prompt
        ids = chat.encode_messages([ChatMessage("user", prompt.instruction)], with_cartridge=True)
        sampling = SamplingParams(
            max_tokens=self._settings.question_max_tokens,
            temperature=self._settings.question_temperature,
            seed=assignment.seed,
            stop=("\n",),
        )
        return GenerationRequest(
            (*ids, *chat.encode(prompt.opening)), sampling, context=self._context(assignment.chunk)
        )

    def _answer_request(self, assignment: _Assignment, message: str) -> GenerationRequest:
        ids = self._model.chat.encode_messages([ChatMessage("user", message)], with_cartridge=True)
        sampling = SamplingParams(
            max_tokens=self._settings.answer_max_tokens,
            temperature=self._settings.answer_temperature,
            seed=assignment.seed + 1,
            top_logprobs=self._settings.top_k,
        )
        return GenerationRequest(tuple(ids), sampling, context=self._context(assignment.chunk))

    def _context(self, chunk: Chunk) -> PrefixKV:
        if chunk.index in self._contexts:
            self._contexts.move_to_end(chunk.index)
        else:
            self._contexts[chunk.index] = self._model.prefill(self._model.chat.encode_context(chunk.text))
            if len(self._contexts) > _KEPT_CONTEXTS:
                self._contexts.popitem(last=False)
        return self._contexts[chunk.index]

    def _conversation(self, assignment: _Assignment, message: str, row: GeneratedRow) -> Conversation:
        prompt_ids = self._model.chat.encode_messages([ChatMessage("user", message)], with_cartridge=True)
        top = torch.tensor(row.top)  # [n, k, 2]
        return Conversation(
            chunk_index=assignment.chunk.index,
            kind=assignment.seed_prompt.kind,
            question=message,
            answer=row.text.strip(),
            prompt_ids=torch.tensor(prompt_ids, dtype=torch.int32),
            answer_ids=torch.tensor(row.ids, dtype=torch.int32),
            top_ids=torch.tensor([[token for token, _ in tops] for tops in row.top], dtype=torch.int32),
            top_logprobs=top[:, :, 1].float(),
        )


def _usable_message(opening: str, row: GeneratedRow) -> str | None:
    """The first agent's message, or None where it wrote nothing or was cut off in the middle."""
    text = row.text.strip()
    if not text or row.finish_reason != "stop":
        return None
    separator = "" if row.text[:1] in {"'", ",", "?"} else " "
    return f"{opening}{separator}{text}"
