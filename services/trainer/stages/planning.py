"""How a job's self-study is planned: what of an earlier job's conversations is used again, and what is written.

Conversations of the earlier job about chunks that are still there become the job's own: they are kept under its own
prefix, so that they go with it, and with the corpus.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from cartridge_core.chunking import Chunk
from cartridge_core.conversations import Conversation, read_conversations, write_conversations
from cartridge_core.corpus import CorpusText
from cartridge_core.difference import (
    ChunkDifference,
    compare_chunks,
    kept_conversations,
    outdated_conversations,
    scaled_study,
)
from cartridge_core.models import ModelIdentity
from cartridge_core.recipe import Objective, Recipe
from cartridge_store.db.tables import CartridgeKind, CartridgeRow
from services.trainer.events import Reuse
from services.trainer.job_objects import JobObjects
from services.trainer.run import Run
from services.trainer.stages.previous import begin_with
from services.trainer.stages.shards import restore_shard, shards_of
from services.trainer.stages.study_plan import OUTDATED, PLAN, StudyPlan, restore_plan

# A corpus of which less than this share is still there is begun anew: most of what the cartridge knows is no longer so.
LEAST_KEPT_SHARE = 0.5
# What decides how conversations are made in parts, and not which ones.
_IN_WHAT_PARTS = {"batch_rows", "shard_conversations"}


@dataclass(frozen=True)
class Kept:
    """Conversations of an earlier job about chunks that are still there, by the present chunks' indices."""

    train: tuple[Conversation, ...] = ()
    held_out: tuple[Conversation, ...] = ()
    validation: tuple[Conversation, ...] = ()

    def streams(self) -> dict[str, tuple[Conversation, ...]]:
        """Each under the name of the object that keeps it."""
        return {
            "kept/train.safetensors": self.train,
            "kept/held-out.safetensors": self.held_out,
            "kept/validation.safetensors": self.validation,
        }


def plan_study(run: Run, corpus: CorpusText, chunks: Sequence[Chunk]) -> tuple[StudyPlan, Kept]:
    """The plan, and what is used again; as an earlier attempt has made them where both can still be read.

    Raises `InitialCartridgeGoneError` and `InitialCartridgeError`.
    """
    plan = run.objects.restore_json(PLAN, StudyPlan)
    if plan is not None:
        kept = _restore_kept(run.objects, run.model.identity) if plan.reuse is not None else Kept()
        if kept is not None:
            return plan, kept
    plan, kept = _made(run, corpus, chunks)
    run.objects.keep_json(PLAN, plan)
    return plan, kept


def _made(run: Run, corpus: CorpusText, chunks: Sequence[Chunk]) -> tuple[StudyPlan, Kept]:
    asked_for = run.journal.initial_cartridge()
    row = asked_for or _earlier_cartridge(run)
    plan, kept = StudyPlan.whole(run.recipe), Kept()
    if row is not None:
        plan, kept = _difference(run, row, chunks) or (plan, kept)
        mostly_there = plan.reuse is not None and plan.reuse.kept_share >= LEAST_KEPT_SHARE
        if asked_for is not None or mostly_there:
            begin_with(run, corpus, row)
            plan = plan.model_copy(update={"starts_from": row.id})
    return plan, kept


def _earlier_cartridge(run: Run) -> CartridgeRow | None:
    """The cartridge of another version of the corpus that can be trained on without being asked to."""
    recipe = run.recipe
    if not recipe.retraining.from_previous or recipe.training.objective is Objective.NEXT_TOKEN:
        return None
    return run.journal.earlier_cartridge(recipe.cartridge_tokens, run.model.identity.fingerprint)


def _difference(run: Run, row: CartridgeRow, chunks: Sequence[Chunk]) -> tuple[StudyPlan, Kept] | None:
    """What is written and what is used again of the job that made cartridge `row`; None where nothing can be."""
    theirs = _earlier_recipe(row)
    if row.corpus_id != run.job.corpus_id or theirs is None or not _study_alike(theirs, run.recipe):
        return None
    studied = [Chunk(each.index, each.text, 0) for each in run.journal.studied_chunks(row.job_id)]
    difference = compare_chunks(studied, chunks)
    earlier = _studied(run, row.job_id, theirs)
    if earlier is None or not difference.kept:
        return None
    kept = Kept(
        *(
            tuple(kept_conversations(stream, difference))
            for stream in (earlier.train, earlier.held_out, earlier.validation)
        )
    )
    outdated = _outdated(earlier.train, difference, chunks) if run.recipe.retraining.corrections else []
    _keep(run, kept, outdated)
    return _plan(run.recipe, difference, kept, outdated, row), kept


def _plan(
    recipe: Recipe,
    difference: ChunkDifference,
    kept: Kept,
    outdated: Sequence[Conversation],
    row: CartridgeRow,
) -> StudyPlan:
    share = difference.written_share
    has_general = any(one.chunk_index is None for one in kept.train)
    settings = scaled_study(recipe.self_study, share, general=not has_general)
    return StudyPlan(
        settings=settings or recipe.self_study,
        train=settings.total if settings is not None else 0,
        held_out=math.ceil(recipe.evaluation.held_out_conversations * share),
        validation=math.ceil(recipe.training.validation_conversations * share),
        corrections=len(outdated),
        chunks=difference.written,
        reuse=Reuse(
            cartridge_id=row.id,
            conversations=len(kept.train) + len(kept.held_out) + len(kept.validation),
            corrections=len(outdated),
            chunks_kept=len(set(difference.kept.values())),
            chunks_written=len(difference.written),
        ),
    )


def _earlier_recipe(row: CartridgeRow) -> Recipe | None:
    """The recipe that a trained cartridge was made by; None where it is of another release."""
    if row.kind is not CartridgeKind.TRAINED:
        return None
    try:
        return Recipe.model_validate(row.report.get("recipe"))
    except ValidationError:
        return None


def _study_alike(theirs: Recipe, ours: Recipe) -> bool:
    """Whether both recipes have the same conversations written about the same chunk."""
    one, other = (recipe.self_study.model_dump(exclude=_IN_WHAT_PARTS) for recipe in (theirs, ours))
    return (
        one == other
        and theirs.training.objective is ours.training.objective is Objective.CONTEXT_DISTILLATION
    )


def _studied(run: Run, job_id: str, recipe: Recipe) -> Kept | None:
    """All conversations of an earlier job but its corrections, which its cartridge has taken in.

    None where they are lost.
    """
    objects = replace(run.objects, job=replace(run.job, id=job_id))
    plan = restore_plan(objects, recipe)
    found: dict[str, list[Conversation]] = {"train": [], "held_out": [], "validation": []}
    if plan.reuse is not None:
        kept = _restore_kept(objects, run.model.identity)
        if kept is None:
            return None
        for part, conversations in zip(found, kept.streams().values(), strict=True):
            found[part] += conversations
    for shard in shards_of(plan).values():
        if shard.part in found:
            restored = restore_shard(objects, shard, run.model.identity)
            if restored is None and shard.part != "validation":  # which jobs of earlier releases do not have
                return None
            found[shard.part] += restored or ()
    return Kept(*map(tuple, found.values()))


def _restore_kept(objects: JobObjects, identity: ModelIdentity) -> Kept | None:
    """What a job keeps of an earlier one; None where it cannot be read."""
    found = [
        objects.restore(name, partial(read_conversations, identity=identity)) for name in Kept().streams()
    ]
    if any(conversations is None for conversations in found):
        return None
    return Kept(*(tuple(conversations or ()) for conversations in found))


def _outdated(
    conversations: Sequence[Conversation], difference: ChunkDifference, chunks: Sequence[Chunk]
) -> list[Conversation]:
    """Those about chunks that are gone, by the index of what has come in their place."""
    return [
        replace(conversation, chunk_index=index)
        for conversation, index in outdated_conversations(conversations, difference, chunks)
    ]


def _keep(run: Run, kept: Kept, outdated: Sequence[Conversation]) -> None:
    for name, conversations in {**kept.streams(), OUTDATED: outdated}.items():
        run.objects.keep(name, partial(_write, run.model.identity, conversations))


def _write(identity: ModelIdentity, conversations: Sequence[Conversation], path: Path) -> None:
    write_conversations(path, list(conversations), identity)
