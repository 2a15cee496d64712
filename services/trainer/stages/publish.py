"""Stage publish: the cartridge under its digest, and the row that makes it the tenant's, in one transaction."""

from dataclasses import replace
from functools import partial

from pydantic import BaseModel

from cartridge_core.artifact import Cartridge, write_cartridge
from cartridge_core.composition import at_own_end
from cartridge_core.corpus import CorpusText
from cartridge_core.evaluation import QualityReport
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.tables import CartridgeStatus
from cartridge_store.object_keys import cartridge_key
from services.trainer.report import CartridgeReport, TokensPerSecond
from services.trainer.run import AnyRun, Run

ARTIFACT = "cartridge.safetensors"


def publish(run: Run, corpus: CorpusText, cartridge: Cartridge, quality: QualityReport) -> None:
    """Store the cartridge and finish the job. Doing it again stores the same bytes under the same name."""
    placed = at_own_end(cartridge, run.model.rope.inverse_frequencies)
    finish_with(run, placed, quality, _status(run, quality), _report(run, corpus, quality))


def finish_with(
    run: AnyRun,
    cartridge: Cartridge,
    evaluation: BaseModel | None,
    status: CartridgeStatus,
    report: BaseModel,
) -> None:
    """Store `cartridge` in the dtype that the model is stored in, `evaluation` in its header, and finish the job with it."""
    path = run.objects.local(ARTIFACT)
    told = None if evaluation is None else evaluation.model_dump(mode="json")
    header = cartridge.header.model_copy(update={"evaluation": told})
    digest = write_cartridge(path, replace(cartridge, header=header).cast(run.model.stored_dtype))
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
            status=status,
            report=report.model_dump(mode="json"),
        ),
        partial(run.objects.ensure, object_key, path),
    )


def _status(run: Run, quality: QualityReport) -> CartridgeStatus:
    # Where ICL is no better than no context there is no gap, so nothing shows that the cartridge is any good.
    gap_closed = quality.gap_closed or 0.0
    return (
        CartridgeStatus.READY
        if gap_closed >= run.recipe.evaluation.min_gap_closed
        else CartridgeStatus.NEEDS_REVIEW
    )


def _report(run: Run, corpus: CorpusText, quality: QualityReport) -> CartridgeReport:
    spent = run.journal.spent
    return CartridgeReport(
        quality=quality,
        gap_closed=quality.gap_closed,
        kv_ratio=quality.kv_ratio,
        seconds=spent.seconds,
        tokens_per_second=TokensPerSecond(
            synthesis=spent.synthesis.tokens_per_second, training=spent.training.tokens_per_second
        ),
        corpus_digest=corpus.digest,
        corpus_tokens=len(run.model.chat.encode(corpus.text)),
        recipe=run.recipe,
        training=spent.outcome,
        reuse=spent.reuse,
    )
