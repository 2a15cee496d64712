"""What is deleted is gone: rows and objects, also where the object store is away or a worker writes once more."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from sqlalchemy import String, cast, select, update
from sqlalchemy.exc import OperationalError

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.repositories import attempts, cartridges, deletions, jobs, tenants
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.roles import Role
from cartridge_store.db.tables import CartridgeStatus, ObjectDeletion, Table
from cartridge_store.multipart import Multiparts
from cartridge_store.object_keys import tenant_prefix
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings
from services.api.app import create_app
from services.api.repeats import Once
from services.trainer.sweeper import keep_sweeping, sweep, sweep_uploads
from tests.api.conftest import Belongings, Person, assert_problem, serving

# A change and its cost stay on record; a promise to delete names what it deletes.
RECORDS = {"audit_log", "usage", "object_deletions"}


@dataclass(frozen=True)
class Rooms:
    """Rows and objects, seen by their owner, and the sweeper's own sessions."""

    sessions: SessionFactory
    objects: ObjectStore
    multiparts: Multiparts
    of_sweeper: SessionFactory
    scratch: Path

    def sweep(self) -> int:
        sweep_uploads(self.of_sweeper, self.multiparts)
        return sweep(self.of_sweeper, self.objects)

    def put(self, key: str) -> None:
        (self.scratch / "object").write_bytes(b"written by a stage")
        self.objects.put_file(key, self.scratch / "object")

    def an_hour_passes(self, tenant_id: str) -> None:
        with self.sessions.begin() as session:
            mine = update(ObjectDeletion).where(ObjectDeletion.tenant_id == tenant_id)
            session.execute(mine.values(due_at=ObjectDeletion.due_at - timedelta(hours=1)))

    def keys(self, prefix: str) -> list[str]:
        return [each.key for each in self.objects.list(prefix)]

    def tables_that_tell_of(self, word: str) -> set[str]:
        """Tables with a row any of whose columns holds the word."""
        found = set()
        with self.sessions() as session:
            for table in Table.metadata.sorted_tables:
                holds = [cast(column, String).contains(word) for column in table.columns]
                if any(session.scalar(select(1).select_from(table).where(each).limit(1)) for each in holds):
                    found.add(table.name)
        return found


@pytest.fixture
def rooms(
    backing: Any, settings: Any, sessions: SessionFactory, objects: ObjectStore, tmp_path: Path
) -> Iterator[Rooms]:
    worker = DatabaseSettings(database_url=backing.environment[Role.WORKER.url_variable])
    engine = make_engine(worker)
    yield Rooms(sessions, objects, Multiparts(settings), make_session_factory(engine), tmp_path)
    engine.dispose()


def test_a_deleted_corpus_leaves_its_cartridges_and_nothing_else(
    ann: Person,
    belongings: Belongings,
    rooms: Rooms,
) -> None:
    base = f"tenants/{ann.tenant_id}"
    rooms.put(f"{base}/x")  # the document's, as its row says
    rooms.put(f"{base}/jobs/{belongings.job_id}/parsed.json")
    assert ann.http.delete(f"/v1/corpora/{belongings.corpus_id}").status_code == 204
    rooms.sweep()
    assert rooms.tables_that_tell_of(belongings.document_id) - RECORDS == set()
    for word in (belongings.corpus_id, belongings.job_id):
        assert rooms.tables_that_tell_of(word) - RECORDS == {"cartridges"}
    left = rooms.keys(f"{base}/")
    assert [key for key in left if "/cartridges/" not in key] == []
    assert_problem(ann.http.get(f"/v1/training-jobs/{belongings.job_id}"), 404, "not_found")
    assert ann.http.get(f"/v1/cartridges/{belongings.cartridge_id}/download").content == belongings.content


def test_a_deleted_cartridge_leaves_nothing(ann: Person, belongings: Belongings, rooms: Rooms) -> None:
    assert ann.http.delete(f"/v1/cartridges/{belongings.cartridge_id}").status_code == 204
    rooms.sweep()
    # The job tells which cartridge it made, in its row and its last event.
    assert rooms.tables_that_tell_of(belongings.cartridge_id) - RECORDS == {
        "training_jobs",
        "job_events",
    }
    assert rooms.keys(f"tenants/{ann.tenant_id}/cartridges/") == []


def test_a_deleted_tenant_leaves_nothing(
    ann: Person,
    bob: Person,
    belongings: Belongings,
    rooms: Rooms,
) -> None:
    ann.http.post("/v1/corpora", json={"name": "x"}, headers={"Idempotency-Key": "once"})
    bob.http.post("/v1/corpora", json={"name": "mine"})
    with rooms.sessions.begin() as session:
        tenants.delete(session, ann.tenant_id)
        deletions.promise(session, ann.tenant_id, [tenant_prefix(ann.tenant_id)])
    assert rooms.sweep() >= 1
    # A worker that did not know yet writes once more.
    rooms.put(f"{tenant_prefix(ann.tenant_id)}jobs/{belongings.job_id}/late.json")
    rooms.an_hour_passes(ann.tenant_id)
    assert rooms.sweep() >= 1
    for word in (ann.tenant_id, *belongings.ids):
        assert rooms.tables_that_tell_of(word) == set()
    assert rooms.keys(tenant_prefix(ann.tenant_id)) == []
    assert_problem(ann.http.get("/v1/me"), 401, "key_invalid")
    assert len(bob.http.get("/v1/corpora").json()["data"]) == 1


def test_objects_go_later_where_the_store_is_away(
    ann: Person,
    belongings: Belongings,
    settings: Any,
    rooms: Rooms,
) -> None:
    path = f"/v1/corpora/{belongings.corpus_id}"
    rooms.put(f"tenants/{ann.tenant_id}/x")
    away = settings.model_copy(update={"s3_endpoint": "127.0.0.1:9"})
    with serving(create_app(away)) as url:
        headers = {"Authorization": f"Bearer {ann.key}"}
        assert httpx.delete(f"{url}{path}", headers=headers, timeout=60).status_code == 204
    assert rooms.keys(f"tenants/{ann.tenant_id}/x")
    assert sweep(rooms.of_sweeper, ObjectStore(away)) == 0
    rooms.an_hour_passes(ann.tenant_id)
    assert rooms.sweep() >= 2
    assert rooms.keys(f"tenants/{ann.tenant_id}/x") == []
    with rooms.sessions() as session:
        assert session.scalars(select(ObjectDeletion).filter_by(tenant_id=ann.tenant_id)).all() == []


def test_a_cartridge_with_the_same_bytes_made_since_keeps_them(
    ann: Person,
    belongings: Belongings,
    fresh_belongings: Any,
    rooms: Rooms,
) -> None:
    ann.http.delete(f"/v1/cartridges/{belongings.cartridge_id}")
    again = fresh_belongings()
    rooms.an_hour_passes(ann.tenant_id)
    assert rooms.sweep() >= 2
    assert ann.http.get(f"/v1/cartridges/{again.cartridge_id}/download").content == again.content


def test_a_cartridge_that_is_being_published_keeps_its_bytes(
    ann: Person, belongings: Belongings, rooms: Rooms
) -> None:
    with rooms.sessions() as session:
        old = cartridges.get(session, ann.tenant_id, belongings.cartridge_id)
    ann.http.delete(f"/v1/cartridges/{belongings.cartridge_id}")
    with ThreadPoolExecutor(1) as pool:
        with rooms.sessions.begin() as session:
            cartridges.hold_object(session, old.object_key)
            sweeping = pool.submit(rooms.sweep)
            with pytest.raises(TimeoutError):
                sweeping.result(timeout=0.5)
            job = jobs.create(
                session, ann.tenant_id, corpus_id=belongings.corpus_id, name="again", recipe={}, base_model="tiny"
            )  # fmt: skip
            attempts.claim(session, job.id, "w", 60)
            equal = PublishedCartridge(
                "again", old.digest, old.object_key, old.size_bytes, 32, "f", CartridgeStatus.READY, {}
            )
            again = attempts.publish(session, job.id, 1, equal)
        assert sweeping.result(timeout=10) >= 1
    assert ann.http.get(f"/v1/cartridges/{again.id}/download").content == belongings.content


def test_a_sweeper_that_meets_the_unexpected_sweeps_on(
    ann: Person, belongings: Belongings, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, met = rooms.objects.delete_prefix, threading.Event()

    def break_once(prefix: str) -> None:
        if not met.is_set():
            met.set()
            raise RuntimeError("an answer that is no XML")
        delete(prefix)

    monkeypatch.setattr(rooms.objects, "delete_prefix", break_once)
    ann.http.delete(f"/v1/cartridges/{belongings.cartridge_id}")
    stopping, until = threading.Event(), time.monotonic() + 10
    sweeper = threading.Thread(
        target=keep_sweeping,
        args=(rooms.of_sweeper, rooms.objects, rooms.multiparts, stopping, 0.02),
        daemon=True,
    )
    sweeper.start()
    while rooms.keys(f"tenants/{ann.tenant_id}/cartridges/") and time.monotonic() < until:
        time.sleep(0.05)
    stopping.set()
    sweeper.join()
    assert met.is_set()
    assert rooms.keys(f"tenants/{ann.tenant_id}/cartridges/") == []


def _upload(url: str, key: str, corpus_id: str) -> httpx.Response:
    return httpx.post(
        f"{url}/v1/corpora/{corpus_id}/documents",
        files=[("files", ("a.txt", b"some text"))],
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "the-upload"},
    )


def _broken_off(*_: Any, **__: Any) -> NoReturn:
    raise OperationalError("COMMIT", {}, Exception("server closed the connection"))


def test_an_upload_whose_commit_was_not_heard_of_is_there_when_it_is_asked_for_again(
    ann: Person, api_url: str, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus_id = ann.http.post("/v1/corpora", json={"name": "x"}).json()["id"]
    answer = Once.answer

    def commit_and_break_off(*arguments: Any, **options: Any) -> None:
        answer(*arguments, **options)
        _broken_off()

    with monkeypatch.context() as broken:
        broken.setattr(Once, "answer", commit_and_break_off)
        assert_problem(_upload(api_url, ann.key, corpus_id), 503, "database_unavailable")
    again = _upload(api_url, ann.key, corpus_id)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    rooms.an_hour_passes(ann.tenant_id)
    rooms.sweep()
    (kept,) = rooms.keys(f"tenants/{ann.tenant_id}/documents/")
    assert kept.endswith(again.json()["data"][0]["sha256"])


def test_what_an_upload_stored_and_never_told_of_goes_after_an_hour(
    ann: Person, api_url: str, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus_id = ann.http.post("/v1/corpora", json={"name": "x"}).json()["id"]
    with monkeypatch.context() as broken:
        broken.setattr(Once, "answer", _broken_off)
        assert_problem(_upload(api_url, ann.key, corpus_id), 503, "database_unavailable")
    rooms.sweep()
    assert len(rooms.keys(f"tenants/{ann.tenant_id}/documents/")) == 1
    rooms.an_hour_passes(ann.tenant_id)
    rooms.sweep()
    assert rooms.keys(f"tenants/{ann.tenant_id}/documents/") == []
