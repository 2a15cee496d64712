"""Signing in through an OpenID provider: a real one, one that is not honest, and one that is away."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import jwt
import oidc_provider_mock
import pytest
from oidc_provider_mock import User
from pydantic import SecretStr

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import people
from cartridge_store.ids import new_id
from services.api.app import create_app
from services.api.settings import ApiSettings
from tests.api.browser import PASSWORD, Browser, browser, make_account
from tests.api.conftest import Person, assert_problem, serving
from tests.api.openid import (
    CLIENT_ID,
    CLIENT_SECRET,
    FOREIGN_KEY,
    KID,
    PUBLIC,
    PliantProvider,
    come_back,
    leave,
    said,
    signed,
)

Claims = dict[str, Any]
COOKIE = "cartridges_session"


@contextmanager
def _api_with(settings: ApiSettings, issuer: str) -> Iterator[str]:
    chosen = {
        "public_url": PUBLIC, "oidc_issuer": issuer, "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET), "oidc_name": "Example ID",
    }  # fmt: skip
    with serving(create_app(settings.model_copy(update=chosen))) as url:
        yield url


@pytest.fixture(scope="module")
def real_provider() -> Iterator[str]:
    """A provider of its own, with a page on which people say who they are."""
    vouched = [
        User(sub=name, claims={"email": f"{name}@example.com", "email_verified": verified, "name": name})
        for name, verified in (("newcomer", True), ("known", True), ("careless", False), ("stranger", True))
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=vouched) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def real(settings: ApiSettings, sessions: Any, real_provider: str) -> Iterator[str]:
    """An api before the real provider."""
    with _api_with(settings, real_provider) as url:
        yield url


@pytest.fixture(scope="module")
def pliant_provider() -> Iterator[PliantProvider]:
    made = PliantProvider()
    with serving(made.app) as url:
        made.url = url
        yield made


@pytest.fixture(scope="module")
def pliant(settings: ApiSettings, sessions: Any, pliant_provider: PliantProvider) -> Iterator[str]:
    """An api before a provider that says what a test wants."""
    with _api_with(settings, pliant_provider.url) as url:
        yield url


@pytest.fixture
def provider(pliant_provider: PliantProvider) -> PliantProvider:
    pliant_provider.reset()
    return pliant_provider


@pytest.fixture
def at(api_url: str) -> Iterator[Callable[[str], Browser]]:
    """A browser at an api whose pages are at `PUBLIC`."""
    with ExitStack() as opened:

        def open_at(url: str) -> Browser:
            page = opened.enter_context(browser(url))
            page.headers["Origin"] = PUBLIC
            return page

        yield open_at


def _through(page: Browser, subject: str, **body: Any) -> httpx.Response:
    """The whole way, as a person goes it."""
    url, _ = leave(page, **body)
    consent = httpx.post(url, data={"sub": subject}, follow_redirects=False)
    return come_back(page, consent.headers["location"])


def _through_pliant(page: Browser, provider: PliantProvider, **body: Any) -> httpx.Response:
    _, query = leave(page, **body)
    provider.nonce = query["nonce"]
    return come_back(page, f"{query['redirect_uri']}?code=c&state={query['state']}")


def _invite(ann: Person, email: str) -> str:
    made = ann.http.post("/v1/invitations", json={"email": email, "role": "member"})
    assert made.status_code == 201, made.text
    token: str = made.json()["token"]
    return token


def test_an_invitation_makes_an_account_that_the_provider_opens_from_then_on(
    real: str, at: Callable[[str], Browser], ann: Person
) -> None:
    page = at(real)
    assert page.get("/v1/session/ways").json()["oidc"] == "Example ID"
    assert said(_through(page, "newcomer")) == "oidc_person_unknown"
    token = _invite(ann, "newcomer@example.com")
    answer = _through(page, "newcomer", invitation_token=token, return_to="/corpora?all=1")
    assert answer.headers["location"] == f"{PUBLIC}/corpora?all=1"
    told = page.get("/v1/session").json()
    assert (told["person"]["email"], told["has_password"]) == ("newcomer@example.com", False)
    assert (told["tenant"]["id"], told["tenant"]["role"]) == (ann.tenant_id, "member")
    assert said(_through(at(real), "newcomer")) is None
    assert said(_through(at(real), "newcomer", invitation_token=token)) == "invitation_invalid"


def test_an_account_that_the_provider_takes_over_loses_its_password_and_sessions(
    real: str, at: Callable[[str], Browser], ann: Person, sessions: SessionFactory
) -> None:
    """Whoever made it may not have been who owns the address."""
    with sessions.begin() as session:
        earlier = people.find_by_email(session, "known@example.com")
        assert earlier is None
    token = _invite(ann, "known@example.com")
    squatter = at(real)
    accepted = squatter.post("/v1/invitations/accept", json={"token": token, "password": PASSWORD})
    squatter.take_over(accepted)
    owner = at(real)
    assert said(_through(owner, "known")) is None
    assert owner.get("/v1/session").json()["person"] == accepted.json()["person"]
    assert_problem(squatter.get("/v1/session"), 401, "session_invalid")
    again = {"email": "known@example.com", "password": PASSWORD}
    assert_problem(squatter.post("/v1/session", json=again), 401, "sign_in_failed")
    actions = [entry["action"] for entry in ann.http.get("/v1/audit").json()["data"]]
    assert {"identity.linked", "password.removed"} <= set(actions)


@pytest.mark.parametrize(
    ("subject", "code"), [("stranger", "oidc_person_unknown"), ("careless", "oidc_email_unverified")]
)
def test_who_is_not_known_or_not_vouched_for_is_told_so(
    real: str, at: Callable[[str], Browser], subject: str, code: str
) -> None:
    page = at(real)
    assert said(_through(page, subject, return_to="/x?y=1#z")) == code
    assert COOKIE not in page.cookies


def test_who_declines_is_told_so(pliant: str, provider: PliantProvider, at: Callable[[str], Browser]) -> None:
    page = at(pliant)
    _, query = leave(page)
    declined = f"{query['redirect_uri']}?error=access_denied&state={query['state']}"
    assert said(come_back(page, declined)) == "oidc_refused"
    assert provider.asked == []


def test_an_invitation_of_another_address_is_not_accepted(
    real: str, at: Callable[[str], Browser], ann: Person
) -> None:
    token = _invite(ann, f"{new_id('x')}@example.com")
    assert said(_through(at(real), "stranger", invitation_token=token)) == "invitation_of_another"


def _without(name: str) -> Callable[[Claims], str]:
    return lambda claims: signed({each: value for each, value in claims.items() if each != name})


def _but(**changes: Any) -> Callable[[Claims], str]:
    return lambda claims: signed(claims | changes)


def _altered(claims: Claims) -> str:
    """The payload of somebody else under a good signature."""
    head, payload, signature = signed(claims).split(".")
    content = json.loads(base64.urlsafe_b64decode(payload + "=="))
    other = base64.urlsafe_b64encode(json.dumps(content | {"sub": "another"}).encode()).rstrip(b"=").decode()
    return f"{head}.{other}.{signature}"


TAMPERED: dict[str, Callable[[Claims], str]] = {
    "for another client": _but(aud="another"),
    "for several clients without saying which": _but(aud=[CLIENT_ID, "another"]),
    "for several clients, asked by another": _but(aud=[CLIENT_ID, "another"], azp="another"),
    "asked by another client": _but(azp="another"),
    "of another issuer": _but(iss="https://another.example"),
    "to another request": _but(nonce="n" * 43),
    "to no request": _without("nonce"),
    "expired": lambda claims: signed(claims | {"exp": int(time.time()) - 120}),
    "without an end": _without("exp"),
    "of the future": lambda claims: signed(claims | {"iat": int(time.time()) + 3600}),
    "of nobody": _without("sub"),
    "for nobody": _without("aud"),
    "signed with another key": lambda claims: signed(claims, FOREIGN_KEY),
    "signed with a key that is not the provider's": lambda claims: signed(claims, FOREIGN_KEY, kid="another"),
    "not signed": lambda claims: jwt.encode(claims, "", algorithm="none", headers={"kid": KID}),
    "signed with the client's secret": lambda claims: signed(claims, CLIENT_SECRET, algorithm="HS256"),
    "altered after it was signed": _altered,
    "no token": lambda _: "nonsense",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_token_that_does_not_hold_opens_nothing(
    pliant: str, provider: PliantProvider, at: Callable[[str], Browser], ann: Person, how: str
) -> None:
    page = at(pliant)
    token = _invite(ann, provider.email)
    provider.token = TAMPERED[how]
    assert said(_through_pliant(page, provider, invitation_token=token)) == "oidc_refused"
    assert COOKIE not in page.cookies
    # The same but honest, which shows that nothing else was wrong.
    provider.token = signed
    assert said(_through_pliant(page, provider, invitation_token=token)) is None


def test_the_code_is_exchanged_with_the_secret_and_the_verifier_of_its_challenge(
    pliant: str, provider: PliantProvider, at: Callable[[str], Browser]
) -> None:
    page = at(pliant)
    _, query = leave(page)
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["redirect_uri"] == f"{PUBLIC}/v1/session/oidc/callback"
    come_back(page, f"{query['redirect_uri']}?code=the-code&state={query['state']}")
    (asked,) = provider.asked
    digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == query["code_challenge"]
    assert asked["code"] == "the-code"
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert asked["authorization"] == f"Basic {basic}"


def test_coming_back_needs_the_browser_that_left_and_its_state_once(
    pliant: str, provider: PliantProvider, at: Callable[[str], Browser], sessions: SessionFactory
) -> None:
    provider.email = make_account(sessions).email
    page, other = at(pliant), at(pliant)
    _, query = leave(page)
    provider.nonce = query["nonce"]
    good = f"{query['redirect_uri']}?code=c&state={query['state']}"
    assert_problem(come_back(other, good), 400, "oidc_state_invalid")
    leave(other)
    assert_problem(come_back(other, good), 400, "oidc_state_invalid")
    for wrong in (
        f"{query['redirect_uri']}?code=c",
        f"{good}x",
        f"{query['redirect_uri']}?code=c&state=%C3%BC",
    ):
        assert_problem(come_back(page, wrong), 400, "oidc_state_invalid")
    assert said(come_back(page, f"{good}&iss=https://another.example")) == "oidc_refused"
    assert_problem(come_back(page, good), 400, "oidc_state_invalid")  # it was used
    page.cookies.set("cartridges_sign_in", "bm9uc2Vuc2U=", domain="127.0.0.1", path="/")
    assert_problem(come_back(page, good), 400, "oidc_state_invalid")
    assert provider.asked == []


@pytest.mark.parametrize(
    "elsewhere", ["https://other.example", "//other.example", "/\\other.example", "corpora", "/a\nb", "/a\\b"]
)
def test_a_browser_returns_to_a_path_of_this_service_and_nowhere_else(
    pliant: str, at: Callable[[str], Browser], elsewhere: str
) -> None:
    refused = at(pliant).post("/v1/session/oidc", json={"return_to": elsewhere})
    assert_problem(refused, 422, "invalid_request")


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://10.0.0.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_names_what_none_may_is_not_asked(
    settings: ApiSettings, provider: PliantProvider, at: Callable[[str], Browser], discovery: dict[str, str]
) -> None:
    provider.discovery = discovery
    with _api_with(settings, provider.url) as url:
        assert_problem(at(url).post("/v1/session/oidc", json={}), 503, "oidc_unavailable")


def test_a_provider_that_is_away_is_said_to_be_and_a_path_without_one_is_not_there(
    settings: ApiSettings, sessions: Any, at: Callable[[str], Browser], api_url: str
) -> None:
    with _api_with(settings, "http://127.0.0.1:9") as url:
        assert_problem(at(url).post("/v1/session/oidc", json={}), 503, "oidc_unavailable")
    with browser(api_url) as page:
        assert page.get("/v1/session/ways").json()["oidc"] is None
        assert_problem(page.post("/v1/session/oidc", json={}), 404, "not_found")
        assert_problem(page.get("/v1/session/oidc/callback"), 404, "not_found")


def test_who_signs_in_again_by_another_account_of_the_provider_is_somebody_else(
    pliant: str, provider: PliantProvider, at: Callable[[str], Browser], sessions: SessionFactory
) -> None:
    provider.email = make_account(sessions).email
    first, second = at(pliant), at(pliant)
    assert said(_through_pliant(first, provider)) is None
    # What counts is the subject: an address may pass to somebody else, who is not the account's owner any more.
    provider.email = f"{new_id('x')}@example.com"
    assert said(_through_pliant(second, provider)) is None
    assert first.get("/v1/session").json()["person"] == second.get("/v1/session").json()["person"]
