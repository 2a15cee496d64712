"""The finished cartridges that stand beside the one in training."""

from cartridge_core.artifact import Cartridge, read_cartridge, write_cartridge
from cartridge_core.distractors import NO_DISTRACTORS, Distractors
from cartridge_store.errors import ObjectMissingError
from services.trainer.run import Run
from services.trainer.stages.finished import read_finished


def company(run: Run) -> Distractors:
    """Those that the recipe names, as they were when training began, whatever becomes of them later.

    One that is gone by then is left out, and the job's log says so. Raises what reading a cartridge raises.
    """
    settings = run.recipe.training
    named = [_companion(run, cartridge_id) for cartridge_id in settings.beside]
    found = tuple(each for each in named if each is not None)
    return Distractors(found, settings.beside_share) if found else NO_DISTRACTORS


def _companion(run: Run, cartridge_id: str) -> Cartridge | None:
    name = f"beside/{cartridge_id}.safetensors"
    kept = run.objects.restore(name, lambda path: read_cartridge(path, identity=run.model.identity))
    if kept is not None:
        return kept
    row = run.journal.finished_cartridge(cartridge_id)
    try:
        found = None if row is None else read_finished(run, row)
    except ObjectMissingError:
        found = None
    if found is None:
        run.journal.log("warning", f"cartridge {cartridge_id} is gone: training goes on without it beside")
        return None
    run.objects.keep(name, lambda path: write_cartridge(path, found))
    return found
