"""Self-study: the model asks itself about chunks of the corpus and answers with the chunk before it.

Two agents, the same model twice (arXiv 2506.06266, section 4.1): the first sees a chunk and a seed prompt and
writes a message; the second sees the chunk and the message and answers. The second's likeliest next tokens at
each answer token are what the cartridge is later trained to give without the chunk. Recitations beside them have
answers that stand in the chunk already, so that the second agent only reads.
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
from cartridge_core.reading import read_answers
from cartridge_core.recipe import ConversationKind, SelfStudySettings
from cartridge_core.recitation import Recitation, draw_recitation
from cartridge_core.seed_prompts import SeedPrompt, draw_seed_prompt

Stream = Literal["train", "held_out"]
_KEPT_CONTEXTS = 64
# A teacher that finds the corpus's own words this unlikely (mean log-probability a token) did not follow the question.
_SURPRISED = -2.5


class SynthesisStopped(Exception):  # noqa: N818 - no error: the caller asked for it
    """`should_stop` answered true; nothing of the unfinished shard is kept."""


@dataclass(frozen=True)
class SynthesisProgress:
    """Answer and message tokens made in this call so far, and the seconds it took."""

    tokens: int
    seconds: float


@dataclass(frozen=True)
class _Assignment:
    chunk: Chunk
    seed_prompt: SeedPrompt
    seed: int


class _Meter:
    """Counts tokens and tells the caller."""

    def __init__(self, on_progress: Callable[[SynthesisProgress], None] | None) -> None:
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._tokens = 0

    def count(self, tokens: int) -> None:
        self._tokens += tokens
        if self._on_progress is not None:
            self._on_progress(SynthesisProgress(self._tokens, time.monotonic() - self._started))


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

        The train stream holds `settings.conversations` conversations of two agents and then
        `settings.recitations` recitations; the held-out stream conversations of two agents only. What conversation
        i is asked depends on (seed, stream, i) alone; its tokens also depend on which rows are decoded beside it,
        so equal calls give equal conversations. Raises `SynthesisStopped`.
        """
        written = (
            max(0, min(first + count, self._settings.conversations) - first) if stream == "train" else count
        )
        meter = _Meter(on_progress)
        conversations = self._converse(stream, range(first, first + written), meter, should_stop)
        read = range(first + written, first + count)
        return conversations + self._recite(read, meter, should_stop)

    def _converse(
        self, stream: Stream, indices: range, meter: "_Meter", should_stop: Callable[[], bool] | None
    ) -> list[Conversation]:
        """The two agents: all messages first, then all answers, each as one stream of batched rows."""
        assignments = [self._assign(stream, index) for index in indices]

        def run(requests: list[GenerationRequest]) -> list[GeneratedRow]:
            rows = generate(
                self._model,
                requests,
                self._settings.batch_rows,
                on_tokens=meter.count,
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

    def _recite(
        self, indices: range, meter: "_Meter", should_stop: Callable[[], bool] | None
    ) -> list[Conversation]:
        """Recitations, those of one chunk read together."""
        by_chunk: dict[int, dict[Recitation, None]] = {}
        for index in indices:
            rng = random.Random(f"{self._seed}/recitation/{index}")
            chunk = rng.choices(self._chunks, weights=[chunk.tokens for chunk in self._chunks])[0]
            recitation = draw_recitation(chunk.text, rng)
            if recitation is not None:
                by_chunk.setdefault(chunk.index, {})[recitation] = None
        conversations: list[Conversation] = []
        for chunk_index in sorted(by_chunk):
            if should_stop is not None and should_stop():
                raise SynthesisStopped
            context = self._context(self._chunks[chunk_index])
            recitations = list(by_chunk[chunk_index])
            read = read_answers(
                self._model, context, [(r.question, r.answer) for r in recitations], self._settings.top_k
            )
            meter.count(sum(len(reading.answer_ids) for reading in read))
            conversations.extend(
                Conversation(
                    chunk_index=chunk_index,
                    kind=ConversationKind.RECITATION,
                    question=recitation.question,
                    answer=recitation.answer,
                    prompt_ids=reading.prompt_ids,
                    answer_ids=reading.answer_ids,
                    top_ids=reading.top_ids,
                    top_logprobs=reading.top_logprobs,
                )
                for recitation, reading in zip(recitations, read, strict=True)
                if reading.mean_logprob >= _SURPRISED
            )
        return conversations

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
            kind=ConversationKind(assignment.seed_prompt.kind.value),
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
