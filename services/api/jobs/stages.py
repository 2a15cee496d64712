"""A job's stages with their times, put together from the events that tell of them."""

from collections.abc import Sequence
from datetime import datetime

from cartridge_store.db.tables import JobEvent, JobState, TrainingJob
from services.api.jobs.record_schemas import StageOut

# Publishing ends the job, so no event tells that it is finished.
_LAST_STAGE = "publish"


def stages_of(job: TrainingJob, stage_events: Sequence[JobEvent]) -> list[StageOut]:
    """The stages in the order they began; one that a lost worker left is `interrupted`."""
    stages: list[StageOut] = []
    for event in stage_events:
        name, attempt = event.data["stage"], event.data["attempt"]
        if event.data["status"] == "started":
            stages.append(
                StageOut(stage=name, attempt=attempt, status="running", started_at=event.created_at)
            )
        else:
            open_stage = next(s for s in reversed(stages) if (s.stage, s.attempt) == (name, attempt))
            _end(open_stage, "finished", event.created_at, event.data["seconds"])
    for index, stage in enumerate(stages):
        if stage.status != "running":
            continue
        if stage.stage == _LAST_STAGE and job.state is JobState.SUCCEEDED and stage.attempt == job.attempt:
            _end(stage, "finished", job.finished_at, None)
        elif stage.attempt < job.attempt or job.state is not JobState.RUNNING:
            # Nobody tells when a worker is lost: it was, at the latest, when the next one began.
            is_last = index + 1 == len(stages)
            _end(stage, "interrupted", job.finished_at if is_last else stages[index + 1].started_at, None)
    return stages


def _end(stage: StageOut, status: str, at: datetime | None, seconds: float | None) -> None:
    stage.status = "finished" if status == "finished" else "interrupted"
    stage.finished_at = at
    stage.seconds = seconds if seconds is not None or at is None else (at - stage.started_at).total_seconds()
