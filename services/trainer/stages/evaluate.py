"""Stage evaluate: the quality report on conversations that training has not seen."""

from cartridge_core.artifact import Cartridge
from cartridge_core.corpus import CorpusText
from cartridge_core.evaluation import Baselines, QualityReport
from cartridge_core.evaluation import evaluate as measure
from services.trainer.events import EvaluationProgress
from services.trainer.run import Run
from services.trainer.stages.self_study import Study

OUTPUT = "report.json"


def evaluate(
    run: Run, corpus: CorpusText, study: Study, baselines: Baselines, cartridge: Cartridge
) -> QualityReport:
    """Compare the cartridge with no context and the corpus in context."""
    report = run.objects.restore_json(OUTPUT, QualityReport)
    if report is None:
        questions = run.recipe.evaluation.questions
        report = measure(
            run.model,
            cartridge,
            study.held_out,
            corpus.text,
            questions,
            training=study.recipe.training,
            baselines=baselines,
            on_progress=lambda name: _begin(run, name),
        )
        run.objects.keep_json(OUTPUT, report)
    return report


def _begin(run: Run, system: str) -> None:
    run.lease.check()
    run.journal.progress(EvaluationProgress(stage="evaluate", system=system))
