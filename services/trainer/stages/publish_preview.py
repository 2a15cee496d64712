"""Stage publish of a preview: the cartridge under its digest, and the row that makes it the tenant's."""

from dataclasses import replace
from functools import partial

from cartridge_core.artifact import write_cartridge
from cartridge_core.corpus import CorpusText
from cartridge_core.preview import Preview
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.tables import CartridgeStatus
from cartridge_store.object_keys import cartridge_key
from services.trainer.report import PreviewReport, describe
from services.trainer.run import PreviewRun
from services.trainer.stages.publish import ARTIFACT


def publish_preview(run: PreviewRun, corpus: CorpusText, preview: Preview) -> None:
    """Store the preview and finish the job. Doing it again stores the same bytes under the same name."""
    path = run.objects.local(ARTIFACT)
    quality = None if preview.quality is None else preview.quality.model_dump(mode="json")
    header = preview.cartridge.header.model_copy(update={"evaluation": quality})
    cartridge = replace(preview.cartridge, header=header).cast(run.model.dtype)
    digest = write_cartridge(path, cartridge)
    run.lease.check()
    object_key = cartridge_key(run.job.tenant_id, digest)
    run.journal.about_to_store(object_key)
    run.objects.store.put_file(object_key, path)
    run.journal.publish(
        PublishedCartridge(
            name=run.job.name,
            digest=digest,
            object_key=object_key,
            size_bytes=path.stat().st_size,
            tokens=cartridge.tokens,
            model_fingerprint=cartridge.header.model.fingerprint,
            status=CartridgeStatus.READY,
            report=_report(run, corpus, preview).model_dump(mode="json"),
        ),
        partial(run.objects.ensure, object_key, path),
    )


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
