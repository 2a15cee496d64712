"""Stage self_study: conversations about the corpus, synthesized and stored shard by shard."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from cartridge_core.chunk_places import places_of
from cartridge_core.chunking import Chunk, chunk_text
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText
from cartridge_core.models import ModelIdentity
from cartridge_core.recipe import Objective
from cartridge_core.self_study import SelfStudy, SynthesisStopped
from cartridge_core.self_study import SynthesisProgress as DecodingProgress
from cartridge_store.db.repositories.studies import NewChunk, NewConversation, NewShard
from services.trainer.errors import SelfStudyEmptyError
from services.trainer.events import ConversationSample, SynthesisProgress
from services.trainer.pace import Pace
from services.trainer.run import Run

TRAIN_SHARD = "conversations/shard-{:05d}.safetensors"
HELD_OUT_SHARD = "held-out.safetensors"
SAMPLES_PER_SHARD = 3
SAMPLE_CHARACTERS = 600
SECONDS_BETWEEN_EVENTS = 1.0


@dataclass(frozen=True)
class Study:
    """What training learns from, and what evaluation asks."""

    train: tuple[Conversation, ...]
    held_out: tuple[Conversation, ...]


@dataclass(frozen=True)
class Shard:
    """Conversations `first .. first + count - 1` of a stream, and the object that keeps them."""

    name: str
    stream: Literal["train", "held_out"]
    index: int
    first: int
    count: int


def self_study(run: Run, corpus: CorpusText) -> Study:
    """Synthesize the recipe's conversations; shards of earlier attempts are taken as they are.

    Raises `SelfStudyEmptyError` when the model wrote nothing usable.
    """
    synthesis = _Synthesis(run, corpus)
    train = tuple(conversation for shard in _train_shards(run) for conversation in synthesis.shard(shard))
    held_out = tuple(synthesis.shard(_held_out_shard(run)))
    needed = [("held-out", held_out)]
    if run.recipe.training.objective is Objective.CONTEXT_DISTILLATION:
        needed.append(("training", train))
    for stream, conversations in needed:
        if not conversations:
            raise SelfStudyEmptyError(
                f"the base model wrote no usable {stream} conversation about this corpus; "
                "ask for more conversations or longer questions"
            )
    return Study(train, held_out)


def _train_shards(run: Run) -> Iterator[Shard]:
    if run.recipe.training.objective is Objective.NEXT_TOKEN:
        return  # learns from the corpus itself
    settings = run.recipe.self_study
    for index, first in enumerate(range(0, settings.total, settings.shard_conversations)):
        count = min(settings.shard_conversations, settings.total - first)
        yield Shard(TRAIN_SHARD.format(index), "train", index, first, count)


def _held_out_shard(run: Run) -> Shard:
    return Shard(HELD_OUT_SHARD, "held_out", 0, 0, run.recipe.evaluation.held_out_conversations)


class _Synthesis:
    """Makes or restores one shard after the other and tells how it goes."""

    def __init__(self, run: Run, corpus: CorpusText) -> None:
        settings = run.recipe.self_study
        chunks = chunk_text(
            corpus.text,
            run.model.chat,
            settings.chunk_min_tokens,
            settings.chunk_max_tokens,
            one_paragraph=settings.one_paragraph,
        )
        run.journal.chunks(_placed(corpus, chunks))
        self._run = run
        self._study = SelfStudy(run.model, chunks, settings, run.recipe.seed)
        self._pace = Pace(SECONDS_BETWEEN_EVENTS)
        self._total = sum(shard.count for shard in (*_train_shards(run), _held_out_shard(run)))
        self._done = 0
        self._synthesized = 0
        self._started = time.monotonic()

    def shard(self, shard: Shard) -> Sequence[Conversation]:
        identity = self._run.model.identity
        conversations = self._run.objects.restore(shard.name, lambda path: read_conversations(path, identity))
        if conversations is None:
            conversations, tokens = self._synthesize(shard)
            # Before the object: a shard that is stored is not made again, so nothing would show it later.
            self._run.journal.shard(_readable(shard, conversations, tokens))
            self._run.objects.keep(shard.name, partial(_write, conversations, identity))
            self._synthesized += shard.count
            self._show_samples(shard, conversations)
        self._done += shard.count
        return conversations

    def _synthesize(self, shard: Shard) -> tuple[list[Conversation], int]:
        """The conversations, and the tokens that were generated for them."""
        self._run.lease.check()
        decoded = DecodingProgress(0, 0.0)

        def on_progress(progress: DecodingProgress) -> None:
            nonlocal decoded
            decoded = progress
            if self._pace.allows():
                self._run.journal.progress(self._progress(shard, progress))

        try:
            conversations = self._study.synthesize(
                shard.count,
                shard.stream,
                first=shard.first,
                on_progress=on_progress,
                should_stop=self._run.lease.should_stop,
            )
        except SynthesisStopped:
            self._run.lease.check()
            raise
        finally:
            self._run.journal.synthesized(decoded.tokens, decoded.seconds)
        self._run.journal.progress(self._progress(shard, decoded, finished=True))
        return conversations, decoded.tokens

    def _progress(
        self, shard: Shard, decoded: DecodingProgress, *, finished: bool = False
    ) -> SynthesisProgress:
        done = self._done + (shard.count if finished else 0)
        synthesized = self._synthesized + (shard.count if finished else 0)
        elapsed = time.monotonic() - self._started
        return SynthesisProgress(
            stream=shard.stream,
            conversations=done,
            total=self._total,
            tokens_per_second=decoded.tokens / decoded.seconds if decoded.seconds else 0.0,
            eta_seconds=elapsed / synthesized * (self._total - done) if synthesized else None,
        )

    def _show_samples(self, shard: Shard, conversations: Sequence[Conversation]) -> None:
        if shard.stream == "held_out":
            return
        for conversation in conversations[:SAMPLES_PER_SHARD]:
            self._run.journal.conversation(
                ConversationSample(
                    shard=shard.index,
                    chunk_index=conversation.chunk_index,
                    kind=conversation.kind,
                    question=conversation.question[:SAMPLE_CHARACTERS],
                    answer=conversation.answer[:SAMPLE_CHARACTERS],
                )
            )


def _placed(corpus: CorpusText, chunks: Sequence[Chunk]) -> list[NewChunk]:
    return [
        NewChunk(chunk.index, place.document, place.position, chunk.text)
        for chunk, place in zip(chunks, places_of(corpus, chunks), strict=True)
    ]


def _readable(shard: Shard, conversations: Sequence[Conversation], tokens: int) -> NewShard:
    return NewShard(
        shard.stream,
        shard.index,
        tuple(NewConversation(c.chunk_index, c.kind, c.question, c.answer) for c in conversations),
        tokens,
    )


def _write(conversations: list[Conversation], identity: ModelIdentity, path: Path) -> None:
    write_conversations(path, conversations, identity)
