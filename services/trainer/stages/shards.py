"""One shard of a job's self-study: what it holds, and how it is made and stored. It is the same whoever makes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from cartridge_core.chunk_places import places_of
from cartridge_core.chunking import Chunk, chunk_text
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText
from cartridge_core.decoding import Decoder
from cartridge_core.models import Model, ModelIdentity
from cartridge_core.recipe import Recipe
from cartridge_core.self_study import SelfStudy, SynthesisStopped
from cartridge_core.self_study import SynthesisProgress as Decoded
from cartridge_store.db.repositories.studies import NewChunk, NewConversation, NewShard, Stream
from services.trainer.events import ConversationSample
from services.trainer.job_objects import JobObjects
from services.trainer.journal import ShardJournal
from services.trainer.lease import Lease
from services.trainer.stages.study_plan import StudyPlan, restore_outdated

TRAIN_SHARD = "conversations/shard-{:05d}.safetensors"
HELD_OUT_SHARD = "held-out.safetensors"
VALIDATION_SHARD = "validation.safetensors"
CORRECTIONS_SHARD = "conversations/corrections-{:05d}.safetensors"
SAMPLES_PER_SHARD = 3
SAMPLE_CHARACTERS = 600


Part = Literal["train", "corrections", "held_out", "validation"]


@dataclass(frozen=True)
class Shard:
    """Conversations `first .. first + count - 1` of a part of self-study, and the object that keeps them.

    Corrections are trained on like others, and what training is stopped by is held out like what quality is measured
    with: `stream` and `index` count both together.
    """

    name: str
    part: Part
    stream: Stream
    index: int
    first: int
    count: int


def shards_of(plan: StudyPlan) -> dict[tuple[Stream, int], Shard]:
    """The shards that a plan asks for, in their order, by stream and number."""
    shards: list[Shard] = []
    size = plan.settings.shard_conversations
    parts: tuple[tuple[Part, str, int], ...] = (
        ("train", TRAIN_SHARD, plan.train),
        ("corrections", CORRECTIONS_SHARD, plan.corrections),
    )
    for part, name, total in parts:
        for number, first in enumerate(range(0, total, size)):
            count = min(size, total - first)
            shards.append(Shard(name.format(number), part, "train", len(shards), first, count))
    if plan.held_out:
        shards.append(Shard(HELD_OUT_SHARD, "held_out", "held_out", 0, 0, plan.held_out))
    if plan.validation:
        shards.append(Shard(VALIDATION_SHARD, "validation", "held_out", 1, 0, plan.validation))
    return {(shard.stream, shard.index): shard for shard in shards}


def chunks_of(model: Model, corpus: CorpusText, recipe: Recipe) -> list[Chunk]:
    """What the recipe cuts a corpus into."""
    settings = recipe.self_study
    return chunk_text(
        corpus.text,
        model.chat,
        settings.chunk_min_tokens,
        settings.chunk_max_tokens,
        one_paragraph=settings.one_paragraph,
    )


def placed_chunks(corpus: CorpusText, chunks: Sequence[Chunk]) -> list[NewChunk]:
    """The chunks, each with its place."""
    return [
        NewChunk(chunk.index, place.document, place.position, chunk.text)
        for chunk, place in zip(chunks, places_of(corpus, chunks), strict=True)
    ]


class Synthesis:
    """What the shards of one job are made with."""

    def __init__(
        self, model: Model, chunks: Sequence[Chunk], recipe: Recipe, plan: StudyPlan, objects: JobObjects,
        *, decoder: Decoder | None,
    ) -> None:  # fmt: skip
        """`decoder` writes the conversations; None: the calling thread does."""
        written = [chunk for chunk in chunks if plan.chunks is None or chunk.index in plan.chunks]
        self._written = SelfStudy(model, written or chunks, plan.settings, recipe.seed, decoder=decoder)
        self._whole = SelfStudy(model, chunks, recipe.self_study, recipe.seed)
        self.identity: ModelIdentity = model.identity
        self._outdated = restore_outdated(objects, model.identity) if plan.corrections else []

    def conversations(
        self, shard: Shard, on_progress: Callable[[Decoded], None], should_stop: Callable[[], bool]
    ) -> list[Conversation]:
        """Raises `SynthesisStopped`."""
        if shard.part == "corrections":
            outdated = self._outdated[shard.first : shard.first + shard.count]
            return self._whole.correct(
                [(each, each.chunk_index) for each in outdated],
                on_progress=on_progress, should_stop=should_stop,
            )  # fmt: skip
        return self._written.synthesize(
            shard.count, shard.part, first=shard.first, on_progress=on_progress, should_stop=should_stop
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
    return NewShard(shard.stream, shard.index, readable_conversations(conversations), tokens)


def readable_conversations(conversations: Sequence[Conversation]) -> tuple[NewConversation, ...]:
    """As their tenant reads them."""
    return tuple(NewConversation(c.chunk_index, c.kind, c.question, c.answer) for c in conversations)


def _write(conversations: list[Conversation], identity: ModelIdentity, path: Path) -> None:
    write_conversations(path, conversations, identity)
