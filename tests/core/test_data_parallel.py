"""One cartridge trained by two processes is the one that a single process trains."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

from cartridge_core.batching import conversation_row, pack
from cartridge_core.corpus import CorpusText
from cartridge_core.data_parallel import FollowerFailedError, LeadingGradients, part_of
from cartridge_core.initialization import initialize
from cartridge_core.models import Model
from cartridge_core.recipe import Recipe, TrainedPart
from cartridge_core.training import TrainingCancelled, TrainingResult, train

from .test_joint_steps import assert_equal, conversations_of

FOLLOW = """
import sys, torch
from pathlib import Path
import torch.distributed as dist
from cartridge_core.data_parallel import follow
from cartridge_core.gradients import OwnGradients
from cartridge_core.models import load_model

directory, rendezvous, breaking = map(Path, sys.argv[1:])
backward = OwnGradients.backward

def breaks_where_told(*arguments):
    if breaking.exists():
        raise MemoryError
    return backward(*arguments)

OwnGradients.backward = breaks_where_told
model = load_model(directory, dtype=torch.float32)
dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=1, world_size=2)
try:
    follow(model)
finally:
    # A process that exits with gloo's threads at work may be aborted instead.
    dist.destroy_process_group()
"""


@dataclass(frozen=True)
class Pair:
    """This process, and a real other one."""

    gradients: LeadingGradients
    follower: subprocess.Popen[bytes]
    breaking: Path


@pytest.fixture(scope="module")
def pair(
    model: Model, random_model_dirs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    scratch = tmp_path_factory.mktemp("pair")
    rendezvous, breaking = scratch / "rendezvous", scratch / "break"
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    command = [sys.executable, "-c", FOLLOW, str(random_model_dirs["llama"]), str(rendezvous), str(breaking)]
    follower = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        dist.init_process_group(
            "gloo", init_method=f"file://{rendezvous}", rank=0, world_size=2, timeout=timedelta(minutes=5)
        )
        yield Pair(LeadingGradients(model), follower, breaking)
    finally:
        follower.kill()
        follower.wait()
        if dist.is_initialized():
            dist.destroy_process_group()


@pytest.fixture
def halves(recipe: Recipe) -> Recipe:
    """A batch of two rows or three, at times of one alone: then a process has nothing to do."""
    training = recipe.training.model_copy(update={"batch_tokens": 32, "accumulation": 2, "steps": 6})
    return recipe.model_copy(update={"training": training})


def test_two_processes_have_the_curve_of_one_and_go_on_from_its_checkpoint_and_it_from_theirs(
    model: Model, corpus: CorpusText, halves: Recipe, pair: Pair, tmp_path: Path
) -> None:
    initial = initialize(model, corpus.text, "d", halves)
    conversations = conversations_of(3)
    checkpoint = tmp_path / "checkpoint"

    def run(gradients: LeadingGradients | None = None, *, until: int = 6) -> TrainingResult | None:
        seen: list[int] = []
        try:
            return train(
                model, initial, conversations, halves, corpus_text="", gradients=gradients,
                checkpoint=checkpoint, on_progress=lambda progress: seen.append(progress.step),
                should_stop=lambda: len(seen) == until,
            )  # fmt: skip
        except TrainingCancelled:
            return None

    alone = run()
    assert alone is not None
    checkpoint.unlink(missing_ok=True)
    together = run(pair.gradients)
    assert together is not None
    assert_equal(together, alone)
    checkpoint.unlink()
    for gradients in (None, pair.gradients):
        assert run(gradients, until=2) is None
    resumed = run()
    assert resumed is not None
    assert_equal(resumed, alone)


def test_the_part_that_does_not_move_needs_no_gradient_there_either(
    model: Model, corpus: CorpusText, halves: Recipe, pair: Pair
) -> None:
    training = halves.training.model_copy(update={"trained": TrainedPart.VALUES, "steps": 2})
    values_only = halves.model_copy(update={"training": training})
    initial = initialize(model, corpus.text, "d", values_only)
    alone = train(model, initial, conversations_of(3), values_only, corpus_text="")
    together = train(
        model, initial, conversations_of(3), values_only, corpus_text="", gradients=pair.gradients
    )
    assert_equal(together, alone)
    assert torch.equal(together.cartridge.keys, initial.keys)


@pytest.mark.parametrize("world", [1, 2, 3, 5])
def test_the_parts_of_a_batch_are_the_batch(world: int) -> None:
    batch = pack([conversation_row(each, 64) for each in conversations_of(1)[:4]])
    parts = [part for rank in range(world) if (part := part_of(batch, rank, world)) is not None]
    assert sum(len(part.tokens) for part in parts) == 4
    assert sum(part.real_tokens for part in parts) == batch.real_tokens
    whole = {
        (tuple(batch.tokens[row, : column + 1].tolist()), tuple(ids.tolist()))
        for row, column, ids in zip(batch.rows, batch.columns, batch.targets.ids, strict=True)
    }
    assert whole == {
        (tuple(part.tokens[row, : column + 1].tolist()), tuple(ids.tolist()))
        for part in parts
        for row, column, ids in zip(part.rows, part.columns, part.targets.ids, strict=True)
    }


def test_a_process_that_cannot_compute_its_part_ends_the_step_and_says_so(
    model: Model, corpus: CorpusText, halves: Recipe, pair: Pair
) -> None:
    """The last test: the other process is gone after it."""
    initial = initialize(model, corpus.text, "d", halves)
    pair.breaking.touch()
    with pytest.raises(FollowerFailedError, match="1 of 2"):
        train(model, initial, conversations_of(3), halves, corpus_text="", gradients=pair.gradients)
    assert pair.follower.wait(60) == 1
