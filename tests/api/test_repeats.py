"""A creation that is asked for again under its `Idempotency-Key` gives the first answer and makes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.tables import ApiKey, Corpus, Document, IdempotencyKey, Invitation, TrainingJob
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from services.api.app import create_app
from tests.api.conftest import Belongings, Person, assert_problem
from tests.api.operations import Operation, protected


@pytest.fixture(scope="module")
def creations(settings: Any) -> list[Operation]:
    """The operations of the OpenAPI document that make something."""
    document = create_app(settings).openapi()
    found = [operation for operation in protected(document) if "201" in operation.described["responses"]]
    assert len(found) >= 5
    return found


@pytest.fixture
def things(sessions: SessionFactory, ann: Person) -> Callable[[], list[int]]:
    """How many of each kind Ann has."""

    def count() -> list[int]:
        with sessions() as session:
            return [
                session.scalar(
                    select(func.count()).select_from(table).where(table.tenant_id == ann.tenant_id)
                )
                or 0
                for table in (Corpus, Document, TrainingJob, ApiKey, Invitation)
            ]

    return count


def _under(key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": key}}


def test_every_operation_that_makes_something_makes_it_once(
    creations: list[Operation], ann: Person, belongings: Belongings, things: Callable[[], list[int]]
) -> None:
    for operation in creations:
        key = new_id("once")
        first = operation.ask(ann.http, belongings, **_under(key))
        assert first.status_code == 201, f"{operation}: {first.text}"
        assert "idempotency-replayed" not in first.headers
        made = things()
        again = operation.ask(ann.http, belongings, **_under(key))
        assert (again.status_code, again.json()) == (201, first.json()), operation
        assert again.headers["idempotency-replayed"] == "true"
        assert things() == made, operation
        operation.ask(ann.http, belongings)
        assert things() != made, f"{operation} takes requests without a key for the same"


def test_a_key_that_came_with_another_request_is_refused(
    creations: list[Operation], ann: Person, fresh_belongings: Callable[[], Belongings]
) -> None:
    key = new_id("once")
    first, *others = creations
    assert first.ask(ann.http, fresh_belongings(), **_under(key)).status_code == 201
    for operation in others:
        refused = operation.ask(ann.http, fresh_belongings(), **_under(key))
        assert_problem(refused, 409, "idempotency_key_reused")
    corpus = ann.http.post("/v1/corpora", json={"name": "first"}, **_under("a-key-of-names"))
    other = ann.http.post("/v1/corpora", json={"name": "second"}, **_under("a-key-of-names"))
    assert_problem(other, 409, "idempotency_key_reused")
    assert corpus.json()["name"] == "first"


def test_a_body_counts_however_its_type_is_written(ann: Person) -> None:
    headers = {"Idempotency-Key": "a-key", "Content-Type": "Application/JSON"}
    first = ann.http.post("/v1/corpora", content=b'{"name": "first"}', headers=headers)
    assert first.status_code == 201
    other = ann.http.post("/v1/corpora", content=b'{"name": "second"}', headers=headers)
    assert_problem(other, 409, "idempotency_key_reused")


def test_repeats_at_the_same_time_make_one_thing(
    creations: list[Operation], ann: Person, belongings: Belongings, things: Callable[[], list[int]]
) -> None:
    for operation in creations:
        key, before = new_id("once"), things()

        def ask(_: int, operation: Operation = operation, key: str = key) -> httpx.Response:
            return operation.ask(ann.http, belongings, **_under(key))

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(ask, range(6)))
        assert {answer.status_code for answer in answers} == {201}, operation
        assert len({answer.text for answer in answers}) == 1
        assert sum(things()) == sum(before) + 1


def test_a_repeated_upload_leaves_no_second_object(
    ann: Person, belongings: Belongings, objects: ObjectStore
) -> None:
    prefix = f"tenants/{ann.tenant_id}/documents/"
    for _ in range(2):
        ann.http.post(
            f"/v1/corpora/{belongings.corpus_id}/documents",
            files=[("files", ("a.txt", b"some text"))],
            **_under("the-upload"),
        )
        assert len(list(objects.list(prefix))) == 1
    changed = ann.http.post(
        f"/v1/corpora/{belongings.corpus_id}/documents",
        files=[("files", ("a.txt", b"other text"))],
        **_under("the-upload"),
    )
    assert_problem(changed, 409, "idempotency_key_reused")
    listed = ann.http.get(f"/v1/corpora/{belongings.corpus_id}/documents", params={"status": "ready"}).json()
    assert len(listed["data"]) == 2  # the one there was, and the one upload


def test_a_request_that_failed_may_come_again_under_its_key(ann: Person) -> None:
    corpus_id = ann.http.post("/v1/corpora", json={"name": "empty"}).json()["id"]
    order = {"json": {"corpus_id": corpus_id}, **_under("the-order")}
    assert_problem(ann.http.post("/v1/training-jobs", **order), 409, "corpus_empty")  # type: ignore[arg-type]
    ann.http.post(f"/v1/corpora/{corpus_id}/documents", files=[("files", ("a.txt", b"some text"))])
    assert ann.http.post("/v1/training-jobs", **order).status_code == 201  # type: ignore[arg-type]


def test_keys_are_a_tenants_own_and_forgotten_after_a_day(
    ann: Person, bob: Person, sessions: SessionFactory
) -> None:
    def make(person: Person) -> str:
        made = person.http.post("/v1/corpora", json={"name": "x"}, **_under("shared-word"))
        return str(made.json()["id"])

    first = make(ann)
    assert make(bob) != first
    assert make(ann) == first
    with sessions.begin() as session:
        mine = update(IdempotencyKey).where(IdempotencyKey.tenant_id == ann.tenant_id)
        session.execute(mine.values(created_at=IdempotencyKey.created_at - timedelta(days=1)))
    assert make(ann) != first


def test_a_kept_answer_shows_nothing_to_whoever_reads_the_table(
    ann: Person, sessions: SessionFactory
) -> None:
    made = ann.http.post("/v1/keys", json={"name": "ci"}, **_under("the-key")).json()
    with sessions() as session:
        kept = session.get_one(IdempotencyKey, (ann.tenant_id, "the-key")).answer
    assert kept is not None
    assert made["key"].encode() not in kept
    assert ann.http.post("/v1/keys", json={"name": "ci"}, **_under("the-key")).json() == made


@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
def test_keys_that_are_none_are_refused(ann: Person, key: str) -> None:
    assert_problem(ann.http.post("/v1/corpora", json={"name": "x"}, **_under(key)), 422, "invalid_request")
