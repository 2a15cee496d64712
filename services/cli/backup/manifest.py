"""What a backup's directory holds: the rows as `pg_dump` writes them, each object once by its SHA-256, and this list."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from services.cli.backup.errors import BackupDamagedError

FORMAT = 1
_READ_BYTES = 1024 * 1024


class StoredObject(BaseModel):
    """An object as the backup keeps it."""

    model_config = ConfigDict(frozen=True)

    key: str
    size_bytes: int
    sha256: str


class Manifest(BaseModel):
    """Written last: a directory without one is no backup.

    `deleted_meanwhile` are keys that rows of the dump name, and whose rows and objects were deleted while the
    objects were copied. `pepper_check` tells whether a pepper is the one under which the rows' API keys are stored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    made_at: datetime
    schema_revision: str
    pepper_check: str
    database_sha256: str
    objects: int
    object_bytes: int
    objects_sha256: str
    deleted_meanwhile: tuple[str, ...] = ()


class BackupFiles:
    """The places within a backup's directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "database.dump"
        self.list = root / "objects.jsonl"
        self.contents = root / "objects"
        self.manifest = root / "manifest.json"

    def content(self, sha256: str) -> Path:
        return self.contents / sha256[:2] / sha256

    def read_manifest(self) -> Manifest:
        """Raises `BackupDamagedError`."""
        try:
            found = Manifest.model_validate_json(self.manifest.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise BackupDamagedError(
                f"{self.root} holds no whole backup: its manifest.json is missing or is not one"
            ) from error
        if found.format != FORMAT:
            raise BackupDamagedError(
                f"{self.root} is a backup of form {found.format}; this release reads form {FORMAT}"
            )
        return found

    def stored_objects(self) -> Iterator[StoredObject]:
        """The objects, in the order they were copied. Raises `BackupDamagedError`."""
        with self.list.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    yield StoredObject.model_validate_json(line)
                except ValidationError as error:
                    raise BackupDamagedError(f"{self.list} has a line that names no object") from error

    def verify(self) -> Manifest:
        """Reads everything once and compares it with the manifest. Raises `BackupDamagedError`."""
        manifest = self.read_manifest()
        for path, expected in (
            (self.database, manifest.database_sha256),
            (self.list, manifest.objects_sha256),
        ):
            _must_be(path, expected)
        seen: set[str] = set()
        count = 0
        for stored in self.stored_objects():
            count += 1
            if stored.sha256 not in seen:
                _must_be(self.content(stored.sha256), stored.sha256)
                seen.add(stored.sha256)
        if count != manifest.objects:
            raise BackupDamagedError(f"{self.list} names {count} objects; there were {manifest.objects}")
        return manifest


def file_sha256(path: Path) -> str:
    """The hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def pepper_check(pepper: SecretStr) -> str:
    """A word that only this pepper gives, and that tells nothing of it."""
    return hmac.new(pepper.get_secret_value().encode(), b"backup", hashlib.sha256).hexdigest()


def _must_be(path: Path, sha256: str) -> None:
    try:
        found = file_sha256(path)
    except OSError as error:
        raise BackupDamagedError(f"{path} cannot be read: {error.strerror}") from error
    if found != sha256:
        raise BackupDamagedError(f"{path} is not what was written there; take another copy of the backup")
