"""One shard of a job's self-study: what it holds, and how it is made and stored. It is the same whoever makes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cartridge_core.chunk_places import places_of
from cartridge_core.chunking import chunk_text
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText
from cartridge_core.models import Model, ModelIdentity
from cartridge_core.recipe import Objective, Recipe
from cartridge_core.self_study import SelfStudy, SynthesisStopped
from cartridge_core.self_study import SynthesisProgress as Decoded
from cartridge_store.db.repositories.studies import NewChunk, NewConversation, NewShard, Stream
from services.trainer.events import ConversationSample
from services.trainer.job_objects import JobObjects
from services.trainer.journal import ShardJournal
from services.trainer.lease import Lease

TRAIN_SHARD = "conversations/shard-{:05d}.safetensors"
HELD_OUT_SHARD = "held-out.safetensors"
SAMPLES_PER_SHARD = 3
SAMPLE_CHARACTERS = 600


@dataclass(frozen=True)
class Shard:
    """Conversations `first .. first + count - 1` of a stream, and the object that keeps them."""

    name: str
    stream: Stream
    index: int
    first: int
    count: int


def shards_of(recipe: Recipe) -> dict[tuple[Stream, int], Shard]:
    """The shards that a recipe asks for, in their order, by stream and number."""
    shards = [Shard(HELD_OUT_SHARD, "held_out", 0, 0, recipe.evaluation.held_out_conversations)]
    # Next-token training learns from the corpus itself.
    if recipe.training.objective is not Objective.NEXT_TOKEN:
        total, size = recipe.self_study.total, recipe.self_study.shard_conversations
        shards[:0] = [
            Shard(TRAIN_SHARD.format(index), "train", index, first, min(size, total - first))
            for index, first in enumerate(range(0, total, size))
        ]
    return {(shard.stream, shard.index): shard for shard in shards}


class Synthesis:
    """What the shards of one job are made with."""

    def __init__(self, model: Model, corpus: CorpusText, recipe: Recipe) -> None:
        settings = recipe.self_study
        self._corpus = corpus
        self._chunks = chunk_text(
            corpus.text,
            model.chat,
            settings.chunk_min_tokens,
            settings.chunk_max_tokens,
            one_paragraph=settings.one_paragraph,
        )
        self._study = SelfStudy(model, self._chunks, settings, recipe.seed)
        self.identity: ModelIdentity = model.identity

    def chunks(self) -> list[NewChunk]:
        """What the corpus was cut into, each with its place."""
        return [
            NewChunk(chunk.index, place.document, place.position, chunk.text)
            for chunk, place in zip(self._chunks, places_of(self._corpus, self._chunks), strict=True)
        ]

    def conversations(
        self, shard: Shard, on_progress: Callable[[Decoded], None], should_stop: Callable[[], bool]
    ) -> list[Conversation]:
        """Raises `SynthesisStopped`."""
        return self._study.synthesize(
            shard.count, shard.stream, first=shard.first, on_progress=on_progress, should_stop=should_stop
        )


def restore_shard(
    objects: JobObjects, shard: Shard, identity: ModelIdentity
) -> Sequence[Conversation] | None:
    """The conversations that are stored of a shard; None where there are none, or they cannot be read."""
    return objects.restore(shard.name, lambda path: read_conversations(path, identity))


def make_shard(
    synthesis: Synthesis,
    shard: Shard,
    objects: JobObjects,
    journal: ShardJournal,
    lease: Lease,
    *,
    on_progress: Callable[[Decoded], None],
    should_stop: Callable[[], bool],
) -> Sequence[Conversation]:
    """Make the shard that `lease` is on and store it, or take it as an earlier attempt has stored it.

    Raises what `lease.check` raises, and `SynthesisStopped` where `should_stop` says so for a reason of its own.
    """
    conversations = restore_shard(objects, shard, synthesis.identity)
    samples: list[ConversationSample] = []
    if conversations is None:
        decoded = Decoded(0, 0.0)

        def note(progress: Decoded) -> None:
            nonlocal decoded
            decoded = progress
            on_progress(progress)

        try:
            conversations = synthesis.conversations(shard, note, lambda: lease.should_stop() or should_stop())
        except SynthesisStopped:
            lease.check()
            raise
        # Before the object: a shard that is stored is not made again, so nothing would show it later.
        journal.show(_readable(shard, conversations, decoded.tokens), decoded.seconds)
        objects.keep(shard.name, partial(_write, list(conversations), synthesis.identity))
        samples = _samples(shard, conversations)
    journal.finish(samples)
    return conversations


def _samples(shard: Shard, conversations: Sequence[Conversation]) -> list[ConversationSample]:
    if shard.stream == "held_out":
        return []
    return [
        ConversationSample(
            shard=shard.index,
            chunk_index=conversation.chunk_index,
            kind=conversation.kind,
            question=conversation.question[:SAMPLE_CHARACTERS],
            answer=conversation.answer[:SAMPLE_CHARACTERS],
        )
        for conversation in conversations[:SAMPLES_PER_SHARD]
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
