"""A short run of the suite; `make chaos` is the long one."""

from pathlib import Path

import pytest

from tests.chaos.campaign import run
from tests.trainer.talkative_model import make_talkative_model

SEED = 3
# One of each way to be hurt that is over in seconds.
FAULTS = (
    "worker killed at a random step",
    "worker's disk full",
    "two workers with one lease",
    "api killed between commit and wake-up",
    "postgres killed",
    "redis killed",
    "redis flushed",
    "s3 killed",
    "s3 hangs",
    "wake-ups doubled",
)


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_stuck_when_parts_are_killed_under_load(
    smollm2_dir: Path, tmp_path: Path
) -> None:
    model = make_talkative_model(smollm2_dir, tmp_path / "talkative")
    report = run(tmp_path / "data", model, faults=len(FAULTS), seed=SEED, tell=print, only=FAULTS)
    assert report.findings == []
    assert report.stuck == 0
    assert sum(each.times for each in report.injected.values()) >= len(FAULTS) - len(report.left_out)
