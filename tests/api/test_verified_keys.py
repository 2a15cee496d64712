"""Keys that a process goes on with for a moment: what that saves, and when a change reaches it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import api_keys, quotas, tenants
from cartridge_store.db.tables import ApiKey
from cartridge_store.keys import Scope, new_key
from cartridge_store.quotas import Quota
from services.api.app import create_app
from services.api.keys.verified import VerifiedKey, VerifiedKeys
from tests.api.conftest import PEPPER, Person, assert_problem, serving

SECONDS = 3.0


@pytest.fixture
def trusting(settings: Any, ann: Person) -> Iterator[httpx.Client]:
    """Ann at an api that goes on with a verified key."""
    with (
        serving(create_app(settings.model_copy(update={"key_trust_seconds": SECONDS}))) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ann.key}"}, timeout=30) as http,
    ):
        yield http


def _with_key(http: httpx.Client, key: str) -> dict[str, Any]:
    return {
        "url": f"{http.base_url}/v1/corpora",
        "headers": {"Authorization": f"Bearer {key}"},
        "timeout": 30,
    }


def test_a_key_that_is_revoked_here_opens_nothing_from_then_on(trusting: httpx.Client) -> None:
    made = trusting.post("/v1/keys", json={"name": "x"}).json()
    assert httpx.get(**_with_key(trusting, made["key"])).status_code == 200
    trusting.post(f"/v1/keys/{made['id']}/revoke").raise_for_status()
    assert_problem(httpx.get(**_with_key(trusting, made["key"])), 401, "key_invalid")


def test_a_key_that_is_rotated_without_grace_opens_nothing_from_then_on(trusting: httpx.Client) -> None:
    made = trusting.post("/v1/keys", json={"name": "x"}).json()
    assert httpx.get(**_with_key(trusting, made["key"])).status_code == 200
    trusting.post(f"/v1/keys/{made['id']}/rotate", json={"grace_seconds": 0}).raise_for_status()
    assert_problem(httpx.get(**_with_key(trusting, made["key"])), 401, "key_invalid")


def test_what_is_changed_elsewhere_arrives_within_the_time_of_trust(
    trusting: httpx.Client, ann: Person, sessions: SessionFactory
) -> None:
    made = trusting.post("/v1/keys", json={"name": "x"}).json()
    asked = _with_key(trusting, made["key"])
    assert httpx.get(**asked).status_code == 200
    with sessions.begin() as session:
        api_keys.revoke(session, ann.tenant_id, made["id"])
        quotas.set_limit(session, ann.tenant_id, Quota.REQUESTS_MINUTE, 5000)
    changed = time.monotonic()
    while httpx.get(**asked).status_code == 200:
        assert time.monotonic() - changed < SECONDS + 1
        time.sleep(0.1)
    answer = trusting.get("/v1/corpora")
    while '"requests_minute";q=5000' not in answer.headers["ratelimit-policy"]:
        assert time.monotonic() - changed < 2 * SECONDS + 1
        time.sleep(0.1)
        answer = trusting.get("/v1/corpora")


def test_a_key_whose_tenant_was_deleted_makes_nothing(settings: Any, sessions: SessionFactory) -> None:
    key = new_key(PEPPER)
    with sessions.begin() as session:
        tenant = tenants.create(session, f"gone-{key.prefix}")
        api_keys.create(session, tenant.id, "x", key)
    with serving(create_app(settings.model_copy(update={"key_trust_seconds": 30.0}))) as url:
        http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key.text}"}, timeout=30)
        assert http.get("/v1/corpora").json()["data"] == []
        with sessions.begin() as session:
            tenants.delete(session, tenant.id)
        assert_problem(http.post("/v1/corpora", json={"name": "late"}), 401, "key_invalid")


def _verified(**changes: Any) -> VerifiedKey:
    known = {
        "id": "key_1",
        "tenant_id": "ten_1",
        "scopes": frozenset(Scope),
        "expires_at": None,
        "limits": {},
    }
    return VerifiedKey(**{**known, **changes})


def test_a_key_ends_on_time_though_it_is_trusted() -> None:
    kept = VerifiedKeys(PEPPER, 30)
    kept.keep("soon over", _verified(expires_at=datetime.now(UTC) + timedelta(seconds=0.2)), kept.now())
    assert kept.find("soon over") is not None
    time.sleep(0.3)
    assert kept.find("soon over") is None


def test_a_key_that_was_read_before_it_changed_is_not_kept() -> None:
    kept = VerifiedKeys(PEPPER, 30)
    asked_at = kept.now()
    kept.forget("ten_1")
    kept.keep("raced", _verified(), asked_at)
    assert kept.find("raced") is None
    kept.keep("raced", _verified(), kept.now())
    assert kept.find("raced") is not None


def test_no_key_is_kept_as_text_nor_under_another_pepper() -> None:
    kept = VerifiedKeys(PEPPER, 30)
    kept.keep("ck_secret", _verified(), kept.now())
    assert "ck_secret" not in repr(vars(kept))
    assert VerifiedKeys(SecretStr("q" * 32), 30).find("ck_secret") is None


def test_trust_of_no_seconds_keeps_nothing() -> None:
    kept = VerifiedKeys(PEPPER, 0)
    kept.keep("a", _verified(), kept.now())
    assert kept.find("a") is None


def test_using_a_key_is_noted_where_it_is_looked_up(
    trusting: httpx.Client, ann: Person, sessions: SessionFactory
) -> None:
    trusting.get("/v1/corpora").raise_for_status()
    with sessions.begin() as session:
        (key,) = api_keys.list_all(session, ann.tenant_id)
        assert isinstance(key, ApiKey)
        assert key.last_used_at is not None
