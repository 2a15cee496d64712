"""Versions of a corpus through the api: each change makes one, none changes, and jobs name the one they learn."""

from collections.abc import Callable
from typing import Any

import pytest

from cartridge_store.db.engine import SessionFactory
from cartridge_store.object_keys import text_key
from cartridge_store.objects import ObjectStore
from services.trainer.sweeper import sweep
from tests.api.conftest import Belongings, Person, assert_problem
from tests.documents.files import pdf

Upload = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def corpus_id(ann: Person) -> str:
    return str(ann.http.post("/v1/corpora", json={"name": "wards"}).json()["id"])


@pytest.fixture
def upload(ann: Person, corpus_id: str) -> Upload:
    def send(*files: tuple[str, bytes], replace: bool = False) -> list[dict[str, Any]]:
        url = f"/v1/corpora/{corpus_id}/documents"
        response = ann.http.post(url, files=[("files", file) for file in files], params={"replace": replace})
        assert response.status_code == 201, response.text
        made: list[dict[str, Any]] = response.json()["data"]
        return made

    return send


def _names(person: Person, corpus_id: str, **query: Any) -> list[str]:
    found = person.http.get(f"/v1/corpora/{corpus_id}/documents", params=query)
    assert found.status_code == 200, found.text
    return sorted(each["name"] for each in found.json()["data"])


def _versions(person: Person, corpus_id: str) -> list[tuple[int, int, int]]:
    data = person.http.get(f"/v1/corpora/{corpus_id}/versions").json()["data"]
    return [(each["number"], each["documents"], each["size_bytes"]) for each in data]


def test_every_change_makes_a_version_that_never_changes(ann: Person, corpus_id: str, upload: Upload) -> None:
    assert _versions(ann, corpus_id) == []
    first, _ = upload(("a.txt", b"one"), ("docs/b.txt", b"two!"))
    upload(("c.txt", b"three"))
    ann.http.delete(f"/v1/corpora/{corpus_id}/documents/{first['id']}")
    assert _versions(ann, corpus_id) == [(3, 2, 9), (2, 3, 12), (1, 2, 7)]
    assert _names(ann, corpus_id, version=1) == ["a.txt", "docs/b.txt"]
    assert _names(ann, corpus_id, version=2) == ["a.txt", "c.txt", "docs/b.txt"]
    assert _names(ann, corpus_id, version=3) == _names(ann, corpus_id) == ["c.txt", "docs/b.txt"]
    corpus = ann.http.get(f"/v1/corpora/{corpus_id}").json()
    assert (corpus["version"], corpus["documents"], corpus["size_bytes"]) == (3, 2, 9)
    missing = ann.http.get(f"/v1/corpora/{corpus_id}/documents", params={"version": 4})
    assert_problem(missing, 404, "not_found")


def test_a_document_gives_way_to_another_of_its_name_in_one_version(
    ann: Person, corpus_id: str, upload: Upload
) -> None:
    (old,) = upload(("a.txt", b"old"))
    (new,) = upload(("a.txt", b"new text"), replace=True)
    assert _versions(ann, corpus_id) == [(2, 1, 8), (1, 1, 3)]
    assert _names(ann, corpus_id) == ["a.txt"]
    assert_problem(ann.http.get(f"/v1/corpora/{corpus_id}/documents/{old['id']}"), 404, "not_found")
    assert ann.http.get(f"/v1/corpora/{corpus_id}/documents/{new['id']}").json()["added_in"] == 2
    upload(("a.txt", b"another"))
    assert _names(ann, corpus_id) == ["a.txt", "a.txt"]


def test_equal_texts_are_stored_once_and_the_bytes_go_with_the_last(
    ann: Person, corpus_id: str, upload: Upload, objects: ObjectStore, worker_sessions: SessionFactory
) -> None:
    first, second = upload(("a.txt", b"same"), ("b.txt", "same".encode("utf-16")))
    assert first["sha256"] == second["sha256"]
    key = text_key(ann.tenant_id, first["sha256"])
    assert [each.key for each in objects.list(f"tenants/{ann.tenant_id}/")] == [key]
    for document, there in ((first, True), (second, False)):
        ann.http.delete(f"/v1/corpora/{corpus_id}/documents/{document['id']}")
        sweep(worker_sessions, objects)
        assert objects.exists(key) is there


def test_a_text_that_comes_again_while_it_is_being_deleted_is_there(
    ann: Person, corpus_id: str, upload: Upload, objects: ObjectStore, worker_sessions: SessionFactory
) -> None:
    (first,) = upload(("a.txt", b"same"))
    ann.http.delete(f"/v1/corpora/{corpus_id}/documents/{first['id']}")
    (again,) = upload(("b.txt", b"same"))
    sweep(worker_sessions, objects)
    assert objects.exists(text_key(ann.tenant_id, again["sha256"]))


def test_equal_texts_of_two_tenants_are_stored_for_each(
    ann: Person, bob: Person, upload: Upload, objects: ObjectStore
) -> None:
    (mine,) = upload(("a.txt", b"same"))
    theirs = bob.http.post("/v1/corpora", json={"name": "x"}).json()["id"]
    bob.http.post(f"/v1/corpora/{theirs}/documents", files={"files": ("a.txt", b"same")})
    for person in (ann, bob):
        assert objects.exists(text_key(person.tenant_id, mine["sha256"]))


def test_files_that_are_checked_later_are_seen_waiting_and_a_job_does_not_begin_without_them(
    ann: Person, corpus_id: str, upload: Upload
) -> None:
    upload(("a.txt", b"ready"))
    (waiting,) = upload(("b.pdf", pdf("The bridge.")))
    assert (waiting["status"], waiting["sha256"], waiting["added_in"]) == ("checking", None, None)
    corpus = ann.http.get(f"/v1/corpora/{corpus_id}").json()
    assert (corpus["documents"], corpus["pending"], corpus["version"]) == (1, 1, 1)
    assert _names(ann, corpus_id, status="checking") == ["b.pdf"]
    job = {"corpus_id": corpus_id}
    assert_problem(ann.http.post("/v1/training-jobs", json=job), 409, "corpus_not_ready")
    begun = ann.http.post("/v1/training-jobs", json={**job, "corpus_version": 1})
    assert (begun.status_code, begun.json()["corpus_version"]) == (201, 1)


def test_a_job_names_its_version_and_a_version_that_lost_documents_is_not_learned_again(
    ann: Person, corpus_id: str, upload: Upload
) -> None:
    assert_problem(ann.http.post("/v1/training-jobs", json={"corpus_id": corpus_id}), 409, "corpus_empty")
    first, _ = upload(("a.txt", b"one"), ("b.txt", b"two"))
    job = ann.http.post("/v1/training-jobs", json={"corpus_id": corpus_id}).json()
    assert job["corpus_version"] == 1
    # Documents may change while it is learned: the job has its version.
    assert ann.http.delete(f"/v1/corpora/{corpus_id}/documents/{first['id']}").status_code == 204
    assert ann.http.get(f"/v1/training-jobs/{job['id']}").json()["corpus_version"] == 1
    old = {"corpus_id": corpus_id, "corpus_version": 1}
    assert_problem(ann.http.post("/v1/training-jobs", json=old), 409, "corpus_version_incomplete")
    assert_problem(ann.http.post("/v1/training-jobs", json={**old, "corpus_version": 9}), 404, "not_found")


def test_a_job_may_start_from_a_cartridge_of_the_tenant_that_fits(
    ann: Person, bob: Person, belongings: Belongings
) -> None:
    cartridge = ann.http.get(f"/v1/cartridges/{belongings.cartridge_id}").json()
    assert cartridge["corpus_version"] == 1
    job = {"corpus_id": belongings.corpus_id, "initialize_from": belongings.cartridge_id}
    unfit = assert_problem(ann.http.post("/v1/training-jobs", json=job), 409, "initial_cartridge_unfit")
    assert f"`recipe.cartridge_tokens` to {cartridge['tokens']}" in unfit["detail"]
    fit = {**job, "recipe": {"cartridge_tokens": cartridge["tokens"]}}
    begun = ann.http.post("/v1/training-jobs", json=fit)
    assert (begun.status_code, begun.json()["initialize_from"]) == (201, belongings.cartridge_id)
    theirs = bob.http.post("/v1/corpora", json={"name": "x"}).json()["id"]
    bob.http.post(f"/v1/corpora/{theirs}/documents", files={"files": ("a.txt", b"text")})
    stolen = bob.http.post("/v1/training-jobs", json={**fit, "corpus_id": theirs})
    assert_problem(stolen, 404, "not_found")


def test_a_refused_file_of_a_form_leaves_no_version(ann: Person, corpus_id: str) -> None:
    files = [("files", ("a.txt", b"good")), ("files", ("b.txt", b"\x00\x01"))]
    url = f"/v1/corpora/{corpus_id}/documents"
    assert_problem(ann.http.post(url, files=files), 422, "document_not_text")
    assert _versions(ann, corpus_id) == []
