"""Bringing a backup into an empty database and an empty bucket."""

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import create_engine, delete, inspect

from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.roles import make_roles
from cartridge_store.db.tables import Table
from cartridge_store.objects import ObjectStore
from services.cli.administration import DATABASE_VARIABLE, pepper_of
from services.cli.backup import postgres_tools
from services.cli.backup.errors import BackupIncompleteError, OtherPepperError, RestoreTargetError
from services.cli.backup.manifest import BackupFiles, Manifest, pepper_check
from services.cli.backup.take import ALL_OBJECTS, named_objects

_EVERY = 100


def restore_backup(
    settings: Mapping[str, str],
    objects: ObjectStore,
    source: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Restore rows and objects of `source`, and migrate to this release; no service may run meanwhile.

    Nothing is touched before the backup is found whole and the target empty. A restore that breaks off later leaves
    a target to be emptied before the next. Raises `BackupError`s and the errors of database and store.
    """
    files = BackupFiles(source)
    progress("Reading the backup through")
    manifest = files.verify()
    if pepper_check(pepper_of(settings)) != manifest.pepper_check:
        raise OtherPepperError(
            "CARTRIDGES_KEY_PEPPER is another than the backup's: none of its API keys would open anything. Set it "
            "to the one that the deployment had"
        )
    owner_url = settings[DATABASE_VARIABLE]
    _must_be_empty(owner_url, objects)
    _restore_rows(settings, files, manifest)
    progress(f"Rows of revision {manifest.schema_revision} restored and migrated")
    for count, stored in enumerate(files.stored_objects(), start=1):
        objects.put_file(stored.key, files.content(stored.sha256))
        if count % _EVERY == 0:
            progress(f"{count} of {manifest.objects} objects")
    _must_be_whole(owner_url, objects)
    return manifest


def _must_be_empty(owner_url: str, objects: ObjectStore) -> None:
    engine = create_engine(owner_url)
    try:
        tables = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if tables:
        raise RestoreTargetError(
            f"the database has tables already ({', '.join(sorted(tables)[:3])}, ...): restore into a new one"
        )
    objects.ensure_bucket()
    if next(iter(objects.list(ALL_OBJECTS)), None) is not None:
        raise RestoreTargetError(
            f"the bucket has objects under {ALL_OBJECTS} already: restore into a new bucket"
        )


def _restore_rows(settings: Mapping[str, str], files: BackupFiles, manifest: Manifest) -> None:
    owner_url = settings[DATABASE_VARIABLE]
    engine = create_engine(owner_url)
    try:
        with engine.begin() as connection:
            # The dump gives rights to roles, which belong to the server and are in no dump of a database.
            make_roles(connection)
        postgres_tools.restore(owner_url, files.database)
        bring_up_to_date(settings)
        with engine.begin() as connection:
            for table in reversed(Table.metadata.sorted_tables):
                if "object_key" in table.columns.keys():  # noqa: SIM118 - of columns, not of a mapping
                    connection.execute(
                        delete(table).where(table.c.object_key.in_(manifest.deleted_meanwhile))
                    )
    finally:
        engine.dispose()


def _must_be_whole(owner_url: str, objects: ObjectStore) -> None:
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            missing = [key for key in named_objects(connection) if not objects.exists(key)]
    finally:
        engine.dispose()
    if missing:
        raise BackupIncompleteError(f"{len(missing)} objects that rows name did not come: {missing[0]}, ...")
