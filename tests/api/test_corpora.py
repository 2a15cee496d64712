"""Corpora: what is taken as a document, what is refused and why, and that nothing is half done."""

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cartridge_store.db.repositories import attempts
from cartridge_store.object_keys import text_key
from cartridge_store.objects import ObjectStore
from tests.api.conftest import UPLOAD_LIMIT, Belongings, Person, assert_problem

TEXT = "Ward 3 has 11 beds. Größe zählt.\n"


def _corpus(person: Person) -> str:
    response = person.http.post("/v1/corpora", json={"name": "  wards  "})
    assert response.status_code == 201
    assert response.json()["name"] == "wards"
    return str(response.json()["id"])


def _upload(person: Person, corpus_id: str, *files: tuple[str, bytes]) -> Any:
    return person.http.post(f"/v1/corpora/{corpus_id}/documents", files=[("files", file) for file in files])


def _stored(objects: ObjectStore, person: Person) -> int:
    return len(list(objects.list(f"tenants/{person.tenant_id}/")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_in_any_usual_charset_is_kept_as_utf8(ann: Person, objects: ObjectStore, encoding: str) -> None:
    corpus_id = _corpus(ann)
    response = _upload(ann, corpus_id, ("notes.txt", (TEXT * 20).encode(encoding)))
    assert response.status_code == 201, response.text
    (document,) = response.json()["data"]
    stored = b"".join(objects.open_stream(text_key(ann.tenant_id, document["sha256"])))
    assert stored.decode() == TEXT * 20
    assert document["size_bytes"] == len(stored)


def test_several_files_arrive_and_are_counted(ann: Person) -> None:
    corpus_id = _corpus(ann)
    response = _upload(ann, corpus_id, ("a.txt", b"one"), ("b.md", b"# two"), ("c.html", b"<p>three</p>"))
    assert [d["media_type"] for d in response.json()["data"]] == ["text/plain", "text/markdown", "text/html"]
    corpus = ann.http.get(f"/v1/corpora/{corpus_id}").json()
    assert (corpus["documents"], corpus["size_bytes"]) == (3, 3 + 5 + 12)
    page = ann.http.get(f"/v1/corpora/{corpus_id}/documents", params={"limit": 2}).json()
    rest = ann.http.get(
        f"/v1/corpora/{corpus_id}/documents", params={"cursor": page["next_cursor"], "limit": 2}
    ).json()
    assert [d["name"] for d in page["data"] + rest["data"]] == ["c.html", "b.md", "a.txt"]
    assert not rest["has_more"]


def test_a_long_text_in_an_old_charset_is_kept_as_utf8(ann: Person, objects: ObjectStore) -> None:
    corpus_id = _corpus(ann)
    text = "病棟には十一の寝台がある。担当の看護師は朝と夕に巡回し、記録を残す。\n" * 8000
    response = _upload(ann, corpus_id, ("notes.txt", text.encode("shift_jis")))
    assert response.status_code == 201, response.text
    (document,) = response.json()["data"]
    assert document["sha256"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (("a.txt", b""), 422, "document_empty"),
        (("a.txt", b" \n\t "), 422, "document_empty"),
        (("a.txt", b"\x7fELF\x00\x01\x02" * 50), 422, "document_not_text"),
        (("a.md", bytes(range(256)) * 20), 422, "document_not_text"),
        (("a.txt", b"\xff\xfe" + b"\x01\x00\x00\x00" * 50), 422, "document_not_text"),
        (("a.pdf", b""), 422, "document_empty"),
        (("a.exe", b"MZ"), 415, "document_type_unsupported"),
        (("noname", b"text"), 415, "document_type_unsupported"),
    ],
)
def test_what_is_no_text_is_refused_by_name_and_nothing_of_the_request_is_kept(
    ann: Person, objects: ObjectStore, file: tuple[str, bytes], status: int, code: str
) -> None:
    corpus_id = _corpus(ann)
    body = assert_problem(_upload(ann, corpus_id, ("good.txt", b"good"), file), status, code)
    assert file[0] in body["detail"]
    assert ann.http.get(f"/v1/corpora/{corpus_id}").json()["documents"] == 0
    assert _stored(objects, ann) == 0


def test_an_upload_over_the_limit_is_refused_before_it_is_kept(ann: Person, objects: ObjectStore) -> None:
    corpus_id = _corpus(ann)
    large = ("a.txt", b"x" * (UPLOAD_LIMIT + 512 * 1024))
    assert_problem(_upload(ann, corpus_id, large), 413, "document_too_large")
    assert _stored(objects, ann) == 0


def test_the_key_and_the_corpus_are_looked_at_before_the_files(ann: Person, api_url: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(3 * UPLOAD_LIMIT // 65536):
            yield b"x" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    url = f"{api_url}/v1/corpora/crp_nowhere/documents"
    assert_problem(httpx.post(url, content=endless(), headers=headers), 401, "key_invalid")
    assert_problem(ann.http.post(url, content=endless(), headers=headers), 404, "not_found")


@pytest.mark.parametrize(
    "sent",
    [{}, {"data": {"files": "text"}}, {"json": {}}, {"files": {"other": ("a.txt", b"x")}}],
    ids=["nothing", "a field that is no file", "JSON", "another field"],
)
def test_a_form_without_files_is_refused(ann: Person, sent: dict[str, Any]) -> None:
    corpus_id = _corpus(ann)
    body = assert_problem(ann.http.post(f"/v1/corpora/{corpus_id}/documents", **sent), 422, "invalid_request")
    assert body["errors"][0]["field"] == "body.files"


def test_a_form_that_cannot_be_read_is_refused(ann: Person) -> None:
    corpus_id = _corpus(ann)
    headers = {"Content-Type": "multipart/form-data"}
    response = ann.http.post(f"/v1/corpora/{corpus_id}/documents", content=b"x", headers=headers)
    assert_problem(response, 400, "body_unreadable")


def test_a_form_that_is_cut_off_leaves_nothing(ann: Person, objects: ObjectStore) -> None:
    corpus_id = _corpus(ann)
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\ntext\r\n'
    url = f"/v1/corpora/{corpus_id}/documents"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    cut = ann.http.post(url, content=part % b"a.txt" + part % b"b.txt", headers=headers)
    assert_problem(cut, 400, "body_unreadable")
    assert _stored(objects, ann) == 0
    assert ann.http.post(url, content=part % b"a.txt" + b"--b--", headers=headers).status_code == 201


def test_a_corpus_that_is_full_takes_nothing_more(ann: Person, objects: ObjectStore) -> None:
    corpus_id = _corpus(ann)
    for letter in (b"x", b"y"):
        part = ("a.txt", letter * (UPLOAD_LIMIT - 1000))
        assert _upload(ann, corpus_id, part).status_code == 201
    assert_problem(_upload(ann, corpus_id, ("a.txt", b"z" * (UPLOAD_LIMIT - 1000))), 409, "corpus_full")
    assert _stored(objects, ann) == 2


def test_more_files_than_a_request_may_have_are_refused(ann: Person) -> None:
    corpus_id = _corpus(ann)
    assert_problem(_upload(ann, corpus_id, *[("a.txt", b"x")] * 101), 422, "invalid_request")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb"])
def test_names_of_corpora_are_checked(ann: Person, name: str) -> None:
    assert_problem(ann.http.post("/v1/corpora", json={"name": name}), 422, "invalid_request")


def test_a_corpus_in_training_stays_and_afterwards_its_cartridge_stays(
    ann: Person, sessions: Any, belongings: Belongings
) -> None:
    job = ann.http.post("/v1/training-jobs", json={"corpus_id": belongings.corpus_id}).json()
    assert_problem(ann.http.delete(f"/v1/corpora/{belongings.corpus_id}"), 409, "corpus_in_use")
    with sessions.begin() as session:
        attempts.claim(session, job["id"], "w", 60)
        attempts.finish_failed(session, job["id"], 1, "x", "y")
    assert ann.http.delete(f"/v1/corpora/{belongings.corpus_id}").status_code == 204
    assert ann.http.get(f"/v1/cartridges/{belongings.cartridge_id}").status_code == 200


def test_storage_that_is_away_is_said_and_leaves_no_row(ann: Person, settings: Any) -> None:
    import httpx

    from services.api.app import create_app
    from tests.api.conftest import serving

    corpus_id = _corpus(ann)
    away = settings.model_copy(update={"s3_endpoint": "127.0.0.1:9"})
    with serving(create_app(away)) as url:
        response = httpx.post(
            f"{url}/v1/corpora/{corpus_id}/documents",
            headers={"Authorization": f"Bearer {ann.key}"},
            files=[("files", ("a.txt", b"text"))],
            timeout=60,
        )
    assert_problem(response, 503, "storage_unavailable")
    assert ann.http.get(f"/v1/corpora/{corpus_id}").json()["documents"] == 0
