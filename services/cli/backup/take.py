"""Taking a backup while the platform runs: rows as of one moment, then the objects."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, select, text

from cartridge_store.db.tables import Table
from cartridge_store.errors import ObjectMissingError
from cartridge_store.objects import ObjectStore
from services.cli.administration import DATABASE_VARIABLE, pepper_of
from services.cli.backup import postgres_tools
from services.cli.backup.errors import BackupIncompleteError, BackupTargetError
from services.cli.backup.manifest import BackupFiles, Manifest, StoredObject, file_sha256, pepper_check
from services.cli.stack.paths import write_private

# Every object of the product belongs to a tenant.
ALL_OBJECTS = "tenants/"
_EVERY = 100
_AT_MOST_NAMED = 3


def take_backup(
    settings: Mapping[str, str],
    objects: ObjectStore,
    target: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Write rows and objects under `target`, which must be empty or not there yet.

    Rows first: what a tenant deletes while the objects are copied is missing in them and is noted, and what it
    makes then is copied too many, which does no harm. Raises `BackupError`s and the errors of database and store.
    """
    files = BackupFiles(target)
    _make_room(files)
    pepper = pepper_check(pepper_of(settings))
    made_at = datetime.now(UTC)
    revision, named = _dump_rows(settings[DATABASE_VARIABLE], files)
    progress(f"Rows of revision {revision} written")
    count, size, copied = _copy_objects(objects, files, progress)
    gone = named - copied
    _must_be_deleted(settings[DATABASE_VARIABLE], gone)
    manifest = Manifest(
        made_at=made_at,
        schema_revision=revision,
        pepper_check=pepper,
        database_sha256=file_sha256(files.database),
        objects=count,
        object_bytes=size,
        objects_sha256=file_sha256(files.list),
        deleted_meanwhile=tuple(sorted(gone)),
    )
    write_private(files.manifest, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def named_objects(connection: Connection) -> set[str]:
    """The keys of all objects that rows name."""
    columns = [
        table.c.object_key
        for table in Table.metadata.sorted_tables
        if "object_key" in table.columns.keys()  # noqa: SIM118
    ]
    return {key for column in columns for key in connection.scalars(select(column)) if key is not None}


def _make_room(files: BackupFiles) -> None:
    # Documents of all tenants: nobody else's to read.
    files.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(files.root.iterdir()):
        raise BackupTargetError(f"{files.root} is not empty; name a directory of its own for each backup")
    files.contents.mkdir(mode=0o700)


def _dump_rows(owner_url: str, files: BackupFiles) -> tuple[str, set[str]]:
    """The schema's revision, and what objects the dumped rows name: all of one snapshot."""
    engine = create_engine(owner_url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
            revision = connection.execute(text("select version_num from alembic_version")).scalar_one()
            named = named_objects(connection)
            postgres_tools.dump(owner_url, snapshot, files.database)
    finally:
        engine.dispose()
    return str(revision), named


def _copy_objects(
    objects: ObjectStore, files: BackupFiles, progress: Callable[[str], None]
) -> tuple[int, int, set[str]]:
    """How many objects and bytes were copied, and their keys."""
    copied: set[str] = set()
    size = 0
    with files.list.open("w", encoding="utf-8") as listing:
        for info in objects.list(ALL_OBJECTS):
            try:
                stored = _copy(objects, info.key, files)
            except ObjectMissingError:
                continue  # deleted since it was listed
            listing.write(json.dumps(stored.model_dump()) + "\n")
            copied.add(stored.key)
            size += stored.size_bytes
            if len(copied) % _EVERY == 0:
                progress(f"{len(copied)} objects, {size / 1e6:.0f} MB")
    return len(copied), size, copied


def _copy(objects: ObjectStore, key: str, files: BackupFiles) -> StoredObject:
    draft = files.contents / "draft"
    digest, size = hashlib.sha256(), 0
    with draft.open("wb") as file:
        for piece in objects.open_stream(key):
            digest.update(piece)
            size += file.write(piece)
    stored = StoredObject(key=key, size_bytes=size, sha256=digest.hexdigest())
    place = files.content(stored.sha256)
    place.parent.mkdir(exist_ok=True)
    draft.replace(place)
    return stored


def _must_be_deleted(owner_url: str, gone: Iterable[str]) -> None:
    """Rows of objects that are gone must be gone as well by now: else the deployment itself has lost them."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            lost = sorted(named_objects(connection).intersection(gone))
    finally:
        engine.dispose()
    if lost:
        some = ", ".join(lost[:_AT_MOST_NAMED])
        raise BackupIncompleteError(
            f"{len(lost)} objects that rows name are not in the object store, {some} among them; restore them from "
            "an earlier backup, or delete the documents or cartridges they belong to"
        )
