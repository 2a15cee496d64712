"""The way from a corpus to its preview: read, compacted, published. Seconds where training takes minutes or hours."""

from services.trainer.run import PreviewRun
from services.trainer.stages.compact import compact
from services.trainer.stages.parse import read_corpus
from services.trainer.stages.publish_preview import publish_preview


def run_preview(run: PreviewRun) -> None:
    """Make and publish the preview that the job asks for.

    Raises `CartridgeError` when there can be none; `AttemptEndedError` and `LeaseLostError` when this attempt has to
    stop, `JobCancelledError` also when the corpus has changed since or has a trained cartridge.
    """
    with run.stage("parse"):
        corpus = read_corpus(run)
    with run.stage("compact"):
        preview = compact(run, corpus)
    # Publishing ends the job, so there is nothing to be told after it.
    run.enter("publish")
    publish_preview(run, corpus, preview)
