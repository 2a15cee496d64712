"""Stage baselines: no context and ICL on the held-out conversations, before there is a cartridge to compare."""

from cartridge_core.corpus import CorpusText
from cartridge_core.evaluation import Baselines, SystemReport, measure_baselines
from services.trainer.events import BaselineScores, BaselinesEvent, EvaluationProgress
from services.trainer.run import Run
from services.trainer.stages.self_study import Study

OUTPUT = "baselines.json"


def baselines(run: Run, corpus: CorpusText, study: Study) -> Baselines:
    """Measure both, or take what an earlier attempt measured; told as an event once."""
    found = run.objects.restore_json(OUTPUT, Baselines)
    if found is None:
        found = measure_baselines(
            run.model,
            study.held_out,
            corpus.text,
            run.recipe.evaluation.questions,
            training=study.recipe.training,
            on_progress=lambda name: _begin(run, name),
        )
        run.journal.baselines(
            BaselinesEvent(
                none=_scores(found.none),
                icl=_scores(found.icl),
                # Where training goes on from an earlier cartridge, tokens count by their news to that.
                weighting=study.recipe.training.weighting if study.recipe == run.recipe else None,
            )
        )
        run.objects.keep_json(OUTPUT, found)
    return found


def _begin(run: Run, system: str) -> None:
    run.lease.check()
    run.journal.progress(EvaluationProgress(stage="baselines", system=system))


def _scores(system: SystemReport) -> BaselineScores:
    return BaselineScores(loss=system.conversations.loss, log_perplexity=system.conversations.log_perplexity)
