"""One secret of the deployment replaces another while nobody notices: both count for a time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import pytest
from pydantic import SecretStr

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import api_keys
from cartridge_store.grants import Grant, GrantInvalidError, sign_grant, verify_grant
from cartridge_store.keys import hash_key
from services.api.app import create_app
from services.api.settings import ApiSettings
from services.inference.router.settings import RouterSettings
from tests.api.conftest import PEPPER, Person, assert_problem, serving

NEW = SecretStr("n" * 32)
Restart = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture
def restarted(settings: ApiSettings, ann: Person) -> Restart:
    """The api once more, under other secrets, with ann's key."""

    @contextmanager
    def start(**changed: SecretStr | None) -> Iterator[httpx.Client]:
        headers = {"Authorization": f"Bearer {ann.key}"}
        app = create_app(settings.model_copy(update=changed))
        with serving(app) as url, httpx.Client(base_url=url, headers=headers, timeout=30) as http:
            yield http

    return start


def stored_hash(sessions: SessionFactory, person: Person) -> str:
    with sessions() as session:
        (key,) = api_keys.list_all(session, person.tenant_id)
        return key.hash


def test_a_key_moves_to_the_new_pepper_with_its_next_use(
    restarted: Restart, sessions: SessionFactory, ann: Person
) -> None:
    with restarted(key_pepper=NEW) as http:
        assert_problem(http.get("/v1/corpora"), 401, "key_invalid")
    assert stored_hash(sessions, ann) == hash_key(ann.key, PEPPER)
    with restarted(key_pepper=NEW, other_key_pepper=PEPPER) as http:
        assert http.get("/v1/corpora").status_code == 200
        assert http.get("/v1/corpora").status_code == 200
    assert stored_hash(sessions, ann) == hash_key(ann.key, NEW)
    with restarted(key_pepper=NEW) as http:
        assert http.get("/v1/corpora").status_code == 200
    # An instance that is not rotated yet, but has been told of the new pepper.
    with restarted(key_pepper=PEPPER, other_key_pepper=NEW) as http:
        assert http.get("/v1/corpora").status_code == 200


def test_a_wrong_key_is_refused_under_two_peppers_as_under_one(
    restarted: Restart, sessions: SessionFactory, ann: Person
) -> None:
    with restarted(key_pepper=NEW, other_key_pepper=PEPPER) as http:
        wrong = {"Authorization": f"Bearer {ann.key[:-1]}{'a' if ann.key[-1] != 'a' else 'b'}"}
        assert_problem(http.get("/v1/corpora", headers=wrong), 401, "key_invalid")
    assert stored_hash(sessions, ann) == hash_key(ann.key, PEPPER)


def test_a_repeat_across_a_rotation_gives_the_first_answer(restarted: Restart, ann: Person) -> None:
    once = {"Idempotency-Key": "across-a-rotation"}
    first = ann.http.post("/v1/keys", json={"name": "made once"}, headers=once)
    assert first.status_code == 201, first.text
    with restarted(key_pepper=NEW, other_key_pepper=PEPPER) as http:
        again = http.post("/v1/keys", json={"name": "made once"}, headers=once)
    assert again.json() == first.json()


def test_grants_of_both_secrets_are_good_until_the_old_one_is_dropped() -> None:
    old, new = SecretStr("o" * 32), SecretStr("n" * 32)
    grant = Grant(tenant_id="ten_1")
    both = RouterSettings(grant_secret=old, other_grant_secret=new, router_pods="http://pod:1")  # type: ignore[arg-type]
    for secret in (old, new):
        assert verify_grant(sign_grant(grant, secret), *both.grant_secrets) == grant
    with pytest.raises(GrantInvalidError):
        verify_grant(sign_grant(grant, SecretStr("x" * 32)), *both.grant_secrets)
    with pytest.raises(GrantInvalidError, match="expired"):
        verify_grant(sign_grant(grant, old, seconds=-1), *both.grant_secrets)
    after = RouterSettings(grant_secret=new, router_pods="http://pod:1")  # type: ignore[arg-type]
    with pytest.raises(GrantInvalidError):
        verify_grant(sign_grant(grant, old), *after.grant_secrets)
