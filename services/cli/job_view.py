"""A job's events as a live display: the stage, a bar, loss, speed and the time left."""

from types import TracebackType

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cartridge_client import JobEvent, StageProgress
from services.cli.console import duration, err

_TITLES = {
    "parse": "Reading the documents",
    "self_study": "Self-study",
    "baselines": "Measuring baselines",
    "train": "Training",
    "evaluate": "Evaluating",
    "compact": "Compacting",
    "publish": "Publishing",
}


class _StageChange(BaseModel):
    model_config = ConfigDict(extra="ignore")

    stage: str
    status: str
    seconds: float | None = None


class _LogLine(BaseModel):
    model_config = ConfigDict(extra="ignore")

    level: str = "info"
    message: str


class JobView:
    """Draws on the terminal while events come; elsewhere it prints a line per stage."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}[/dim]"),
            console=err,
            # Without a terminal there is nothing to redraw; a line per stage is printed instead.
            disable=not err.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "JobView":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, event: JobEvent) -> None:
        """Draws one event. One that is not understood (a newer server's) is passed over."""
        try:
            if event.type == "stage":
                self._show_stage(_StageChange.model_validate(event.data))
            elif event.type == "progress":
                self._show_progress(StageProgress.model_validate(event.data))
            elif event.type == "log":
                line = _LogLine.model_validate(event.data)
                self._progress.console.print(f"[dim]{escape(line.level)}[/dim] {escape(line.message)}")
        except ValidationError:
            return

    def _show_stage(self, change: _StageChange) -> None:
        task = self._task(change.stage)
        if change.status == "finished":
            total = self._progress.tasks[task].total or 1
            self._progress.update(task, total=total, completed=total)
            if not self._progress.console.is_terminal:
                self._progress.console.print(
                    f"{_TITLES.get(change.stage, change.stage)}: {duration(change.seconds)}"
                )

    def _show_progress(self, progress: StageProgress) -> None:
        task = self._task(progress.stage)
        counts = (progress.step, progress.conversations, progress.windows)
        done = next((count for count in counts if count is not None), None)
        total = progress.steps if progress.steps is not None else progress.total
        self._progress.update(task, completed=done, total=total, detail=_detail(progress, done, total))

    def _task(self, stage: str) -> TaskID:
        if stage not in self._tasks:
            title = _TITLES.get(stage, stage)
            self._tasks[stage] = self._progress.add_task(title, total=None, detail="")
        return self._tasks[stage]


def _detail(progress: StageProgress, done: int | None, total: int | None) -> str:
    parts = []
    if done is not None and total is not None:
        parts.append(f"{done}/{total}")
    if progress.system is not None:
        parts.append(progress.system)
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.validation_loss is not None:
        parts.append(f"validation {progress.validation_loss:.3f}")
    if progress.reused:
        parts.append(f"{progress.reused} reused")
    if progress.tokens_per_second is not None:
        parts.append(f"{progress.tokens_per_second:.0f} tokens/s")
    if progress.eta_seconds is not None:
        parts.append(f"{duration(progress.eta_seconds)} left")
    return " · ".join(parts)
