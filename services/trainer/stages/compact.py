"""Stage compact: a preview of the corpus and what it is worth. It takes seconds, so nothing of it is kept."""

from cartridge_core.corpus import CorpusText
from cartridge_core.preview import Preview, make_preview
from services.trainer.errors import JobCancelledError
from services.trainer.events import CompactionProgress
from services.trainer.pace import Pace
from services.trainer.run import PreviewRun

SECONDS_BETWEEN_LOOKS = 1.0


def compact(run: PreviewRun, corpus: CorpusText) -> Preview:
    """Compact the corpus. Raises `CorpusTooShortError`, and `JobCancelledError` once it would serve nobody."""
    pace = Pace(SECONDS_BETWEEN_LOOKS)

    def on_window(done: int, windows: int) -> None:
        run.lease.check()
        if pace.allows():
            _check_needed(run)
            run.journal.progress(CompactionProgress(windows=done, total=windows))

    return make_preview(run.model, corpus.text, corpus.digest, run.recipe, on_window=on_window)


def _check_needed(run: PreviewRun) -> None:
    if run.journal.is_overtaken():
        run.journal.log("info", "the corpus has changed or has a trained cartridge: no preview is needed")
        raise JobCancelledError("the corpus has changed or has a trained cartridge")
