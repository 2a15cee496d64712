"""Reading a finished cartridge of the tenant."""

from cartridge_core.artifact import Cartridge, read_cartridge
from cartridge_store.db.tables import CartridgeRow
from services.trainer.run import Run

_LOCAL = "finished.safetensors"


def read_finished(run: Run, row: CartridgeRow) -> Cartridge:
    """The cartridge `row`. Raises `ObjectMissingError` where its file is gone, and what `read_cartridge` raises."""
    path = run.objects.local(_LOCAL)
    run.objects.store.get_file(row.object_key, path)
    try:
        return read_cartridge(path, expected_digest=row.digest, identity=run.model.identity)
    finally:
        path.unlink()
