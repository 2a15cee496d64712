"""Stage self_study: conversations about the corpus, made shard by shard by this worker and by others without a job."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cartridge_core.conversations import Conversation
from cartridge_core.corpus import CorpusText
from cartridge_core.recipe import Objective
from cartridge_core.self_study import SynthesisProgress as Decoded
from cartridge_store.db.repositories.studies import Stream
from cartridge_store.errors import LeaseLostError
from services.trainer.errors import SelfStudyEmptyError
from services.trainer.events import SynthesisProgress
from services.trainer.job import ClaimedShard
from services.trainer.pace import Pace
from services.trainer.run import Run
from services.trainer.stages.shards import Shard, Synthesis, make_shard, restore_shard, shards_of

SECONDS_BETWEEN_EVENTS = 1.0
SECONDS_BETWEEN_LOOKS = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Study:
    """What training learns from, and what evaluation asks."""

    train: tuple[Conversation, ...]
    held_out: tuple[Conversation, ...]


def self_study(run: Run, corpus: CorpusText) -> Study:
    """Synthesize the recipe's conversations; shards of earlier attempts and of other workers are taken as they are.

    Raises `SelfStudyEmptyError` when the model wrote nothing usable.
    """
    shards = _Shards(run, corpus).made()
    study = Study(
        tuple(each for (stream, _), shard in shards.items() if stream == "train" for each in shard),
        tuple(each for (stream, _), shard in shards.items() if stream == "held_out" for each in shard),
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


class _Shards:
    """Offers a job's shards to all workers, makes those that nobody takes, and tells how it goes."""

    def __init__(self, run: Run, corpus: CorpusText) -> None:
        self._run = run
        self._shards = shards_of(run.recipe)
        self._synthesis = Synthesis(run.model, corpus, run.recipe)
        run.journal.chunks(self._synthesis.chunks())
        run.journal.plan_shards(list(self._shards))
        self._conversations: dict[tuple[Stream, int], Sequence[Conversation]] = {}
        self._pace = Pace(SECONDS_BETWEEN_EVENTS)
        self._total = sum(shard.count for shard in self._shards.values())
        self._made = run.journal.shards_made()
        self._done_before = self._done
        self._started = time.monotonic()

    def made(self) -> dict[tuple[Stream, int], Sequence[Conversation]]:
        """The conversations of all shards, by stream and number, in the shards' order."""
        while True:
            self._make_what_is_open()
            unreadable = [shard for shard in self._shards.values() if not self._restore(shard)]
            if not unreadable:
                return {key: self._conversations[key] for key in self._shards}
            for shard in unreadable:
                self._run.journal.make_shard_again(shard.stream, shard.index)

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
            tokens_per_second=tokens / seconds if seconds else 0.0,
            eta_seconds=elapsed / since * (self._total - done) if since else None,
        )
