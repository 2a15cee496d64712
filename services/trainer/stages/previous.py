"""The cartridge that a job's training starts from where it is not the recipe's initialization."""

from cartridge_core.artifact import read_cartridge, write_cartridge
from cartridge_core.corpus import CorpusText
from cartridge_core.initialization import start_from
from cartridge_store.db.tables import CartridgeRow
from cartridge_store.errors import ObjectMissingError
from services.trainer.errors import InitialCartridgeGoneError
from services.trainer.run import Run

INITIAL = "initial.safetensors"
_PREVIOUS = "previous.safetensors"


def begin_with(run: Run, corpus: CorpusText, row: CartridgeRow) -> None:
    """Keep the trained cartridge `row` as the beginning of the job's own, whatever becomes of it later.

    Raises `InitialCartridgeGoneError`, `InitialCartridgeError` and what reading a cartridge raises.
    """
    path = run.objects.local(_PREVIOUS)
    try:
        run.objects.store.get_file(row.object_key, path)
    except ObjectMissingError as error:
        raise InitialCartridgeGoneError(
            f"the file of cartridge {row.id}, which training was to start from, is gone"
        ) from error
    previous = read_cartridge(path, expected_digest=row.digest, identity=run.model.identity)
    path.unlink()
    started = start_from(previous, corpus.digest, run.recipe)
    run.objects.keep(INITIAL, lambda target: write_cartridge(target, started))
    run.journal.log("info", f"training starts from cartridge {row.id}")
