"""People sign in with browsers: what a session opens, when it ends, and what another site's page cannot do with it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select, update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import audit, memberships, tenants
from cartridge_store.db.tables import PersonSession, Tenant
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole
from services.api.app import create_app
from services.api.settings import ApiSettings
from tests.api.browser import PASSWORD, Account, Browser, browser, join, make_account
from tests.api.conftest import Person, assert_problem, serving

COOKIE = "cartridges_session"


@pytest.fixture
def account(sessions: SessionFactory, ann: Person) -> Account:
    return make_account(sessions, ann.tenant_id)


@pytest.fixture
def page(api_url: str) -> Iterator[Browser]:
    with browser(api_url) as made:
        yield made


@pytest.fixture
def another(sessions: SessionFactory) -> Tenant:
    with sessions.begin() as session:
        return tenants.create(session, new_id("name"))


def test_who_signs_in_may_what_its_role_is_good_for(page: Browser, account: Account, ann: Person) -> None:
    told = page.sign_in(account.email)
    assert told["person"]["email"] == account.email
    assert told["tenant"]["id"] == ann.tenant_id
    assert told["tenant"]["role"] == "owner"
    assert told["scopes"] == ["read", "write", "query", "admin"]
    assert page.get("/v1/session").json() == told
    assert page.post("/v1/corpora", json={"name": "wards"}).status_code == 201
    assert [each["name"] for each in ann.http.get("/v1/corpora").json()["data"]] == ["wards"]
    me = page.get("/v1/me").json()
    assert (me["kind"], me["role"], me["key"]) == ("person", "owner", None)
    assert me["person"]["id"] == account.person_id
    assert [each["id"] for each in me["tenants"]] == [ann.tenant_id]


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(page: Browser, account: Account) -> None:
    answer = page.post("/v1/session", json={"email": account.email, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=604800"):
        assert word in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie
