"""Stage publish of a preview: the cartridge under its digest, and the row that makes it the tenant's."""

from cartridge_core.corpus import CorpusText
from cartridge_core.preview import Preview
from cartridge_store.db.tables import CartridgeStatus
from services.trainer.report import PreviewReport, describe
from services.trainer.run import PreviewRun
from services.trainer.stages.publish import finish_with


def publish_preview(run: PreviewRun, corpus: CorpusText, preview: Preview) -> None:
    """Store the preview and finish the job. Doing it again stores the same bytes under the same name."""
    finish_with(run, preview.cartridge, preview.quality, CartridgeStatus.READY, _report(run, corpus, preview))


def _report(run: PreviewRun, corpus: CorpusText, preview: Preview) -> PreviewReport:
    return PreviewReport(
        note=describe(preview),
        quality=preview.quality,
        gap_closed=None if preview.quality is None else preview.quality.gap_closed,
        kv_ratio=preview.corpus_tokens / preview.cartridge.tokens,
        seconds=run.journal.spent.seconds,
        corpus_digest=corpus.digest,
        corpus_tokens=preview.corpus_tokens,
        read_tokens=preview.read_tokens,
        recipe=run.recipe,
    )
