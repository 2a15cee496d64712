"""Whole folders and large files by client and command line, against an api in a process of its own whose memory is watched."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cartridge_client import Client
from cartridge_client.schemas import Upload
from cartridge_store.db.engine import SessionFactory
from cartridge_store.objects import ObjectStore
from services.api.settings import ApiSettings
from services.trainer.checking.checker import Checker, keep_checking
from services.trainer.extraction.sandbox import Sandbox
from services.trainer.settings import CheckingSettings
from tests.api.conftest import Person
from tests.api.test_process import running_api
from tests.documents.files import pdf, zipped

MIB = 1024**2
SEED = 8
# What the api may hold whatever is uploaded; the issue is that it streams, not how large Python is.
MEMORY_BYTES = 300 * MIB
GROWTH_BYTES = 60 * MIB


@pytest.fixture(scope="module")
def process(
    backing: Any, settings: ApiSettings, objects: ObjectStore
) -> Iterator[tuple[str, psutil.Process]]:
    # Nobody reads what it logs: a pipe would fill.
    with running_api(backing, settings, output=subprocess.DEVNULL) as (url, process):
        yield url, psutil.Process(process.pid)


@pytest.fixture(scope="module")
def _checking(
    worker_sessions: SessionFactory, objects: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """What the dispatcher does beside its other work."""
    stopping = threading.Event()
    with Sandbox() as sandbox:
        scratch = tmp_path_factory.mktemp("checking")
        checker = Checker(worker_sessions, objects, sandbox, CheckingSettings(), scratch)
        thread = threading.Thread(target=keep_checking, args=(checker, stopping, 0.05))
        thread.start()
        yield
        stopping.set()
        thread.join()


@pytest.fixture
def client(process: tuple[str, psutil.Process], ann: Person) -> Iterator[Client]:
    with Client(process[0], ann.key) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people have them."""
    files = {
        "handbook/intro.md": b"# Intro",
        "handbook/src/main.py": b"print(1)",
        "handbook/old/letter.txt": "Größe".encode("cp1252"),
        "handbook/report.pdf": pdf("The bridge."),
        "handbook/more.zip": zipped({"more/a.txt": b"a", "../b.txt": b"b"}),
        "handbook/photo.png": b"\x89PNG",
        "handbook/.git/config": b"x",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "handbook" / "link.txt").symlink_to("/etc/passwd")
    return tmp_path / "handbook"


@pytest.mark.usefixtures("_checking")
def test_a_folder_becomes_documents_by_their_paths_and_what_is_not_read_is_told(
    client: Client, folder: Path, ann: Person, process: tuple[str, psutil.Process]
) -> None:
    corpus = client.create_corpus("handbook")
    environment = {**os.environ, "CARTRIDGES_API_URL": process[0], "CARTRIDGES_API_KEY": ann.key}
    line = [sys.executable, "-m", "services.cli.main", "corpus", "upload", corpus.id, str(folder)]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "photo.png" in done.stderr
    assert "Traceback" not in done.stderr
    found = {
        each.name: each.status for each in client.every(lambda **page: client.documents(corpus.id, **page))
    }
    assert found == {
        "handbook/intro.md": "ready",
        "handbook/src/main.py": "ready",
        "handbook/old/letter.txt": "ready",
        "handbook/report.pdf": "ready",
        "handbook/more.zip": "expanded",
        "more/a.txt": "ready",
        "b.txt": "failed",
    }
    assert client.corpus(corpus.id).documents == 5
    assert client.corpus_versions(corpus.id).data[0].documents == 5


@pytest.mark.usefixtures("_checking")
@pytest.mark.parametrize("direct", [True, False], ids=["straight to the store", "through the api"])
def test_a_large_file_that_broke_off_is_gone_on_with(client: Client, tmp_path: Path, direct: bool) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(random.Random(SEED).randbytes(10 * MIB).hex().encode())
    corpus = client.create_corpus("large")
    transport = client._transport
    body = {"name": "large.txt", "size_bytes": 20 * MIB}
    begun = transport.ask(Upload, "POST", f"/v1/corpora/{corpus.id}/uploads", json=body)
    with path.open("rb") as file:
        transport.put(
            f"/v1/uploads/{begun.id}/parts/1", iter([file.read(begun.part_bytes)]), begun.part_bytes
        )
    reports: list[tuple[int, int]] = []
    (document,) = client.upload_documents(
        corpus.id, [path], lambda *report: reports.append(report), direct=direct
    )
    assert document.id == begun.document_id
    # The first part was there and is not sent again; what follows is the second, piece by piece.
    assert reports[0] == (16 * MIB, 20 * MIB)
    assert reports[-1] == (20 * MIB, 20 * MIB)
    client.await_documents(corpus.id)
    assert client.document(corpus.id, document.id).status == "ready"


def test_the_api_holds_little_of_what_passes_through_it(
    client: Client, process: tuple[str, psutil.Process], tmp_path: Path
) -> None:
    """200 files of 300 KB in forms, and 96 MiB in parts through the api: a fortieth of 2 GB and 10,000 files."""
    rng = random.Random(SEED)
    for number in range(200):
        (tmp_path / f"{number}.txt").write_bytes(rng.randbytes(150_000).hex().encode())
    (tmp_path / "large.zip").write_bytes(rng.randbytes(96 * MIB))
    corpus = client.create_corpus("much")
    client.upload_documents(corpus.id, [tmp_path / "0.txt"])
    before = process[1].memory_info().rss
    documents = client.upload_documents(corpus.id, [tmp_path], direct=False)
    assert len(documents) == 201
    peak = _peak(process[1].pid)
    assert peak < MEMORY_BYTES
    assert peak - before < GROWTH_BYTES


def _peak(pid: int) -> int:
    """The most memory that the process has ever held, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel does not tell")
