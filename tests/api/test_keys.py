"""A tenant's own keys: made, used within their scopes, rotated, revoked, and written down in the audit log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.tables import ApiKey
from cartridge_store.keys import Scope, key_prefix
from services.api.app import create_app
from tests.api.conftest import Belongings, Person, assert_problem
from tests.api.operations import KEY, SESSION, Operation, protected

As = Callable[[str], httpx.Client]


@pytest.fixture
def as_key(api_url: str) -> As:
    """A client that sends a key."""
    return lambda key: httpx.Client(base_url=api_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


@pytest.fixture(scope="module")
def document(settings: Any) -> dict[str, Any]:
    return create_app(settings).openapi()


def _made(ann: Person, **body: Any) -> dict[str, Any]:
    response = ann.http.post("/v1/keys", json={"name": "ci", **body})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def test_a_key_is_shown_once_and_then_known_by_its_prefix(ann: Person, as_key: As) -> None:
    made = _made(ann)
    assert key_prefix(made["key"]) == made["prefix"]
    assert (made["scopes"], made["status"]) == (["read", "write", "query"], "active")
    assert as_key(made["key"]).get("/v1/corpora").status_code == 200
    (listed, first) = ann.http.get("/v1/keys").json()["data"]
    assert listed["id"] == made["id"]
    assert listed["last_used_at"] is not None
    assert not {"key", "hash"} & set(listed)
    assert first["name"] == "test"
    assert ann.http.get(f"/v1/keys/{made['id']}").json() == listed
    page = ann.http.get("/v1/keys", params={"limit": 1}).json()
    assert page["has_more"]
    following = ann.http.get("/v1/keys", params={"cursor": page["next_cursor"]}).json()
    assert [key["id"] for key in following["data"]] == [first["id"]]


def _scope_of(operation: Operation) -> str | None:
    scopes = operation.credentials[KEY]
    assert operation.credentials[SESSION] == scopes, operation
    return scopes[0] if scopes else None


def test_every_operation_asks_for_the_scope_that_it_names(
    document: dict[str, Any], ann: Person, as_key: As, belongings: Belongings
) -> None:
    clients = {
        scope: as_key(_made(ann, scopes=[other.value for other in Scope if other is not scope])["key"])
        for scope in Scope
    }
    asked = set()
    for operation in protected(document):
        scope = _scope_of(operation)
        if scope is None:
            assert operation.ask(clients[Scope.READ], belongings).is_success, operation
            continue
        refused = assert_problem(operation.ask(clients[Scope(scope)], belongings), 403, "scope_missing")
        assert f"`{scope}`" in refused["detail"]
        asked.add(scope)
    assert asked == {scope.value for scope in Scope}


def test_scopes_are_those_that_exist_and_at_least_one(ann: Person) -> None:
    for scopes in ([], ["root"], ["read"] * 5):
        assert_problem(
            ann.http.post("/v1/keys", json={"name": "x", "scopes": scopes}), 422, "invalid_request"
        )


def test_a_key_ends_when_it_was_said_to(ann: Person, as_key: As, sessions: SessionFactory) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert_problem(ann.http.post("/v1/keys", json={"name": "x", "expires_at": past}), 422, "invalid_request")
    made = _made(ann, expires_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert as_key(made["key"]).get("/v1/corpora").status_code == 200
    with sessions.begin() as session:
        session.execute(update(ApiKey).where(ApiKey.id == made["id"]).values(expires_at=past))
    assert "expired" in assert_problem(as_key(made["key"]).get("/v1/me"), 401, "key_invalid")["detail"]
    assert ann.http.get(f"/v1/keys/{made['id']}").json()["status"] == "expired"
    refused = ann.http.post(f"/v1/keys/{made['id']}/rotate", json={})
    assert_problem(refused, 409, "key_not_active")


def test_a_rotated_key_passes_on_its_rights_and_works_for_the_time_of_grace(ann: Person, as_key: As) -> None:
    old = _made(ann, scopes=["read"])
    new = ann.http.post(f"/v1/keys/{old['id']}/rotate", json={"grace_seconds": 3600}).json()
    assert (new["name"], new["scopes"], new["replaces"]) == ("ci", ["read"], old["id"])
    assert new["expires_at"] is None
    for key in (old["key"], new["key"]):
        assert as_key(key).get("/v1/corpora").status_code == 200
    ends = datetime.fromisoformat(ann.http.get(f"/v1/keys/{old['id']}").json()["expires_at"])
    assert timedelta(minutes=59) < ends - datetime.now(UTC) < timedelta(minutes=61)
    assert ann.http.post(f"/v1/keys/{new['id']}/rotate", json={"grace_seconds": 0}).status_code == 201
    assert_problem(as_key(new["key"]).get("/v1/me"), 401, "key_invalid")


def test_a_revoked_key_opens_nothing_and_none_revokes_itself(ann: Person, as_key: As) -> None:
    made = _made(ann, scopes=["admin"])
    own = as_key(made["key"]).post(f"/v1/keys/{made['id']}/revoke")
    assert_problem(own, 409, "key_in_use")
    first = ann.http.post(f"/v1/keys/{made['id']}/revoke").json()
    assert first["status"] == "revoked"
    assert ann.http.post(f"/v1/keys/{made['id']}/revoke").json() == first
    assert "revoked" in assert_problem(as_key(made["key"]).get("/v1/me"), 401, "key_invalid")["detail"]


def test_whoever_lacks_the_secret_does_not_learn_what_became_of_a_key(ann: Person, as_key: As) -> None:
    made = _made(ann)
    ann.http.post(f"/v1/keys/{made['id']}/revoke")
    guessed = f"ck_{made['prefix']}_{'x' * 43}"
    unknown = as_key(guessed).get("/v1/me")
    assert assert_problem(unknown, 401, "key_invalid")["detail"] == "The API key is not known here."


def test_a_key_knows_whose_it_is_and_what_it_is_good_for(ann: Person) -> None:
    me = ann.http.get("/v1/me").json()
    assert me["tenant"]["id"] == ann.tenant_id
    assert me["key"]["scopes"] == [scope.value for scope in Scope]


def test_every_change_is_in_the_audit_log_with_its_key_and_its_request(
    document: dict[str, Any], ann: Person, fresh_belongings: Callable[[], Belongings]
) -> None:
    key_id = ann.http.get("/v1/me").json()["key"]["id"]
    changed = 0
    for number, operation in enumerate(protected(document)):
        # Chat and estimates change nothing of the tenant's; what a chat costs is metered. Of an upload its begin and end
        # are told, not every part of it.
        if operation.method == "GET" or operation.path in {
            "/v1/chat/completions",
            "/v1/training-jobs/estimate",
            "/v1/uploads/{upload_id}/part-urls",
            "/v1/uploads/{upload_id}/parts/{number}",
        }:
            continue
        trace = f"trace-of-change-{number:03}"
        response = operation.ask(ann.http, fresh_belongings(), headers={"X-Request-ID": trace})
        written = [
            entry
            for entry in ann.http.get("/v1/audit", params={"limit": 100}).json()["data"]
            if entry["request_id"] == trace
        ]
        if response.is_success:
            assert written, f"{operation} is not in the audit log"
            assert {(entry["actor"], entry["actor_id"]) for entry in written} == {("key", key_id)}
            changed += 1
        else:
            assert written == [], operation
    assert changed >= 8


def test_what_changes_nothing_is_not_in_the_audit_log(ann: Person, belongings: Belongings) -> None:
    job = ann.http.post("/v1/training-jobs", json={"corpus_id": belongings.corpus_id}).json()["id"]
    for _ in range(2):
        assert ann.http.post(f"/v1/training-jobs/{job}/cancel").status_code == 200
        assert ann.http.post(f"/v1/keys/{belongings.key_id}/revoke").status_code == 200
    for target in (job, belongings.key_id):
        written = ann.http.get("/v1/audit", params={"target": target}).json()["data"]
        ends = [entry for entry in written if entry["action"] in {"training_job.cancelled", "key.revoked"}]
        assert len(ends) == 1


def test_the_audit_log_is_read_in_pages_and_by_action_and_thing(ann: Person, belongings: Belongings) -> None:
    for name in "abc":
        ann.http.post("/v1/corpora", json={"name": name})
    names, cursor = [], None
    while True:
        page = ann.http.get(
            "/v1/audit",
            params={"limit": 2, "action": "corpus.created"} | ({"cursor": cursor} if cursor else {}),
        ).json()
        names += [entry["details"]["name"] for entry in page["data"]]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert names == ["c", "b", "a"]
    (made,) = ann.http.get("/v1/audit", params={"target": belongings.cartridge_id}).json()["data"]
    assert (made["actor"], made["actor_id"], made["action"]) == (
        "trainer",
        belongings.job_id,
        "cartridge.created",
    )
