"""Stage train: the cartridge itself, resumed from the last checkpoint of an earlier attempt."""

from pathlib import Path

from cartridge_core.artifact import Cartridge, read_cartridge, write_cartridge
from cartridge_core.corpus import CorpusText
from cartridge_core.errors import CheckpointError
from cartridge_core.initialization import initialize
from cartridge_core.training import TrainingCancelled, TrainingProgress, TrainingResult
from cartridge_core.training import train as distil
from services.trainer.errors import WorkerStoppingError
from services.trainer.events import StepProgress, TrainingOutcome
from services.trainer.pace import Pace
from services.trainer.run import Run
from services.trainer.stages.previous import INITIAL
from services.trainer.stages.self_study import Study

CHECKPOINT = "checkpoint.safetensors"
TRAINED = "trained.safetensors"
SECONDS_BETWEEN_EVENTS = 1.0


def train(run: Run, corpus: CorpusText, study: Study) -> Cartridge:
    """Distil the conversations into a cartridge, or take the one an earlier attempt trained."""
    trained = _restore(run, TRAINED)
    if trained is None:
        initial = _initial(run, corpus)
        trained = _train_from_checkpoint(run, corpus, study, initial).cartridge
        _keep(run, TRAINED, trained)
    return trained


def _initial(run: Run, corpus: CorpusText) -> Cartridge:
    """What the plan has training start from, else the recipe's initialization."""
    initial = _restore(run, INITIAL)
    if initial is None:
        initial = initialize(run.model, corpus.text, corpus.digest, run.recipe, between=run.lease.check)
        _keep(run, INITIAL, initial)
    return initial


def _train_from_checkpoint(run: Run, corpus: CorpusText, study: Study, initial: Cartridge) -> TrainingResult:
    checkpoint = run.objects.fetch(CHECKPOINT) or run.objects.local(CHECKPOINT)
    try:
        return _train(run, corpus, study, initial, checkpoint)
    except CheckpointError as error:
        # The steps are lost, the job is not.
        run.journal.log("warning", f"the checkpoint cannot be used, training starts over: {error}")
        checkpoint.unlink(missing_ok=True)
        return _train(run, corpus, study, initial, checkpoint)


def _train(
    run: Run, corpus: CorpusText, study: Study, initial: Cartridge, checkpoint: Path
) -> TrainingResult:
    pace = Pace(SECONDS_BETWEEN_EVENTS)

    def on_progress(progress: TrainingProgress) -> None:
        if pace.allows() or progress.validated_step == progress.step or progress.end is not None:
            run.journal.progress(StepProgress.model_validate(progress, from_attributes=True))

    def on_checkpoint(path: Path) -> None:
        run.lease.check()
        run.objects.put(CHECKPOINT, path)

    try:
        with run.computing.gradients(run.model) as gradients:
            result = distil(
                run.model,
                initial,
                study.train,
                study.recipe,
                corpus_text=corpus.text,
                validation=study.validation,
                gradients=gradients,
                checkpoint=checkpoint,
                on_progress=on_progress,
                should_stop=run.lease.should_stop,
                on_checkpoint=on_checkpoint,
            )
    except TrainingCancelled:
        _leave(run, checkpoint)
        raise
    best = next((point for point in result.validation if point.step == result.best_step), None)
    run.journal.trained(
        TrainingOutcome(
            end=result.end,
            steps=len(result.losses),
            best_step=result.best_step,
            validation_loss=None if best is None else best.loss,
            tokens=result.tokens,
            seconds=result.seconds,
        )
    )
    return result


def _leave(run: Run, checkpoint: Path) -> None:
    """Raise why the attempt stops; a worker that shuts down leaves the very last step to its successor."""
    try:
        run.lease.check()
    except WorkerStoppingError:
        if checkpoint.exists():
            run.objects.put(CHECKPOINT, checkpoint)
        raise


def _restore(run: Run, name: str) -> Cartridge | None:
    return run.objects.restore(name, lambda path: read_cartridge(path, identity=run.model.identity))


def _keep(run: Run, name: str, cartridge: Cartridge) -> None:
    run.objects.keep(name, lambda path: write_cartridge(path, cartridge))
