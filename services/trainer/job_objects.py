"""A job's objects: outputs of stages, kept in the object store and taken back by later attempts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from cartridge_core.errors import CartridgeError
from cartridge_store.objects import ObjectMissingError, ObjectStore
from services.trainer.job import ClaimedJob

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class JobObjects:
    """Objects of one job; `scratch` is a local directory of this attempt."""

    store: ObjectStore
    job: ClaimedJob
    scratch: Path

    def restore(self, name: str, read: Callable[[Path], T]) -> T | None:
        """The output `name` of an earlier attempt; None when there is none or it cannot be read."""
        path = self.local(name)
        try:
            self.store.get_file(self._key(name), path)
        except ObjectMissingError:
            return None
        try:
            return read(path)
        except (CartridgeError, ValidationError) as error:
            log.warning("stage_output_unusable", object=self._key(name), detail=_reason(error))
            return None
        finally:
            path.unlink(missing_ok=True)

    def keep(self, name: str, write: Callable[[Path], object]) -> None:
        """Let `write` fill a local file and put it as the output `name`."""
        path = self.local(name)
        write(path)
        self.store.put_file(self._key(name), path)
        path.unlink()

    def restore_json(self, name: str, model: type[M]) -> M | None:
        return self.restore(name, lambda path: model.model_validate_json(path.read_bytes()))

    def keep_json(self, name: str, value: BaseModel) -> None:
        self.keep(name, lambda path: path.write_text(value.model_dump_json(), encoding="utf-8"))

    def local(self, name: str) -> Path:
        """Where `name` stands in the scratch directory."""
        path = self.scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def fetch(self, name: str) -> Path | None:
        """A local copy of `name` that stays until the attempt ends; None when there is no such object."""
        path = self.local(name)
        try:
            self.store.get_file(self._key(name), path)
        except ObjectMissingError:
            return None
        return path

    def put(self, name: str, path: Path) -> None:
        self.store.put_file(self._key(name), path)

    def ensure(self, key: str, path: Path) -> None:
        """Put `path` under `key` unless there is an object already."""
        if not self.store.exists(key):
            self.store.put_file(key, path)

    def _key(self, name: str) -> str:
        return f"{self.job.object_prefix}{name}"


def _reason(error: CartridgeError | ValidationError) -> str:
    """What is wrong, without the values that pydantic would quote: they are texts of documents."""
    if isinstance(error, CartridgeError):
        return str(error)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
