"""People sign in with browsers: what a session opens, when it ends, and what another site's page cannot do with it."""

import secrets
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import people, person_sessions, tenants
from cartridge_store.db.tables import Membership, PersonSession
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole
from services.api.app import create_app
from services.api.settings import ApiSettings
from tests.api.browser import PASSWORD, Account, Browser, browser, join, make_account
from tests.api.conftest import Person, assert_problem, serving

COOKIE = "cartridges_session"
OTHER_PAGE = "https://other.example"


@pytest.fixture
def account(sessions: SessionFactory, ann: Person) -> Account:
    return make_account(sessions, ann.tenant_id)


@pytest.fixture
def page(api_url: str) -> Iterator[Browser]:
    with browser(api_url) as made:
        yield made


def _sign_in(http: httpx.Client, email: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    return http.post("/v1/session", json={"email": email, "password": password}, **more)


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


def test_a_session_may_no_more_than_its_role(page: Browser, sessions: SessionFactory, ann: Person) -> None:
    page.sign_in(make_account(sessions, ann.tenant_id, MemberRole.VIEWER).email)
    assert page.get("/v1/corpora").status_code == 200
    assert page.get("/v1/models").status_code == 200
    assert_problem(page.post("/v1/corpora", json={"name": "x"}), 403, "scope_missing")
    assert_problem(page.get("/v1/audit"), 403, "scope_missing")


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(page: Browser, account: Account) -> None:
    cookie = _sign_in(page, account.email).headers["set-cookie"]
    for word in (f"{COOKIE}=", "HttpOnly", "SameSite=strict", "Path=/", "Max-Age=604800"):
        assert word in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_behind_tls_the_cookie_is_this_hosts_alone(settings: ApiSettings, account: Account) -> None:
    public = "https://app.example"
    with serving(create_app(settings.model_copy(update={"public_url": public}))) as url:
        with httpx.Client(base_url=url) as http:
            answer = _sign_in(http, account.email, headers={"Origin": public})
            assert answer.headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
            assert "; Secure" in answer.headers["set-cookie"]
            assert_problem(_sign_in(http, account.email, headers={"Origin": url}), 403, "csrf_failed")
            # The name without the prefix opens nothing here: a page without TLS could have planted it.
            secret = answer.cookies[f"__Host-{COOKIE}"]
        bare = httpx.get(f"{url}/v1/session", headers={"Cookie": f"{COOKIE}={secret}"})
        assert_problem(bare, 401, "session_invalid")
        good = httpx.get(f"{url}/v1/session", headers={"Cookie": f"__Host-{COOKIE}={secret}"})
        assert good.json()["person"]["email"] == account.email


def test_the_store_holds_no_secret_of_a_session(
    page: Browser, account: Account, sessions: SessionFactory
) -> None:
    page.sign_in(account.email)
    with sessions() as session:
        (row,) = person_sessions.list_of(session, account.person_id, timedelta(hours=1))
    assert page.cookies[COOKIE] not in repr(vars(row))


CHANGES: dict[str, dict[str, str]] = {
    "another origin": {"Origin": OTHER_PAGE},
    "a sandboxed page": {"Origin": "null"},
    "no token": {"X-CSRF-Token": ""},
    "a wrong token": {"X-CSRF-Token": "0" * 64},
    "no ASCII": {"X-CSRF-Token": "\u00fc"},
}


@pytest.mark.parametrize("how", CHANGES)
def test_a_change_that_another_page_sends_is_refused(
    page: Browser, account: Account, ann: Person, how: str
) -> None:
    page.sign_in(account.email)
    page.headers = httpx.Headers(
        [
            (name.encode(), value.encode("latin-1"))
            for name, value in (
                dict(page.headers) | {name.lower(): value for name, value in CHANGES[how].items()}
            ).items()
        ]
    )
    assert_problem(page.post("/v1/corpora", json={"name": "forged"}), 403, "csrf_failed")
    assert_problem(page.delete("/v1/session"), 403, "csrf_failed")
    assert_problem(
        page.put("/v1/account/password", json={"new_password": "words of the attacker"}), 403, "csrf_failed"
    )
    assert ann.http.get("/v1/corpora").json()["data"] == []
    assert page.get("/v1/corpora").status_code == 200


def test_a_token_of_another_session_vouches_for_nothing(
    page: Browser, account: Account, sessions: SessionFactory, api_url: str, bob: Person
) -> None:
    with browser(api_url) as attacker:
        token = attacker.sign_in(make_account(sessions, bob.tenant_id).email)["csrf_token"]
    page.sign_in(account.email)
    page.headers["X-CSRF-Token"] = token
    assert_problem(page.post("/v1/corpora", json={"name": "forged"}), 403, "csrf_failed")


def test_a_form_of_another_page_signs_nobody_in(api_url: str, account: Account) -> None:
    with httpx.Client(base_url=api_url) as http:
        assert_problem(_sign_in(http, account.email, headers={"Origin": OTHER_PAGE}), 403, "csrf_failed")
        as_text = {"content": f'{{"email": "{account.email}", "password": "{PASSWORD}"}}'}
        refused = http.post("/v1/session", **as_text, headers={"Content-Type": "text/plain"})  # type: ignore[arg-type]
        assert_problem(refused, 422, "invalid_request")


def test_keys_need_no_token_and_go_before_cookies(page: Browser, account: Account, bob: Person) -> None:
    page.sign_in(account.email)
    del page.headers["X-CSRF-Token"]
    made = page.post("/v1/corpora", json={"name": "by key"}, headers={"Authorization": f"Bearer {bob.key}"})
    assert made.status_code == 201
    assert len(bob.http.get("/v1/corpora").json()["data"]) == 1


def test_a_session_that_somebody_planted_is_not_carried_over(
    page: Browser, account: Account, sessions: SessionFactory, api_url: str, bob: Person
) -> None:
    with browser(api_url) as attacker:
        attacker.sign_in(make_account(sessions, bob.tenant_id).email)
        planted = attacker.cookies[COOKIE]
        page.cookies.set(COOKIE, planted, domain="127.0.0.1", path="/")
        page.sign_in(account.email)
        assert page.cookies[COOKIE] != planted
        assert_problem(attacker.get("/v1/session"), 401, "session_invalid")
    page.cookies.clear()
    page.cookies.set(COOKIE, "chosen-by-somebody", domain="127.0.0.1", path="/")
    page.sign_in(account.email)
    assert "chosen-by-somebody" not in page.cookies.values()


@pytest.mark.parametrize(
    ("column", "lifetime"), [("expires_at", timedelta(days=7)), ("last_used_at", timedelta(hours=12))]
)
def test_a_session_ends_of_itself(
    page: Browser, account: Account, sessions: SessionFactory, column: str, lifetime: timedelta
) -> None:
    def found_after(passed: timedelta) -> int:
        page.sign_in(account.email)
        with sessions.begin() as session:
            mine = update(PersonSession).where(PersonSession.person_id == account.person_id)
            session.execute(mine.values({column: getattr(PersonSession, column) - passed}))
        return page.get("/v1/session").status_code

    assert found_after(lifetime - timedelta(minutes=1)) == 200
    assert found_after(lifetime) == 401


def test_who_signs_out_is_out_and_who_signs_out_everywhere_is_out_everywhere(
    account: Account, api_url: str
) -> None:
    with browser(api_url) as first, browser(api_url) as second, browser(api_url) as third:
        for each in (first, second, third):
            each.sign_in(account.email)
        kept = first.cookies[COOKIE]
        answer = first.delete("/v1/session")
        assert answer.status_code == 204
        assert COOKIE not in first.cookies
        stolen = httpx.get(f"{api_url}/v1/session", headers={"Cookie": f"{COOKIE}={kept}"})
        assert_problem(stolen, 401, "session_invalid")
        listed = second.get("/v1/account/sessions").json()["data"]
        assert [each["current"] for each in listed] == [False, True]
        assert second.delete("/v1/account/sessions").status_code == 204
        for each in (second, third):
            assert_problem(each.get("/v1/me"), 401, "session_invalid" if each is third else "key_invalid")


def test_one_of_ones_sessions_can_be_ended_and_nobody_elses(
    account: Account, page: Browser, api_url: str, sessions: SessionFactory, bob: Person
) -> None:
    with browser(api_url) as lost, browser(api_url) as stranger:
        ended = lost.sign_in(account.email)["id"]
        page.sign_in(account.email)
        foreign = stranger.sign_in(make_account(sessions, bob.tenant_id).email)["id"]
        assert page.delete(f"/v1/account/sessions/{ended}").status_code == 204
        assert_problem(page.delete(f"/v1/account/sessions/{foreign}"), 404, "not_found")
        assert_problem(lost.get("/v1/me"), 401, "session_invalid")
        assert stranger.get("/v1/me").status_code == 200


def test_a_person_chooses_among_its_tenants_and_no_others(
    page: Browser, account: Account, ann: Person, bob: Person, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        second = tenants.create(session, new_id("name")).id
    join(sessions, account, second, MemberRole.VIEWER)
    told = page.sign_in(account.email)
    assert {each["id"] for each in told["tenants"]} == {ann.tenant_id, second}
    chosen = page.post("/v1/session/tenant", json={"tenant_id": second}).json()
    assert (chosen["tenant"]["id"], chosen["scopes"]) == (second, ["read", "query"])
    assert page.get("/v1/me").json()["tenant"]["id"] == second
    once = page.get("/v1/me", headers={"X-Tenant": ann.tenant_id}).json()
    assert (once["tenant"]["id"], once["role"]) == (ann.tenant_id, "owner")
    for foreign in (bob.tenant_id, "ten_that_is_not", "%00"):
        assert page.get("/v1/me", headers={"X-Tenant": foreign}).status_code == 404
    assert_problem(page.post("/v1/session/tenant", json={"tenant_id": bob.tenant_id}), 404, "not_found")
    assert_problem(bob.http.get("/v1/me", headers={"X-Tenant": ann.tenant_id}), 404, "not_found")


def test_who_is_removed_is_out_at_once_and_who_is_in_no_tenant_is_told(
    page: Browser, account: Account, sessions: SessionFactory
) -> None:
    page.sign_in(account.email)
    with sessions.begin() as session:
        for row in session.query(Membership).filter_by(person_id=account.person_id):
            session.delete(row)
    assert_problem(page.get("/v1/corpora"), 403, "tenant_missing")
    told = page.get("/v1/session").json()
    assert (told["tenant"], told["tenants"], told["scopes"]) == (None, [], [])
    page.sign_in(account.email)
    assert_problem(page.get("/v1/corpora"), 403, "tenant_missing")


def test_an_account_that_is_not_there_answers_as_one_that_is(api_url: str, account: Account) -> None:
    """The same words, and the same work: the medians of both are within half of each other."""
    seconds: dict[str, list[float]] = {account.email: [], "nobody@example.com": []}
    told = set()
    with httpx.Client(base_url=api_url, timeout=30) as http:
        # The account's own limit is ten.
        for _ in range(9):
            for email, taken in seconds.items():
                started = perf_counter()
                answer = _sign_in(http, email, "not the password")
                taken.append(perf_counter() - started)
                problem = assert_problem(answer, 401, "sign_in_failed")
                told.add(problem["detail"])
    assert len(told) == 1
    known, unknown = (median(each) for each in seconds.values())
    assert 0.5 < known / unknown < 2.0


def test_an_account_without_a_password_is_opened_by_none(
    page: Browser, account: Account, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        assert people.remove_password(session, account.person_id)
    for password in (PASSWORD, "x", " "):
        assert_problem(_sign_in(page, account.email, password), 401, "sign_in_failed")


def test_an_address_is_the_same_however_it_is_written(page: Browser, account: Account) -> None:
    assert _sign_in(page, f" {account.email.upper()} ").status_code == 201
    for odd in ("nobody", "a b@example.com", "\u212aim@example.com", "x@" + "y" * 300 + ".example"):
        assert_problem(_sign_in(page, odd), 422, "invalid_request")


@pytest.fixture
def limited(settings: ApiSettings) -> Callable[..., Any]:
    """An api with other limits on attempts."""
    return lambda **limits: serving(create_app(settings.model_copy(update=limits)))


def test_guesses_at_an_account_are_counted_whoever_makes_them_and_whether_it_is_there(
    limited: Callable[..., Any], account: Account
) -> None:
    with limited(sign_ins_account=3) as url, httpx.Client(base_url=url) as http:
        for email in (account.email, f"{new_id('nobody')}@example.com"):
            for _ in range(3):
                assert_problem(_sign_in(http, email, "not the password"), 401, "sign_in_failed")
            refused = _sign_in(http, email)  # though the password is right
            assert_problem(refused, 429, "too_many_attempts")
            assert 1 <= int(refused.headers["retry-after"]) <= 100


def test_guesses_from_an_address_are_counted_over_all_accounts(limited: Callable[..., Any]) -> None:
    # A proxy on this machine tells whom it asks for.
    network = f"2001:db8:{secrets.randbelow(2**16):x}:{secrets.randbelow(2**16):x}"
    with limited(sign_ins_address=4) as url, httpx.Client(base_url=url) as http:
        for n in range(4):
            answer = _sign_in(http, f"{n}@example.com", headers={"X-Forwarded-For": f"{network}::{n + 1}"})
            assert_problem(answer, 401, "sign_in_failed")
        refused = _sign_in(http, "5@example.com", headers={"X-Forwarded-For": f"{network}::9"})
        assert_problem(refused, 429, "too_many_attempts")
        preview = http.post(
            "/v1/invitations/preview", json={"token": "x" * 43}, headers={"X-Forwarded-For": f"{network}::9"}
        )
        assert_problem(preview, 429, "too_many_attempts")
        elsewhere = _sign_in(http, "5@example.com", headers={"X-Forwarded-For": "2001:db8:ffff:ffff::1"})
        assert_problem(elsewhere, 401, "sign_in_failed")


def test_while_attempts_cannot_be_counted_nobody_signs_in_and_sessions_work_on(
    limited: Callable[..., Any], page: Browser, account: Account
) -> None:
    page.sign_in(account.email)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = SecretStr(f"redis://127.0.0.1:{closed.getsockname()[1]}")
        with limited(limits_redis_url=away) as url:
            assert_problem(_sign_in(httpx.Client(base_url=url), account.email), 503, "attempts_uncounted")
            going_on = httpx.get(f"{url}/v1/me", headers={"Cookie": f"{COOKIE}={page.cookies[COOKIE]}"})
            assert going_on.status_code == 200


def test_a_new_password_ends_the_other_sessions_and_the_old_password(
    page: Browser, account: Account, api_url: str, ann: Person
) -> None:
    new = "five more words of chalk"
    with browser(api_url) as other:
        other.sign_in(account.email)
        page.sign_in(account.email)
        before = page.cookies[COOKIE]
        wrong = {"current_password": "not the password", "new_password": new}
        assert_problem(page.put("/v1/account/password", json=wrong), 403, "password_wrong")
        assert_problem(page.put("/v1/account/password", json={"new_password": new}), 403, "password_wrong")
        weak = {"current_password": PASSWORD, "new_password": "short"}
        assert_problem(page.put("/v1/account/password", json=weak), 422, "invalid_request")
        changed = page.put("/v1/account/password", json={"current_password": PASSWORD, "new_password": new})
        page.take_over(changed)
        assert page.cookies[COOKIE] != before
        assert page.post("/v1/corpora", json={"name": "x"}).status_code == 201
        for secret in (before, other.cookies[COOKIE]):
            stale = httpx.get(f"{api_url}/v1/session", headers={"Cookie": f"{COOKIE}={secret}"})
            assert_problem(stale, 401, "session_invalid")
        assert_problem(_sign_in(other, account.email), 401, "sign_in_failed")
        other.sign_in(account.email, new)
    actions = [entry["action"] for entry in ann.http.get("/v1/audit").json()["data"]]
    assert actions.count("password.changed") == 1


def test_a_first_password_is_set_by_who_has_just_signed_in(
    page: Browser, account: Account, sessions: SessionFactory
) -> None:
    page.sign_in(account.email)
    with sessions.begin() as session:
        people.remove_password(session, account.person_id)
        mine = update(PersonSession).where(PersonSession.person_id == account.person_id)
        session.execute(mine.values(created_at=PersonSession.created_at - timedelta(minutes=16)))
    new = {"new_password": "five more words of chalk"}
    assert not page.get("/v1/session").json()["has_password"]
    assert_problem(page.put("/v1/account/password", json=new), 403, "sign_in_again")
    with sessions.begin() as session:
        session.execute(mine.values(created_at=PersonSession.created_at + timedelta(minutes=2)))
    assert page.put("/v1/account/password", json=new).json()["has_password"]


def test_what_a_person_does_is_in_the_audit_log(
    page: Browser, account: Account, ann: Person, sessions: SessionFactory
) -> None:
    session_id = page.sign_in(account.email)["id"]
    page.post("/v1/corpora", json={"name": "x"}, headers={"X-Request-ID": "trace-of-a-person"})
    page.post("/v1/session/tenant", json={"tenant_id": ann.tenant_id})
    page.delete("/v1/session")
    entries = ann.http.get("/v1/audit").json()["data"]
    assert [(entry["actor"], entry["actor_id"]) for entry in entries] == [("person", account.person_id)] * 4
    assert [entry["action"] for entry in entries] == [
        "session.ended", "session.entered_tenant", "corpus.created", "session.created"
    ]  # fmt: skip
    assert entries[1]["target_id"] == session_id
    assert entries[2]["request_id"] == "trace-of-a-person"


def test_neither_passwords_nor_secrets_nor_addresses_are_in_the_logs(
    page: Browser, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    page.sign_in(account.email)
    _sign_in(page, account.email, "a password that is wrong")
    page.get("/v1/session")
    logged = capsys.readouterr().out
    for secret in (PASSWORD, "a password that is wrong", page.cookies[COOKIE], account.email):
        assert secret not in logged


def test_a_person_has_a_limit_of_requests_in_whatever_tenant(
    limited: Callable[..., Any], page: Browser, account: Account
) -> None:
    page.sign_in(account.email)
    with limited(quota_requests_minute=2) as url:
        cookie = {"Cookie": f"{COOKIE}={page.cookies[COOKIE]}"}
        answers = [httpx.get(f"{url}/v1/session", headers=cookie).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_url": "app.example"},
        {"public_url": "https://app.example/path"},
        {"oidc_issuer": "https://id.example", "oidc_client_id": "x"},
        {"oidc_issuer": "https://id.example", "public_url": "https://app.example"},
        {"oidc_issuer": "http://id.example", "oidc_client_id": "x", "public_url": "https://app.example"},
    ],
)
def test_settings_of_signing_in_that_cannot_work_stop_the_start(
    settings: ApiSettings, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match=r"oidc_issuer|public_url"):
        ApiSettings.model_validate(settings.model_dump() | wrong)
