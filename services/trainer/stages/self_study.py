"""Stage self_study: conversations about the corpus, made shard by shard by this worker and by others without a job."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cartridge_core.chunking import Chunk
from cartridge_core.conversations import Conversation
from cartridge_core.corpus import CorpusText
from cartridge_core.difference import uncovered, with_replay
from cartridge_core.recipe import Objective, Recipe
from cartridge_core.self_study import SynthesisProgress as Decoded
from cartridge_store.db.repositories.studies import NewShard, Stream
from cartridge_store.errors import LeaseLostError
from services.trainer.errors import SelfStudyEmptyError
from services.trainer.events import SynthesisProgress
from services.trainer.job import ClaimedShard
from services.trainer.pace import Pace
from services.trainer.run import Run
from services.trainer.stages.news import as_news
from services.trainer.stages.planning import Kept, plan_study
from services.trainer.stages.shards import (
    Part,
    Shard,
    Synthesis,
    chunks_of,
    make_shard,
    placed_chunks,
    readable_conversations,
    restore_shard,
    shards_of,
)
from services.trainer.stages.study_plan import StudyPlan

SECONDS_BETWEEN_EVENTS = 1.0
SECONDS_BETWEEN_LOOKS = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Study:
    """What training learns from by `recipe`, what it is stopped by, and what evaluation asks."""

    recipe: Recipe
    train: tuple[Conversation, ...]
    held_out: tuple[Conversation, ...]
    validation: tuple[Conversation, ...]


def self_study(run: Run, corpus: CorpusText) -> Study:
    """Synthesize the recipe's conversations; shards of earlier attempts and of other workers are taken as they are.

    Conversations of an earlier version of the corpus about what has not changed since are used again. Raises
    `SelfStudyEmptyError` when the model wrote nothing usable.
    """
    chunks = chunks_of(run.model, corpus, run.recipe)
    run.journal.chunks(placed_chunks(corpus, chunks))
    plan, kept = plan_study(run, corpus, chunks)
    run.journal.reuse(plan.reuse)
    shards = _Shards(run, plan, chunks)
    made = shards.made()
    if plan.reuse is not None:
        shards.show_kept(kept)
    new = [*made["train"], *uncovered(made["corrections"], made["train"])]
    recipe = plan.training_recipe(run.recipe)
    study = Study(
        recipe,
        # Where training starts over, everything is as new to it.
        (*kept.train, *new) if recipe is run.recipe else _by_difference(run, recipe, new, kept.train),
        (*kept.held_out, *made["held_out"]),
        (*kept.validation, *made["validation"]),
    )
    needed = [("held-out", study.held_out)]
    if run.recipe.training.objective is Objective.CONTEXT_DISTILLATION:
        needed.append(("training", study.train))
    for stream, conversations in needed:
        if not conversations:
            raise SelfStudyEmptyError(
                f"the base model wrote no usable {stream} conversation about this corpus; "
                "ask for more conversations or longer questions"
            )
    return study


def _by_difference(
    run: Run, recipe: Recipe, new: Sequence[Conversation], kept: Sequence[Conversation]
) -> tuple[Conversation, ...]:
    """What a cartridge that knows most of it already is trained on."""
    if recipe.retraining.weigh_news and new:
        new = as_news(run, new)
    return tuple(with_replay(new, kept, recipe.retraining.new_share, recipe.seed))


class _Shards:
    """Offers a job's shards to all workers, makes those that nobody takes, and tells how it goes."""

    def __init__(self, run: Run, plan: StudyPlan, chunks: Sequence[Chunk]) -> None:
        self._run = run
        self._shards = shards_of(plan)
        decoder = run.computing.decoder(run.model, run.job.id)
        self._synthesis = Synthesis(run.model, chunks, run.recipe, plan, run.objects, decoder=decoder)
        self._reused = 0 if plan.reuse is None else plan.reuse.conversations
        run.journal.plan_shards(list(self._shards))
        self._conversations: dict[tuple[Stream, int], Sequence[Conversation]] = {}
        self._pace = Pace(SECONDS_BETWEEN_EVENTS)
        self._total = sum(shard.count for shard in self._shards.values())
        self._made = run.journal.shards_made()
        self._done_before = self._done
        self._started = time.monotonic()

    def made(self) -> dict[Part, list[Conversation]]:
        """The conversations of all shards, by what they are for, in the shards' order."""
        while True:
            self._make_what_is_open()
            unreadable = [shard for shard in self._shards.values() if not self._restore(shard)]
            if not unreadable:
                found: dict[Part, list[Conversation]] = {part: [] for part in get_args(Part)}
                for key, shard in self._shards.items():
                    found[shard.part] += self._conversations[key]
                return found
            for shard in unreadable:
                self._run.journal.make_shard_again(shard.stream, shard.index)

    def show_kept(self, kept: Kept) -> None:
        """Show what is used again beside what was written, in shards of their own behind the others."""
        streams: tuple[tuple[Stream, tuple[Conversation, ...]], ...] = (
            ("train", kept.train),
            ("held_out", (*kept.held_out, *kept.validation)),
        )
        for stream, conversations in streams:
            number = 1 + max((index for name, index in self._shards if name == stream), default=-1)
            self._run.journal.show_kept(NewShard(stream, number, readable_conversations(conversations)))

    def _restore(self, shard: Shard) -> bool:
        key = (shard.stream, shard.index)
        if key not in self._conversations:
            found = restore_shard(self._run.objects, shard, self._synthesis.identity)
            if found is None:
                return False
            self._conversations[key] = found
        return True

    def _make_what_is_open(self) -> None:
        while True:
            self._run.lease.check()
            claimed = self._run.journal.take_shard(self._run.lease.seconds)
            if claimed is not None:
                self._make(claimed)
            self._look()
            if self._made.open == 0:
                return
            if claimed is None:
                # Others are at the last ones; one that falls silent is taken back when its lease has run out.
                self._run.lease.wait(SECONDS_BETWEEN_LOOKS)

    def _make(self, claimed: ClaimedShard) -> None:
        shard = self._shards[claimed.held.stream, claimed.held.shard]
        journal = self._run.journal.of_shard(claimed)

        def on_progress(decoded: Decoded) -> None:
            if self._pace.allows():
                self._run.journal.progress(self._progress(shard, decoded.tokens, decoded.seconds))

        try:
            with self._run.lease_on(claimed) as lease:
                self._conversations[shard.stream, shard.index] = make_shard(
                    self._synthesis, shard, self._run.objects, journal, lease,
                    on_progress=on_progress, should_stop=self._run.lease.should_stop,
                )  # fmt: skip
        except LeaseLostError as error:
            # Of the shard: whether the job is lost too is seen at the next word about it.
            log.warning("shard_lost", detail=str(error))
        except BaseException:
            with suppress(LeaseLostError, SQLAlchemyError):
                journal.give_back()
            self._run.lease.check()
            raise

    def _look(self) -> None:
        """See and tell how far the shards are."""
        before, self._made = self._made.made, self._run.journal.shards_made()
        self._run.journal.synthesized(self._made.tokens, self._made.seconds)
        for key in self._made.made - before:
            self._run.journal.progress(
                self._progress(self._shards[key], self._made.tokens, self._made.seconds)
            )

    @property
    def _done(self) -> int:
        return sum(self._shards[key].count for key in self._made.made)

    def _progress(self, shard: Shard, tokens: int, seconds: float) -> SynthesisProgress:
        done = self._done
        since = done - self._done_before
        elapsed = time.monotonic() - self._started
        return SynthesisProgress(
            stream=shard.stream,
            conversations=done,
            total=self._total,
            reused=self._reused,
            tokens_per_second=tokens / seconds if seconds else 0.0,
            eta_seconds=elapsed / since * (self._total - done) if since else None,
        )
