"""A backup is whole, is taken while tenants work, and comes back as it was or not at all."""

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from typer.testing import CliRunner, Result

from cartridge_client import Client
from cartridge_store.db.migrate import upgrade
from cartridge_store.db.repositories import api_keys, corpora, documents, tenants
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import Document
from cartridge_store.ids import new_id
from cartridge_store.keys import NewKey, new_key
from services.cli.administration import object_store, operator_session
from services.cli.backup import take
from services.cli.backup.errors import (
    BackupDamagedError,
    BackupIncompleteError,
    BackupTargetError,
    OtherPepperError,
    PostgresToolError,
    RestoreTargetError,
)
from services.cli.backup.manifest import BackupFiles
from services.cli.backup.restore import restore_backup
from services.cli.backup.take import take_backup
from services.cli.main import app
from services.cli.stack.stack import Stack
from tests.conftest import Environment
from tests.trainer.desk import TEXT, tiny_recipe
from tests.trainer.talkative_model import make_talkative_model

QUESTION = [{"role": "user", "content": "Who built bridge 12?"}]
CONTENT = b"The bridge of Lund"


def add_document(place: Environment, tenant_id: str, corpus_id: str, content: bytes = CONTENT) -> str:
    """A document with its object; its key."""
    document_id = new_id("doc")
    key = f"tenants/{tenant_id}/corpora/{corpus_id}/{document_id}"
    object_store(place).put_stream(key, BytesIO(content), size=len(content), content_type="text/plain")
    with operator_session(place) as session:
        made = NewDocument(document_id, f"{document_id}.txt", "text/plain", len(content), "0" * 64, key)
        documents.create(session, tenant_id, corpus_id, made)
    return key


class Lived:
    """A place with a tenant, its key, and three documents of which two are equal."""

    def __init__(self, place: Environment) -> None:
        self.place = place
        upgrade(place["CARTRIDGES_DATABASE_URL"])
        self.store = object_store(place)
        self.store.ensure_bucket()
        self.key: NewKey = new_key(SecretStr(place["CARTRIDGES_KEY_PEPPER"]))
        with operator_session(place) as session:
            self.tenant_id = tenants.create(session, "lived").id
            api_keys.create(session, self.tenant_id, "k", self.key)
            self.corpus_id = corpora.create(session, self.tenant_id, "bridges").id
        self.keys = [self.add(content) for content in (CONTENT, CONTENT, b"")]

    def add(self, content: bytes = CONTENT) -> str:
        return add_document(self.place, self.tenant_id, self.corpus_id, content)

    def delete(self, key: str) -> None:
        """As a tenant's request and the sweeper after it do."""
        with operator_session(self.place) as session:
            row = session.scalars(select(Document).where(Document.object_key == key)).one()
            session.delete(row)
        self.store.delete(key)


@pytest.fixture
def lived(new_place: Callable[[], Environment]) -> Lived:
    return Lived(new_place())


def documents_in(place: Environment) -> set[str]:
    with operator_session(place) as session:
        return set(session.scalars(select(Document.object_key)))


def test_rows_objects_and_keys_come_back_as_they_were(
    lived: Lived, new_place: Callable[[], Environment], tmp_path: Path
) -> None:
    manifest = take_backup(lived.place, lived.store, tmp_path / "backup")
    assert (manifest.objects, manifest.deleted_meanwhile) == (3, ())
    place = new_place()
    restore_backup(place, object_store(place), tmp_path / "backup")
    assert documents_in(place) == set(lived.keys)
    contents = [b"".join(object_store(place).open_stream(key)) for key in lived.keys]
    assert contents == [CONTENT, CONTENT, b""]
    as_api = place | {"CARTRIDGES_DATABASE_URL": place["CARTRIDGES_API_DATABASE_URL"]}
    with operator_session(as_api) as session:
        row = api_keys.find_by_prefix(session, lived.key.prefix)
        assert row is not None
        assert row.hash == lived.key.hash
        # Row-level security came along: the api sees a tenant's rows only when it says whose.
        assert session.scalars(select(Document)).all() == []


def test_equal_objects_are_kept_once_and_nobody_else_reads_them(lived: Lived, tmp_path: Path) -> None:
    take_backup(lived.place, lived.store, tmp_path / "backup")
    files = [path for path in (tmp_path / "backup" / "objects").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_what_is_deleted_while_objects_are_copied_is_not_restored(
    lived: Lived, new_place: Callable[[], Environment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_objects = take._copy_objects

    def copy_after_a_deletion(*arguments: Any) -> Any:
        lived.delete(lived.keys[0])
        lived.add(b"made while the backup ran")
        return copy_objects(*arguments)

    monkeypatch.setattr(take, "_copy_objects", copy_after_a_deletion)
    manifest = take_backup(lived.place, lived.store, tmp_path / "backup")
    assert manifest.deleted_meanwhile == (lived.keys[0],)
    place = new_place()
    restore_backup(place, object_store(place), tmp_path / "backup")
    assert documents_in(place) == set(lived.keys[1:])


def test_an_object_that_the_deployment_has_lost_fails_the_backup(lived: Lived, tmp_path: Path) -> None:
    lived.store.delete(lived.keys[1])
    with pytest.raises(BackupIncompleteError, match=lived.keys[1]):
        take_backup(lived.place, lived.store, tmp_path / "backup")
    with pytest.raises(BackupDamagedError, match="no whole backup"):
        BackupFiles(tmp_path / "backup").verify()


def test_a_backup_is_written_over_nothing(lived: Lived, tmp_path: Path) -> None:
    (tmp_path / "something").write_text("mine")
    with pytest.raises(BackupTargetError, match="not empty"):
        take_backup(lived.place, lived.store, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["something"]


@pytest.mark.parametrize("damaged", ["database.dump", "objects.jsonl", "objects", "manifest.json"])
def test_a_damaged_backup_touches_nothing(
    lived: Lived, new_place: Callable[[], Environment], tmp_path: Path, damaged: str
) -> None:
    take_backup(lived.place, lived.store, tmp_path / "backup")
    path = tmp_path / "backup" / damaged
    if path.is_dir():
        path = next(found for found in path.rglob("*") if found.is_file() and found.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    place = new_place()
    with pytest.raises(BackupDamagedError):
        restore_backup(place, object_store(place), tmp_path / "backup")
    with operator_session(place) as session:
        assert session.scalar(text("select count(*) from pg_tables where schemaname = 'public'")) == 0


def test_a_backup_is_not_restored_under_another_pepper(
    lived: Lived, new_place: Callable[[], Environment], tmp_path: Path
) -> None:
    take_backup(lived.place, lived.store, tmp_path / "backup")
    place = new_place() | {"CARTRIDGES_KEY_PEPPER": "another" * 6}
    with pytest.raises(OtherPepperError, match="CARTRIDGES_KEY_PEPPER"):
        restore_backup(place, object_store(place), tmp_path / "backup")


def test_a_backup_is_restored_into_an_empty_place_alone(
    lived: Lived, new_place: Callable[[], Environment], tmp_path: Path
) -> None:
    take_backup(lived.place, lived.store, tmp_path / "backup")
    with pytest.raises(RestoreTargetError, match="database has tables"):
        restore_backup(lived.place, lived.store, tmp_path / "backup")
    used_bucket = new_place() | {"CARTRIDGES_S3_BUCKET": lived.place["CARTRIDGES_S3_BUCKET"]}
    with pytest.raises(RestoreTargetError, match="bucket has objects"):
        restore_backup(used_bucket, object_store(used_bucket), tmp_path / "backup")


def test_a_failure_of_postgres_own_tools_is_told_without_the_password(lived: Lived, tmp_path: Path) -> None:
    wrong = lived.place["CARTRIDGES_DATABASE_URL"].replace("postgres@", "postgres:hidden-word@")
    missing = wrong.replace("/db_", "/nobody_")
    from services.cli.backup import postgres_tools

    with pytest.raises(PostgresToolError, match="pg_restore failed") as caught:
        postgres_tools.restore(missing, tmp_path / "none.dump")
    assert "hidden-word" not in str(caught.value)


# The whole chain.


@pytest.fixture(scope="module")
def talkative(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_talkative_model(smollm2_dir, tmp_path_factory.mktemp("models") / "talkative")


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name in [name for name in os.environ if name.startswith("CARTRIDGES_")]:
        monkeypatch.delenv(name)

    def run(environment: Environment, *arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=environment)

    return run


@pytest.mark.slow
def test_a_restored_stack_answers_the_same_question_with_the_same_words(
    talkative: Path, cli: Callable[..., Result], tmp_path: Path
) -> None:
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("CARTRIDGES_")}
    # Nothing comes by itself between the two looks.
    surroundings["CARTRIDGES_PREVIEW"] = "off"
    document = tmp_path / "bridges.txt"
    document.write_text(TEXT)
    with Stack(tmp_path / "first", str(talkative), surroundings, prefer_usual_ports=False) as first:
        key = first.first_key
        with Client(first.api_url, key, timeout=300) as client:
            corpus = client.create_corpus("bridges")
            client.upload_documents(corpus.id, [document])
            job = client.create_training_job(corpus.id, recipe=tiny_recipe().model_dump(mode="json"))
            *_, last = client.follow(job.id)
            assert last.data["state"] == "succeeded", last.data
            cartridge_id = last.data["cartridge_id"]
            before = client.chat(QUESTION, cartridges=[cartridge_id], temperature=0, max_tokens=24)
        made = cli(first.settings, "admin", "backup", str(tmp_path / "backup"), "--json")
        assert made.exit_code == 0, made.output
        assert json.loads(made.stdout)["objects"] >= 2
        secrets = {"CARTRIDGES_KEY_PEPPER": first.settings["CARTRIDGES_KEY_PEPPER"]}

    nowhere = {"CARTRIDGES_DATA_DIR": str(tmp_path / "second")}
    assert cli(nowhere, "admin", "restore", str(tmp_path / "backup")).exit_code == 1
    restored = cli(nowhere | secrets, "admin", "restore", str(tmp_path / "backup"))
    assert restored.exit_code == 0, restored.output

    with (
        Stack(
            tmp_path / "second", str(talkative), surroundings | secrets, prefer_usual_ports=False
        ) as second,
        Client(second.api_url, key, timeout=300) as client,
    ):
        after = client.chat(QUESTION, cartridges=[cartridge_id], temperature=0, max_tokens=24)
        assert (after.text, after.usage) == (before.text, before.usage)
        assert client.training_job(job.id).state == "succeeded"
        assert [each.id for each in client.corpora().data] == [corpus.id]
