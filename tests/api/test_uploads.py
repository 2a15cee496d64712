"""Files in parts: through the api and straight to the object store, gone on with, checked, given up, kept apart."""

import hashlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import quotas
from cartridge_store.db.tables import Document, Upload
from cartridge_store.errors import ObjectMissingError
from cartridge_store.multipart import MIN_PART_BYTES, Multiparts
from cartridge_store.objects import ObjectStore
from cartridge_store.quotas import Quota
from services.api.app import create_app
from services.api.settings import ApiSettings
from services.trainer.sweeper import sweep, sweep_uploads
from tests.api.conftest import Person, assert_problem, serving

FIRST, LAST = b"a" * MIN_PART_BYTES, b"the end\n"
WHOLE = FIRST + LAST


@pytest.fixture(scope="module")
def roomy(settings: ApiSettings, sessions: SessionFactory, objects: ObjectStore) -> Iterator[str]:
    """An api that takes files of several parts."""
    larger = {"max_corpus_bytes": 64 * 1024**2, "max_document_bytes": 32 * 1024**2}
    with serving(
        create_app(settings.model_copy(update={"upload_part_bytes": MIN_PART_BYTES, **larger}))
    ) as url:
        yield url


@pytest.fixture
def ann_there(ann: Person, roomy: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=roomy, headers={"Authorization": f"Bearer {ann.key}"}, timeout=60) as http:
        yield http


@pytest.fixture
def corpus_id(ann_there: httpx.Client) -> str:
    return str(ann_there.post("/v1/corpora", json={"name": "large"}).json()["id"])


def _begin(http: httpx.Client, corpus_id: str, **more: Any) -> dict[str, Any]:
    body = {"name": "docs/large.txt", "size_bytes": len(WHOLE), **more}
    response = http.post(f"/v1/corpora/{corpus_id}/uploads", json=body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def _complete(http: httpx.Client, upload_id: str, content: bytes = WHOLE) -> httpx.Response:
    return http.post(
        f"/v1/uploads/{upload_id}/complete", json={"sha256": hashlib.sha256(content).hexdigest()}
    )


def _urls(http: httpx.Client, upload_id: str, numbers: list[int]) -> list[str]:
    response = http.post(f"/v1/uploads/{upload_id}/part-urls", json={"numbers": numbers})
    assert response.status_code == 200, response.text
    return [each["url"] for each in response.json()["data"]]


def _document(http: httpx.Client, corpus_id: str, document_id: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"/v1/corpora/{corpus_id}/documents/{document_id}").json()
    return found


def test_a_file_comes_in_parts_through_the_api_in_any_order_and_is_whole_then(
    ann_there: httpx.Client, corpus_id: str, objects: ObjectStore, ann: Person
) -> None:
    upload = _begin(ann_there, corpus_id)
    assert (upload["parts"], upload["part_bytes"]) == (2, MIN_PART_BYTES)
    assert _document(ann_there, corpus_id, upload["document_id"])["status"] == "uploading"
    for number, part in ((2, LAST), (1, FIRST)):
        sent = ann_there.put(f"/v1/uploads/{upload['id']}/parts/{number}", content=part)
        assert sent.status_code == 200, sent.text
        assert sent.json()["etag"] == hashlib.md5(part, usedforsecurity=False).hexdigest()
    document = _complete(ann_there, upload["id"])
    assert document.status_code == 200, document.text
    assert (document.json()["status"], document.json()["name"]) == ("checking", "docs/large.txt")
    assert _complete(ann_there, upload["id"]).json() == document.json()
    key = f"tenants/{ann.tenant_id}/uploads/{upload['document_id']}"
    assert b"".join(objects.open_stream(key)) == WHOLE


def test_parts_go_straight_to_the_object_store_and_a_broken_upload_is_gone_on_with(
    ann_there: httpx.Client, corpus_id: str
) -> None:
    upload = _begin(ann_there, corpus_id)
    (first,) = _urls(ann_there, upload["id"], [1])
    assert httpx.put(first, content=FIRST).status_code == 200
    # Somebody who knows nothing of what was sent finds the upload, and what is missing.
    (found,) = ann_there.get("/v1/uploads", params={"corpus_id": corpus_id}).json()["data"]
    assert found["id"] == upload["id"]
    (arrived,) = ann_there.get(f"/v1/uploads/{found['id']}/parts").json()["data"]
    assert (arrived["number"], arrived["size_bytes"]) == (1, len(FIRST))
    missing = assert_problem(_complete(ann_there, found["id"]), 409, "upload_incomplete")
    assert ": 2;" in missing["detail"]
    (second,) = _urls(ann_there, upload["id"], [2])
    assert httpx.put(second, content=LAST).status_code == 200
    assert _complete(ann_there, upload["id"]).status_code == 200
    assert ann_there.get("/v1/uploads", params={"corpus_id": corpus_id}).json()["data"] == []
    assert_problem(ann_there.get(f"/v1/uploads/{upload['id']}/parts"), 409, "upload_completed")


def test_a_part_that_is_sent_again_takes_the_place_of_the_first(
    ann_there: httpx.Client, corpus_id: str, objects: ObjectStore, ann: Person
) -> None:
    upload = _begin(ann_there, corpus_id, size_bytes=len(LAST))
    url = f"/v1/uploads/{upload['id']}/parts/1"
    ann_there.put(url, content=LAST)
    ann_there.put(url, content=LAST)
    assert len(ann_there.get(f"/v1/uploads/{upload['id']}/parts").json()["data"]) == 1
    assert _complete(ann_there, upload["id"], LAST).status_code == 200


def test_a_presigned_url_is_good_for_its_own_key_upload_part_and_method_alone(
    ann_there: httpx.Client, corpus_id: str, ann: Person, bob: Person
) -> None:
    upload = _begin(ann_there, corpus_id)
    (url,) = _urls(ann_there, upload["id"], [1])
    other = _begin(ann_there, corpus_id)
    assert f"/tenants/{ann.tenant_id}/uploads/{upload['document_id']}?" in url
    for changed in (
        url.replace(ann.tenant_id, bob.tenant_id),
        url.replace(upload["document_id"], other["document_id"]),
        url.replace("partNumber=1", "partNumber=2"),
    ):
        assert changed != url
        assert httpx.put(changed, content=LAST).status_code == 403
    for method in ("GET", "DELETE", "POST"):
        assert httpx.request(method, url).status_code == 403
    assert ann_there.get(f"/v1/uploads/{other['id']}/parts").json()["data"] == []


def test_the_object_store_lets_pages_of_other_origins_put_parts(
    ann_there: httpx.Client, corpus_id: str
) -> None:
    upload = _begin(ann_there, corpus_id, size_bytes=len(LAST))
    (url,) = _urls(ann_there, upload["id"], [1])
    page = {"Origin": "http://dashboard.example", "Access-Control-Request-Method": "PUT"}
    allowed = httpx.options(url, headers=page)
    assert "PUT" in allowed.headers["access-control-allow-methods"]
    answer = httpx.put(url, content=LAST, headers={"Origin": "http://dashboard.example"})
    assert answer.headers["access-control-allow-origin"] in ("*", "http://dashboard.example")


def test_presigned_urls_name_the_host_that_clients_know(settings: ApiSettings, ann: Person) -> None:
    known = settings.model_copy(update={"s3_public_endpoint": "files.example.com", "s3_public_secure": True})
    with (
        serving(create_app(known)) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ann.key}"}) as http,
    ):
        corpus_id = http.post("/v1/corpora", json={"name": "x"}).json()["id"]
        upload = _begin(http, corpus_id, size_bytes=9)
        (found,) = _urls(http, upload["id"], [1])
        assert found.startswith("https://files.example.com/")
        # What comes through the api goes where the api knows the store.
        assert http.put(f"/v1/uploads/{upload['id']}/parts/1", content=b"some text").status_code == 200


def test_parts_of_another_size_or_number_are_refused(ann_there: httpx.Client, corpus_id: str) -> None:
    upload = _begin(ann_there, corpus_id)
    parts = f"/v1/uploads/{upload['id']}/parts"
    assert_problem(ann_there.put(f"{parts}/1", content=LAST), 422, "part_size_wrong")
    assert_problem(ann_there.put(f"{parts}/2", content=iter([LAST])), 422, "part_size_wrong")
    assert_problem(ann_there.put(f"{parts}/3", content=LAST), 422, "part_number_wrong")
    numbers = {"numbers": [3]}
    refused = ann_there.post(f"/v1/uploads/{upload['id']}/part-urls", json=numbers)
    assert_problem(refused, 422, "part_number_wrong")


def test_more_than_was_announced_is_not_taken_by_way_of_the_object_store(
    ann_there: httpx.Client, corpus_id: str
) -> None:
    upload = _begin(ann_there, corpus_id)
    for url in _urls(ann_there, upload["id"], [1, 2]):
        assert httpx.put(url, content=FIRST).status_code == 200
    assert_problem(_complete(ann_there, upload["id"], FIRST + FIRST), 409, "upload_incomplete")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"name": "a.exe"}, 415, "document_type_unsupported"),
        ({"size_bytes": 33 * 1024**2}, 413, "document_too_large"),
        ({"size_bytes": 0}, 422, "invalid_request"),
        ({"name": ""}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(
    ann_there: httpx.Client, corpus_id: str, more: dict[str, Any], status: int, code: str
) -> None:
    body = {"name": "a.txt", "size_bytes": 9, **more}
    assert_problem(ann_there.post(f"/v1/corpora/{corpus_id}/uploads", json=body), status, code)


def test_announced_bytes_count_for_the_quota_and_the_corpus_until_they_are_given_up(
    ann_there: httpx.Client, corpus_id: str, ann: Person, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        quotas.set_limit(session, ann.tenant_id, Quota.BYTES, 20 * 1024**2)
    upload = _begin(ann_there, corpus_id, size_bytes=18 * 1024**2)
    body = {"name": "b.txt", "size_bytes": 3 * 1024**2}
    url = f"/v1/corpora/{corpus_id}/uploads"
    assert_problem(ann_there.post(url, json=body), 403, "quota_exceeded")
    form = ann_there.post(f"/v1/corpora/{corpus_id}/documents", files={"files": ("c.txt", b"x" * 2100000)})
    assert_problem(form, 403, "quota_exceeded")
    assert ann_there.delete(f"/v1/uploads/{upload['id']}").status_code == 204
    assert ann_there.post(url, json=body).status_code == 201
    with sessions.begin() as session:
        quotas.set_limit(session, ann.tenant_id, Quota.BYTES, 1024**3)
    _begin(ann_there, corpus_id, size_bytes=31 * 1024**2)
    assert_problem(
        ann_there.post(url, json={"name": "b.txt", "size_bytes": 31 * 1024**2}), 409, "corpus_full"
    )


def test_a_quota_that_shrank_meanwhile_holds_when_an_upload_is_completed(
    ann_there: httpx.Client, corpus_id: str, ann: Person, sessions: SessionFactory
) -> None:
    upload = _begin(ann_there, corpus_id, size_bytes=len(LAST))
    ann_there.put(f"/v1/uploads/{upload['id']}/parts/1", content=LAST)
    with sessions.begin() as session:
        quotas.set_limit(session, ann.tenant_id, Quota.BYTES, 1)
    assert_problem(_complete(ann_there, upload["id"], LAST), 403, "quota_exceeded")


@pytest.fixture
def sweeping(
    settings: ApiSettings, worker_sessions: SessionFactory, sessions: SessionFactory, objects: ObjectStore
) -> Callable[[dict[str, Any]], None]:
    """Sweeps, and looks whether anything is left of an upload."""

    def sweep_and_look(upload: dict[str, Any]) -> None:
        with sessions() as session:
            row = session.get_one(Upload, upload["id"])
        multiparts = Multiparts(settings)
        assert sweep_uploads(worker_sessions, multiparts) >= 1
        sweep(worker_sessions, objects)
        with pytest.raises(ObjectMissingError):
            multiparts.parts(row.object_key, row.multipart_id)
        with sessions() as session:
            assert session.get(Upload, upload["id"]) is None
            assert session.get(Document, upload["document_id"]) is None
        assert not objects.exists(row.object_key)

    return sweep_and_look


def test_an_upload_that_was_given_up_leaves_nothing(
    ann_there: httpx.Client,
    corpus_id: str,
    sessions: SessionFactory,
    sweeping: Callable[[dict[str, Any]], None],
) -> None:
    upload = _begin(ann_there, corpus_id)
    ann_there.put(f"/v1/uploads/{upload['id']}/parts/1", content=FIRST)
    assert ann_there.delete(f"/v1/uploads/{upload['id']}").status_code == 204
    assert_problem(ann_there.get(f"/v1/uploads/{upload['id']}"), 404, "not_found")
    assert_problem(_complete(ann_there, upload["id"]), 404, "not_found")
    sweeping(upload)


def test_an_upload_that_is_not_completed_in_time_is_dropped(
    ann_there: httpx.Client,
    corpus_id: str,
    sessions: SessionFactory,
    sweeping: Callable[[dict[str, Any]], None],
) -> None:
    upload = _begin(ann_there, corpus_id)
    (url,) = _urls(ann_there, upload["id"], [1])
    httpx.put(url, content=FIRST)
    with sessions.begin() as session:
        mine = update(Upload).where(Upload.id == upload["id"])
        session.execute(mine.values(expires_at=Upload.created_at))
    assert_problem(ann_there.get(f"/v1/uploads/{upload['id']}"), 404, "not_found")
    sweeping(upload)
    assert httpx.put(url, content=FIRST).status_code == 404


def test_uploads_of_a_deleted_corpus_are_dropped(
    ann_there: httpx.Client,
    corpus_id: str,
    sessions: SessionFactory,
    sweeping: Callable[[dict[str, Any]], None],
) -> None:
    upload = _begin(ann_there, corpus_id)
    ann_there.put(f"/v1/uploads/{upload['id']}/parts/1", content=FIRST)
    assert ann_there.delete(f"/v1/corpora/{corpus_id}").status_code == 204
    sweeping(upload)


def test_an_upload_that_is_begun_again_under_its_key_is_the_first(
    ann_there: httpx.Client, corpus_id: str
) -> None:
    headers = {"Idempotency-Key": os.urandom(8).hex()}
    body = {"name": "a.txt", "size_bytes": 9}
    first, again = (
        ann_there.post(f"/v1/corpora/{corpus_id}/uploads", json=body, headers=headers) for _ in range(2)
    )
    assert first.json() == again.json()
    assert len(ann_there.get("/v1/uploads", params={"corpus_id": corpus_id}).json()["data"]) == 1


def test_beginning_completing_and_giving_up_are_on_record(ann_there: httpx.Client, corpus_id: str) -> None:
    upload = _begin(ann_there, corpus_id, size_bytes=len(LAST))
    ann_there.put(f"/v1/uploads/{upload['id']}/parts/1", content=LAST)
    _complete(ann_there, upload["id"], LAST)
    other = _begin(ann_there, corpus_id)
    ann_there.delete(f"/v1/uploads/{other['id']}")
    entries = ann_there.get("/v1/audit", params={"limit": 6}).json()["data"]
    assert [entry["action"] for entry in reversed(entries)][-4:] == [
        "document.created", "document.uploaded", "document.created", "document.deleted",
    ]  # fmt: skip
