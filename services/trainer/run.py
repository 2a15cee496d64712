"""One attempt at one job: what its stages work with."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from cartridge_core.models import Model
from cartridge_core.preview_recipe import PreviewRecipe
from cartridge_core.recipe import Recipe
from cartridge_web.tracing import span
from services.trainer.computing import Computing
from services.trainer.events import Stage
from services.trainer.job import ClaimedJob, ClaimedShard
from services.trainer.job_objects import JobObjects
from services.trainer.journal import Journal
from services.trainer.lease import Lease
from services.trainer.limits import StageLimits
from services.trainer.metrics import STAGE_SECONDS


@dataclass(frozen=True)
class AnyRun:
    """An attempt at a job of any kind."""

    job: ClaimedJob
    model: Model
    objects: JobObjects
    journal: Journal
    lease: Lease
    limits: StageLimits

    def enter(self, stage: Stage) -> None:
        """Announce a stage, which has to end in its time. Raises what `Lease.check` raises."""
        self.lease.check()
        spent = self.journal.spent.seconds.get(stage, 0.0)
        self.lease.allow(self.limits.left(stage, spent), self.limits.overrun(stage))
        self.journal.stage_started(stage)

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Announce a stage and time it, the time of attempts that fail in it included."""
        self.enter(stage)
        started = time.monotonic()
        about: dict[str, str | int] = {"cartridges.job": self.job.id, "cartridges.attempt": self.job.attempt}
        try:
            with span(f"training.{stage}", self.job.request_id, about):
                yield
        finally:
            seconds = time.monotonic() - started
            STAGE_SECONDS.labels(stage).observe(seconds)
            self.journal.spend(stage, seconds)
        self.journal.stage_finished(stage, seconds)


@dataclass(frozen=True)
class Run(AnyRun):
    """An attempt at training a cartridge."""

    recipe: Recipe
    lease_on: Callable[[ClaimedShard], Lease]
    computing: Computing


@dataclass(frozen=True)
class PreviewRun(AnyRun):
    """An attempt at making a preview."""

    recipe: PreviewRecipe
