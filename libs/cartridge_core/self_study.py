"""Self-study: the model asks itself about chunks of the corpus and answers with the chunk before it.

Two agents, the same model twice (arXiv 2506.06266, section 4.1): the first sees a chunk and a seed prompt and
writes a message; the second sees the chunk and the message and answers. The second's likeliest next tokens at
each answer token are what the cartridge is later trained to give without the chunk. Beside them stand answers to
ready-made requests; questions written for a given span, kept where the teacher answers them with that span;
recitations, whose answers stand in the chunk already, so that the second agent only reads; and answers to requests
that have nothing to do with the corpus, given without any chunk.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

from cartridge_core.chunking import Chunk
from cartridge_core.context_gain import with_gains
from cartridge_core.conversations import Conversation
from cartridge_core.decoding import Decoder, OwnDecoder
from cartridge_core.drafts import draft_of_decoded, draft_of_read
from cartridge_core.drawn_recitation import draw_recitation
from cartridge_core.errors import CorpusTooShortError
from cartridge_core.general_requests import general_request
from cartridge_core.generation import GeneratedRow, GenerationRequest, SamplingParams
from cartridge_core.models import Model
from cartridge_core.prompts import ChatMessage
from cartridge_core.reading import Reading, read_answers
from cartridge_core.recipe import ConversationKind, RecitationKind, SelfStudySettings
from cartridge_core.recitation import Fact, Recitation, facts_of, recite
from cartridge_core.seed_prompts import GENERIC_REQUESTS, SeedPrompt, draw_seed_prompt, draw_span_prompt
from cartridge_core.shared_contexts import SharedContexts
from cartridge_core.spans import common_words, subject_of, surprising_words

Stream = Literal["train", "held_out", "validation"]


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


@dataclass(frozen=True)
class _Work:
    """How one call tells its progress, and is stopped."""

    meter: _Meter
    should_stop: Callable[[], bool]


class SelfStudy:
    """Synthesizes conversations about the chunks of one corpus, or about some of them."""

    def __init__(
        self,
        model: Model,
        chunks: Sequence[Chunk],
        settings: SelfStudySettings,
        seed: int,
        *,
        decoder: Decoder | None = None,
    ) -> None:
        """`decoder` writes what the two agents say, by default this thread alone; reading is always `model`'s."""
        if not chunks:
            raise CorpusTooShortError("the corpus has no text to study")
        self._model = model
        self._chunks = list(chunks)
        self._by_index = {chunk.index: chunk for chunk in chunks}
        self._settings = settings
        self._seed = seed
        self._contexts = SharedContexts(model)
        self._decoder = decoder or OwnDecoder(model, settings.batch_rows, self._contexts)

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

        The train stream holds `settings.conversations` conversations of two agents, then `generic_answers`,
        `span_questions`, `recitations` and `general_answers`; the other two conversations of two agents only.
        What conversation i is asked depends on (seed, stream, i) alone; its tokens also depend on which rows are decoded
        beside it, so equal calls give equal conversations. Raises `SynthesisStopped`.
        """
        work = _Work(_Meter(on_progress), should_stop or _never)
        asked = range(first, first + count)
        if stream != "train":
            return self._converse(stream, asked, work)
        conversations: list[Conversation] = []
        begin = 0
        for size, make in (
            (self._settings.conversations, partial(self._converse, stream)),
            (self._settings.generic_answers, self._answer_requests),
            (self._settings.span_questions, self._ask_about_spans),
            (self._settings.recitations, self._recite),
            (self._settings.general_answers, self._answer_without_corpus),
        ):
            part = range(max(asked.start, begin) - begin, min(asked.stop, begin + size) - begin)
            if part:
                conversations += make(part, work)
            begin += size
        return conversations

    def correct(
        self,
        outdated: Sequence[tuple[Conversation, int | None]],
        *,
        on_progress: Callable[[SynthesisProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Conversation]:
        """Conversations about chunks that are gone, as the teacher reads them with what their chunks have become.

        Each comes with the index of that chunk, None where nothing has come in its place: then the teacher sees a
        text that is empty. What it expects where an old answer is no longer what the text says is what is learned;
        behind that the old answer is not read on. Raises `SynthesisStopped`.
        """
        work = _Work(_Meter(on_progress), should_stop or _never)
        by_chunk: dict[int | None, list[Conversation]] = {}
        for conversation, chunk_index in outdated:
            by_chunk.setdefault(chunk_index, []).append(conversation)
        drafts = []
        for chunk_index, conversations in by_chunk.items():
            if work.should_stop():
                raise SynthesisStopped
            turns = [(one.question, one.answer) for one in conversations]
            context = self._contexts.get(self._context_ids(chunk_index))
            readings = read_answers(self._model, context, turns, self._settings.top_k)
            work.meter.count(sum(len(reading.answer_ids) for reading in readings))
            drafts += [
                draft_of_read(
                    chunk_index, ConversationKind.CORRECTION, Recitation(*turn), reading.up_to_disagreement()
                )
                for turn, reading in zip(turns, readings, strict=True)
            ]
        return with_gains(self._model, drafts)

    def _converse(self, stream: Stream, indices: range, work: _Work) -> list[Conversation]:
        """The two agents: all messages first, then all answers, each as one stream of batched rows."""
        assignments = [self._assign(stream, index) for index in indices]
        rows = self._decode([self._question_request(assignment) for assignment in assignments], work)
        messages = [
            (assignment, message)
            for assignment, row in zip(assignments, rows, strict=True)
            if (message := _usable_message(assignment.seed_prompt.opening, row)) is not None
        ]
        return self._answer(messages, self._settings.answer_temperature, work)

    def _answer_requests(self, indices: range, work: _Work) -> list[Conversation]:
        """Answers to ready-made requests about what a chunk is about."""
        messages = []
        for index in indices:
            assignment = self._assign("generic", index)
            request = random.Random(assignment.seed).choice(GENERIC_REQUESTS)
            messages.append((assignment, request.format(subject=subject_of(assignment.chunk.text))))
        return self._answer(messages, self._settings.generic_temperature, work, ConversationKind.GENERIC)

    def _answer(
        self,
        messages: list[tuple[_Assignment, str]],
        temperature: float,
        work: _Work,
        kind: ConversationKind | None = None,
    ) -> list[Conversation]:
        requests = [
            self._answer_request(assignment, message, temperature) for assignment, message in messages
        ]
        drafts = [
            draft_of_decoded(
                self._model,
                assignment.chunk.index,
                kind or ConversationKind(assignment.seed_prompt.kind.value),
                message,
                row,
            )
            for (assignment, message), row in zip(messages, self._decode(requests, work), strict=True)
            if row.text.strip()
        ]
        return with_gains(self._model, drafts)

    def _answer_without_corpus(self, indices: range, work: _Work) -> list[Conversation]:
        """What the model alone says to requests that have nothing to do with the corpus."""
        asked: list[str] = []
        requests: list[GenerationRequest] = []
        for index in indices:
            rng = random.Random(f"{self._seed}/general/{index}")
            message = general_request(rng)
            ids = self._model.chat.encode_messages([ChatMessage("user", message)], with_cartridge=False)
            sampling = self._answer_sampling(self._settings.generic_temperature, rng.getrandbits(48))
            asked.append(message)
            requests.append(GenerationRequest(tuple(ids), sampling))
        drafts = [
            draft_of_decoded(self._model, None, ConversationKind.GENERAL, message, row)
            for message, row in zip(asked, self._decode(requests, work), strict=True)
            if row.text.strip()
        ]
        return with_gains(self._model, drafts)

    def _ask_about_spans(self, indices: range, work: _Work) -> list[Conversation]:
        """Questions that the model writes for a given span of a chunk.

        Kept are those that the teacher answers with that span, greedily and to the token: a question that does not
        lead back to its answer asks something else, or nothing.
        """
        spans = [fact for fact in self._deck if fact.span is not None]
        if not spans:
            return []
        asked = []
        requests = []
        for index in indices:
            fact = spans[index % len(spans)]
            rng = random.Random(f"{self._seed}/span_question/{index}")
            prompt = draw_span_prompt(fact.answer, rng)
            assignment = _Assignment(self._by_index[fact.chunk_index], prompt, rng.getrandbits(48))
            requests.append(self._question_request(assignment))
            asked.append((fact, prompt.opening))
        drawn = [
            (fact.chunk_index, Recitation(message, fact.answer))
            for (fact, opening), row in zip(asked, self._decode(requests, work), strict=True)
            if (message := _usable_message(opening, row)) is not None
        ]
        return self._read(drawn, work, ConversationKind.SPAN_QUESTION, lambda reading: reading.greedy)

    def _recite(self, indices: range, work: _Work) -> list[Conversation]:
        """Recitations of the recipe's kind that the teacher finds likely enough."""
        seeded = [(index, random.Random(f"{self._seed}/recitation/{index}")) for index in indices]
        drawn: list[tuple[int, Recitation]] = []
        if self._settings.recitation_kind is RecitationKind.DRAWN:
            weights = [chunk.tokens for chunk in self._chunks]
            for _, rng in seeded:
                chunk = rng.choices(self._chunks, weights=weights)[0]
                recitation = draw_recitation(chunk.text, rng)
                if recitation is not None:
                    drawn.append((chunk.index, recitation))
        elif self._deck:
            for index, rng in seeded:
                fact = self._deck[index % len(self._deck)]
                drawn.append((fact.chunk_index, recite(fact, rng)))
        least = self._settings.min_teacher_logprob
        return self._read(
            drawn, work, ConversationKind.RECITATION, lambda reading: reading.mean_logprob >= least
        )

    def _read(
        self,
        drawn: list[tuple[int, Recitation]],
        work: _Work,
        kind: ConversationKind,
        usable: Callable[[Reading], bool],
    ) -> list[Conversation]:
        """The teacher's reading of given answers, those of one chunk together; unusable ones left out.

        `drawn`: chunk indices with the recitations about them.
        """
        by_chunk: dict[int, dict[Recitation, None]] = {}
        for chunk_index, recitation in drawn:
            by_chunk.setdefault(chunk_index, {})[recitation] = None
        drafts: list[Conversation] = []
        for chunk_index in sorted(by_chunk):
            if work.should_stop():
                raise SynthesisStopped
            context = self._contexts.get(self._context_ids(chunk_index))
            recitations = list(by_chunk[chunk_index])
            readings = read_answers(
                self._model, context, [(r.question, r.answer) for r in recitations], self._settings.top_k
            )
            work.meter.count(sum(len(reading.answer_ids) for reading in readings))
            drafts += [
                draft_of_read(chunk_index, kind, recitation, reading, self._settings.verbatim_share)
                for recitation, reading in zip(recitations, readings, strict=True)
                if usable(reading)
            ]
        return with_gains(self._model, drafts)

    def _decode(self, requests: list[GenerationRequest], work: _Work) -> list[GeneratedRow]:
        rows = self._decoder.decode(requests, on_tokens=work.meter.count, should_stop=work.should_stop)
        if work.should_stop():
            raise SynthesisStopped
        return rows

    @cached_property
    def _deck(self) -> list[Fact]:
        """All facts of the corpus, shuffled; surprising words last, for where there are fewer rows than facts.

        In prose they are half of all facts, and few of them are what anybody asks about.
        """
        common = common_words([chunk.text for chunk in self._chunks])
        facts = [
            fact
            for chunk in self._chunks
            for fact in facts_of(chunk.index, chunk.text, surprising_words(self._model, chunk.text, common))
        ]
        random.Random(f"{self._seed}/deck").shuffle(facts)
        return sorted(facts, key=lambda fact: not fact.by_form)

    def _assign(self, stream: Stream | Literal["generic"], index: int) -> _Assignment:
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
            (*ids, *chat.encode(prompt.opening)),
            sampling,
            context_ids=self._context_ids(assignment.chunk.index),
        )

    def _answer_request(self, assignment: _Assignment, message: str, temperature: float) -> GenerationRequest:
        ids = self._model.chat.encode_messages([ChatMessage("user", message)], with_cartridge=True)
        sampling = self._answer_sampling(temperature, assignment.seed + 1)
        return GenerationRequest(tuple(ids), sampling, context_ids=self._context_ids(assignment.chunk.index))

    def _answer_sampling(self, temperature: float, seed: int) -> SamplingParams:
        return SamplingParams(
            max_tokens=self._settings.answer_max_tokens,
            temperature=temperature,
            seed=seed,
            top_logprobs=self._settings.top_k,
        )

    def _context_ids(self, chunk_index: int | None) -> tuple[int, ...]:
        """What the teacher sees: a chunk, or nothing."""
        text = "" if chunk_index is None else self._by_index[chunk_index].text
        return tuple(self._model.chat.encode_context(text))


def _never() -> bool:
    return False


def _usable_message(opening: str, row: GeneratedRow) -> str | None:
    """The first agent's message, or None where it wrote nothing or was cut off in the middle."""
    text = row.text.strip()
    if not text or row.finish_reason != "stop":
        return None
    separator = "" if row.text[:1] in {"'", ",", "?"} else " "
    return f"{opening}{separator}{text}"
