"""Uploaded files become texts or say why not; archives become documents; and none of it is lost, doubled or left over."""

import hashlib
import random
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cartridge_store.db.repositories import corpora, deletions, documents, quotas, versions
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import Document, DocumentStatus
from cartridge_store.ids import new_id
from cartridge_store.object_keys import text_key, upload_key
from cartridge_store.quotas import Quota
from services.trainer.checking.checker import MAX_CHECKS, Checker, check_next
from services.trainer.extraction.sandbox import Sandbox
from services.trainer.settings import CheckingSettings
from services.trainer.sweeper import sweep
from tests.documents.files import pdf, tarred, word, zipped

from .desk import Desk

TEXT = "Die Brücke trägt bis heute.\n"


@dataclass(frozen=True)
class CheckDesk:
    """A corpus of a tenant, files that arrive in it, and what becomes of them."""

    desk: Desk
    checker: Checker
    corpus_id: str

    def arrive(self, name: str, content: bytes, *, told: str | None = None, replaces: bool = False) -> str:
        """A file that is uploaded already; its document's id. `told` is the digest that its sender told."""
        document_id = new_id("doc")
        key = upload_key(self.desk.tenant_id, document_id)
        self.desk.objects.put_stream(key, BytesIO(content), size=len(content), content_type="x/y")
        new = NewDocument(
            document_id, name, "x/y", len(content), None, key,
            status=DocumentStatus.CHECKING, replaces=replaces,
        )  # fmt: skip
        with self.desk.sessions.begin() as session:
            (row,) = documents.add(session, self.desk.tenant_id, self.corpus_id, [new])
            row.expected_sha256 = told
        return document_id

    def check_all(self) -> None:
        while check_next(self.checker):
            pass

    def document(self, document_id: str) -> Document:
        with self.desk.sessions() as session:
            return session.get_one(Document, document_id)

    def all(self) -> dict[str, Document]:
        with self.desk.sessions() as session:
            rows = session.scalars(select(Document).where(Document.corpus_id == self.corpus_id))
            return {row.name: row for row in rows}

    def text(self, document_id: str) -> str:
        key = self.document(document_id).object_key
        return b"".join(self.desk.objects.open_stream(key)).decode()

    def keys(self, folder: str) -> list[str]:
        return [each.key for each in self.desk.objects.list(f"tenants/{self.desk.tenant_id}/{folder}/")]

    def version(self) -> int:
        with self.desk.sessions() as session:
            return corpora.get(session, self.desk.tenant_id, self.corpus_id).version


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def arrivals(desk: Desk, sandbox: Sandbox, tmp_path: Path) -> CheckDesk:
    with desk.sessions.begin() as session:
        corpus = corpora.create(session, desk.tenant_id, "bridges")
    limits = CheckingSettings(max_corpus_bytes=3_000_000, max_document_bytes=1_000_000)
    checker = Checker(desk.worker_sessions, desk.objects, sandbox, limits, tmp_path)
    return CheckDesk(desk, checker, corpus.id)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", TEXT.encode("cp1252"), TEXT),
        ("a.csv", b"arch,metres\n1,12\n", "arch,metres\n1,12\n"),
        ("a.pdf", pdf("The bridge."), "The bridge."),
        ("a.docx", word(), "## The bridge\n\nIt was built in 1874.\n\narches | five"),
    ],
)
def test_a_file_becomes_a_text_in_a_new_version_and_is_itself_gone(
    arrivals: CheckDesk, name: str, content: bytes, text: str
) -> None:
    document_id = arrivals.arrive(name, content, told=hashlib.sha256(content).hexdigest())
    assert arrivals.version() == 0
    arrivals.check_all()
    row = arrivals.document(document_id)
    assert (row.status, row.added_in, row.error_code) == (DocumentStatus.READY, 1, None)
    assert arrivals.text(document_id) == text
    assert row.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert row.object_key == text_key(row.tenant_id, row.sha256)
    sweep(arrivals.desk.worker_sessions, arrivals.desk.objects)
    assert arrivals.keys("uploads") == []
    assert arrivals.keys("documents") == [row.object_key]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"\x7fELF\x00\x01", "document_not_text"),
        ("a.txt", b" \n", "document_empty"),
        ("a.pdf", b"%PDF-1.7 and no more", "document_unreadable"),
        ("a.pdf", pdf(""), "document_empty"),
        ("a.zip", b"no archive", "archive_unreadable"),
        ("a.txt", b"x" * 1_000_001, "document_too_large"),
    ],
)
def test_a_file_that_is_refused_says_why_and_makes_no_version(
    arrivals: CheckDesk, name: str, content: bytes, code: str
) -> None:
    document_id = arrivals.arrive(name, content)
    arrivals.check_all()
    row = arrivals.document(document_id)
    assert (row.status, row.error_code, row.added_in) == (DocumentStatus.FAILED, code, None)
    assert len(row.error_detail or "") > 20
    assert arrivals.version() == 0
    sweep(arrivals.desk.worker_sessions, arrivals.desk.objects)
    assert arrivals.keys("uploads") == []


def test_a_file_that_is_not_what_was_sent_is_refused(arrivals: CheckDesk) -> None:
    document_id = arrivals.arrive("a.txt", b"some text", told="0" * 64)
    arrivals.check_all()
    assert arrivals.document(document_id).error_code == "document_digest_mismatch"


def test_an_archive_becomes_documents_by_their_paths_each_with_its_own_fate(arrivals: CheckDesk) -> None:
    content = zipped(
        {"docs/a.md": b"# A", "docs/b.txt": TEXT.encode("cp1252"), "docs/c.pdf": pdf("The bridge."),
         "../out.txt": b"x", "tool.exe": b"MZ", "bad.txt": b"\x00\x01", "inner.zip": zipped({"d.txt": b"d"})},
        links={"link.md": "/etc/passwd"},
    )  # fmt: skip
    archive_id = arrivals.arrive("handbook.zip", content)
    arrivals.check_all()
    found = arrivals.all()
    archive = found.pop("handbook.zip")
    assert archive.status is DocumentStatus.EXPANDED
    assert {row.archive_id for row in found.values()} == {archive_id}
    assert {name: row.error_code or row.status.value for name, row in found.items()} == {
        "docs/a.md": "ready", "docs/b.txt": "ready", "docs/c.pdf": "ready",
        "out.txt": "entry_path_unsafe", "tool.exe": "document_type_unsupported", "bad.txt": "document_not_text",
        "inner.zip": "entry_nested_archive", "link.md": "entry_not_a_file",
    }  # fmt: skip
    assert arrivals.text(found["docs/b.txt"].id) == TEXT
    with arrivals.desk.sessions() as session:
        latest = versions.get(session, arrivals.desk.tenant_id, arrivals.corpus_id, arrivals.version())
    assert latest.documents == 3
    sweep(arrivals.desk.worker_sessions, arrivals.desk.objects)
    assert arrivals.keys("uploads") == []
    assert len(arrivals.keys("documents")) == 3


def test_a_tar_is_expanded_too(arrivals: CheckDesk) -> None:
    arrivals.arrive("a.tar.gz", tarred({"a.md": b"# A"}, kinds={"soft.md": tarfile.SYMTYPE}))
    arrivals.check_all()
    assert arrivals.all()["a.md"].status is DocumentStatus.READY
    assert arrivals.all()["soft.md"].error_code == "entry_not_a_file"


def test_an_archive_that_has_no_room_is_refused_before_any_of_it_is_taken(arrivals: CheckDesk) -> None:
    rng = random.Random(3)
    files = {f"{number}.txt": rng.randbytes(450_000).hex().encode() for number in range(4)}
    large = arrivals.arrive("a.zip", zipped(files))
    arrivals.check_all()
    assert arrivals.document(large).error_code == "archive_too_large"
    assert arrivals.version() == 0
    with arrivals.desk.sessions.begin() as session:
        quotas.set_limit(session, arrivals.desk.tenant_id, Quota.BYTES, 500)
    refused = arrivals.arrive("b.zip", zipped({"c.txt": bytes(range(32, 127)) * 20}))
    arrivals.check_all()
    assert arrivals.document(refused).error_code == "quota_exceeded"


def test_a_try_at_an_archive_that_broke_off_is_gone_on_with(
    arrivals: CheckDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.trainer.checking.expanding._BATCH", 2)
    archive_id = arrivals.arrive("a.zip", zipped({f"{n}.txt": b"text %d" % n for n in range(5)}))
    add, calls = documents.add, []

    def break_at_the_second(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the worker is lost")
        return add(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(documents, "add", break_at_the_second)
    arrivals.check_all()
    assert len(arrivals.all()) == 3
    with arrivals.desk.sessions.begin() as session:
        session.execute(
            update(Document).where(Document.id == archive_id).values(check_due_at=Document.created_at)
        )
    arrivals.check_all()
    found = arrivals.all()
    assert found.pop("a.zip").status is DocumentStatus.EXPANDED
    assert sorted(found) == [f"{n}.txt" for n in range(5)]
    assert {row.status for row in found.values()} == {DocumentStatus.READY}


def test_a_file_that_kills_every_check_is_given_up(arrivals: CheckDesk) -> None:
    document_id = arrivals.arrive("a.txt", b"some text")
    with arrivals.desk.sessions.begin() as session:
        session.execute(update(Document).where(Document.id == document_id).values(checks=MAX_CHECKS))
    arrivals.check_all()
    assert arrivals.document(document_id).error_code == "document_check_failed"


def test_a_document_that_is_deleted_while_it_is_checked_stays_deleted(
    arrivals: CheckDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = arrivals.arrive("a.txt", b"some text")
    fetch = arrivals.desk.objects.get_file

    def fetch_and_lose(key: str, path: Path) -> None:
        fetch(key, path)
        with arrivals.desk.sessions.begin() as session:
            documents.delete(session, arrivals.desk.tenant_id, arrivals.corpus_id, document_id)

    monkeypatch.setattr(arrivals.desk.objects, "get_file", fetch_and_lose)
    arrivals.check_all()
    assert arrivals.all() == {}
    assert arrivals.version() == 0


def test_equal_texts_are_stored_once_and_stay_until_the_last_of_them_goes(arrivals: CheckDesk) -> None:
    first, second = arrivals.arrive("a.txt", b"same"), arrivals.arrive("b.md", b"same")
    arrivals.check_all()
    assert len(arrivals.keys("documents")) == 1
    for document_id, left in ((first, 1), (second, 0)):
        with arrivals.desk.sessions.begin() as session:
            row = documents.delete(session, arrivals.desk.tenant_id, arrivals.corpus_id, document_id)
            deletions.promise_unless_used(session, row.tenant_id, [row.object_key], deletions.AT_ONCE)
        sweep(arrivals.desk.worker_sessions, arrivals.desk.objects)
        assert len(arrivals.keys("documents")) == left


def test_a_file_that_replaces_another_does_so_in_the_version_it_becomes_ready_in(arrivals: CheckDesk) -> None:
    old = arrivals.arrive("a.txt", b"old")
    arrivals.check_all()
    new = arrivals.arrive("a.txt", b"new", replaces=True)
    assert arrivals.document(old).removed_in is None
    arrivals.check_all()
    assert (arrivals.document(old).removed_in, arrivals.document(new).added_in) == (2, 2)


def test_many_files_of_one_tenant_do_not_hold_up_anothers(arrivals: CheckDesk, desk: Desk) -> None:
    for number in range(30):
        arrivals.arrive(f"{number}.txt", b"text %d" % number)
    other = Desk.open(desk.sessions, desk.worker_sessions, desk.objects)
    with desk.sessions.begin() as session:
        corpus = corpora.create(session, other.tenant_id, "theirs")
    theirs = CheckDesk(other, arrivals.checker, corpus.id).arrive("a.txt", b"theirs")
    checked = 0
    while arrivals.document(theirs).status is DocumentStatus.CHECKING:
        assert check_next(arrivals.checker)
        checked += 1
    # By lot between two: more than 20 in a row happen once in a million.
    assert checked <= 21
    other.close()
