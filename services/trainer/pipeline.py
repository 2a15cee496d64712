"""The way from a corpus to a cartridge, one stage after the other."""

from services.trainer.run import Run
from services.trainer.stages.baselines import baselines
from services.trainer.stages.evaluate import evaluate
from services.trainer.stages.parse import parse
from services.trainer.stages.publish import publish
from services.trainer.stages.self_study import self_study
from services.trainer.stages.train import train


def run_pipeline(run: Run) -> None:
    """Take the job from where earlier attempts left it to a published cartridge.

    Raises `CartridgeError` when the job cannot succeed; `AttemptEndedError` and `LeaseLostError` when this attempt
    has to stop.
    """
    with run.stage("parse"):
        corpus = parse(run)
    with run.stage("self_study"):
        study = self_study(run, corpus)
    with run.stage("baselines"):
        compared = baselines(run, corpus, study)
    with run.stage("train"):
        cartridge = train(run, corpus, study)
    with run.stage("evaluate"):
        quality = evaluate(run, corpus, study, compared, cartridge)
    # Publishing ends the job, so there is nothing to be told after it.
    run.enter("publish")
    publish(run, corpus, cartridge, quality)
