"""Members of a tenant and invitations to it: who may what to whom, and what an invitation is good for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.tables import Invitation
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole
from services.api.app import create_app
from services.api.settings import ApiSettings
from tests.api.browser import PASSWORD, Account, Browser, browser, join, make_account
from tests.api.conftest import Person, assert_problem, serving

As = Callable[[MemberRole], Browser]


@pytest.fixture
def as_role(api_url: str, sessions: SessionFactory, ann: Person) -> Iterator[As]:
    """The browser of somebody new who has a role in Ann's tenant."""
    with ExitStack() as opened:

        def sign_in(role: MemberRole) -> Browser:
            page = opened.enter_context(browser(api_url))
            page.sign_in(make_account(sessions, ann.tenant_id, role).email)
            return page

        yield sign_in


@pytest.fixture
def guest(api_url: str) -> Iterator[Browser]:
    """The browser of somebody who is not signed in."""
    with browser(api_url) as page:
        yield page


def _invited(
    http: httpx.Client, email: str | None = None, role: str = "member", **more: Any
) -> httpx.Response:
    body = {"email": email or f"{new_id('x')}@example.com", "role": role}
    return http.post("/v1/invitations", json=body, **more)


def _accept(http: httpx.Client, token: str, password: str | None = PASSWORD, **more: Any) -> httpx.Response:
    return http.post("/v1/invitations/accept", json={"token": token, "password": password, **more})


def _member_id(http: httpx.Client, email: str) -> str:
    (found,) = [each for each in http.get("/v1/members").json()["data"] if each["person"]["email"] == email]
    member_id: str = found["id"]
    return member_id


def _mine(page: Browser) -> str:
    (found,) = [each["id"] for each in page.get("/v1/members").json()["data"] if each["is_caller"]]
    return str(found)


def test_who_accepts_an_invitation_has_an_account_a_session_and_the_role(
    guest: Browser, as_role: As, ann: Person
) -> None:
    owner = as_role(MemberRole.OWNER)
    made = _invited(owner, role="viewer").json()
    assert made["status"] == "open"
    assert made["link"] is None
    shown = guest.post("/v1/invitations/preview", json={"token": made["token"]}).json()
    assert (shown["email"], shown["role"]) == (made["email"], "viewer")
    told = guest.take_over(_accept(guest, made["token"], name="New Comer"))
    assert told["person"]["name"] == "New Comer"
    assert (told["tenant"]["id"], told["scopes"]) == (ann.tenant_id, ["read", "query"])
    assert guest.get("/v1/corpora").status_code == 200
    listed = owner.get("/v1/invitations").json()["data"]
    assert [(each["id"], each["status"]) for each in listed] == [(made["id"], "accepted")]
    assert not {"token", "hash", "link"} & set(listed[0])
    members = owner.get("/v1/members").json()["data"]
    assert (members[0]["person"]["email"], members[0]["role"]) == (made["email"], "viewer")
    assert [entry["action"] for entry in ann.http.get("/v1/audit").json()["data"]][:3] == [
        "session.created", "member.joined", "invitation.created"
    ]  # fmt: skip


def test_an_account_that_is_there_accepts_with_its_own_password(
    guest: Browser, ann: Person, bob: Person, sessions: SessionFactory
) -> None:
    account = make_account(sessions, bob.tenant_id)
    token = _invited(ann.http, account.email).json()["token"]
    assert_problem(_accept(guest, token, "a password of the inviter"), 401, "sign_in_failed")
    told = _accept(guest, token).json()
    assert told["person"]["id"] == account.person_id
    assert told["tenant"]["id"] == ann.tenant_id
    assert {each["id"] for each in told["tenants"]} == {ann.tenant_id, bob.tenant_id}


def test_who_is_signed_in_accepts_what_is_for_its_own_address(
    guest: Browser, ann: Person, bob: Person, sessions: SessionFactory
) -> None:
    account = make_account(sessions, bob.tenant_id)
    guest.sign_in(account.email)
    foreign = _invited(ann.http).json()["token"]
    assert_problem(_accept(guest, foreign), 403, "invitation_of_another")
    own = _invited(ann.http, account.email.upper()).json()["token"]
    word = guest.headers.pop("X-CSRF-Token")
    assert_problem(_accept(guest, own, None), 403, "csrf_failed")
    guest.headers["X-CSRF-Token"] = word
    assert _accept(guest, own, None).json()["tenant"]["id"] == ann.tenant_id
    assert guest.get("/v1/me").json()["tenant"]["id"] == ann.tenant_id


def test_an_invitation_is_good_once_even_for_two_at_the_same_time(
    api_url: str, ann: Person, guest: Browser
) -> None:
    token = _invited(ann.http).json()["token"]

    def accept(_: int) -> int:
        with browser(api_url) as page:
            return _accept(page, token).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(accept, range(4)))
    assert statuses[0] == 200
    assert 200 not in statuses[1:]
    assert not [status for status in statuses if status >= 500]
    assert_problem(_accept(guest, token), 404, "invitation_invalid")


def test_what_is_no_invitation_any_more_opens_nothing(
    guest: Browser, ann: Person, sessions: SessionFactory
) -> None:
    revoked, expired, replaced = (_invited(ann.http).json() for _ in range(3))
    for _ in range(2):
        assert ann.http.delete(f"/v1/invitations/{revoked['id']}").status_code == 204
    with sessions.begin() as session:
        mine = update(Invitation).where(Invitation.id == expired["id"])
        session.execute(mine.values(expires_at=Invitation.expires_at - timedelta(days=7)))
    assert _invited(ann.http, replaced["email"]).status_code == 201
    for token in (revoked["token"], expired["token"], replaced["token"], "x" * 43):
        assert_problem(
            guest.post("/v1/invitations/preview", json={"token": token}), 404, "invitation_invalid"
        )
        assert_problem(_accept(guest, token), 404, "invitation_invalid")
    statuses = {each["id"]: each["status"] for each in ann.http.get("/v1/invitations").json()["data"]}
    assert (statuses[revoked["id"]], statuses[expired["id"]]) == ("revoked", "expired")
    ended = ann.http.get("/v1/audit", params={"action": "invitation.revoked"}).json()["data"]
    assert [entry["target_id"] for entry in ended] == [revoked["id"]]


def test_a_new_accounts_password_has_to_do(guest: Browser, ann: Person) -> None:
    made = _invited(ann.http).json()
    for weak in ("short", "aaaaaaaaaaaaaaaa", made["email"]):
        refused = assert_problem(_accept(guest, made["token"], weak), 422, "invalid_request")
        assert refused["errors"][0]["field"] == "body.password"
    assert_problem(_accept(guest, made["token"], None), 401, "session_invalid")
    assert _accept(guest, made["token"]).status_code == 200


def test_who_is_in_the_tenant_is_not_invited_again(ann: Person, sessions: SessionFactory) -> None:
    account = make_account(sessions, ann.tenant_id)
    assert_problem(_invited(ann.http, account.email), 409, "member_exists")


def test_the_link_is_to_where_browsers_find_the_service_and_keeps_its_secret_from_servers(
    settings: ApiSettings, ann: Person
) -> None:
    public = settings.model_copy(update={"public_url": "https://app.example"})
    with serving(create_app(public)) as url:
        headers = {"Authorization": f"Bearer {ann.key}"}
        with httpx.Client(base_url=url, headers=headers) as http:
            made = _invited(http).json()
    assert made["link"] == f"https://app.example/invitation#token={made['token']}"


def test_a_role_is_given_and_taken_by_who_has_it_or_a_higher_one(
    as_role: As, ann: Person, sessions: SessionFactory
) -> None:
    owner, admin, member = as_role(MemberRole.OWNER), as_role(MemberRole.ADMIN), as_role(MemberRole.MEMBER)
    owners, other = (
        _mine(owner),
        _member_id(owner, make_account(sessions, ann.tenant_id, MemberRole.VIEWER).email),
    )
    for lesser in (admin, ann.http):  # a key stands with admins
        assert_problem(_invited(lesser, role="owner"), 403, "role_above")
        assert _invited(lesser, role="admin").status_code == 201
        for role in ("owner", "viewer"):
            assert_problem(lesser.patch(f"/v1/members/{owners}", json={"role": role}), 403, "role_above")
        assert_problem(lesser.delete(f"/v1/members/{owners}"), 403, "role_above")
        assert_problem(lesser.patch(f"/v1/members/{other}", json={"role": "owner"}), 403, "role_above")
        assert lesser.patch(f"/v1/members/{other}", json={"role": "admin"}).json()["role"] == "admin"
        assert lesser.patch(f"/v1/members/{other}", json={"role": "viewer"}).json()["role"] == "viewer"
    assert_problem(member.patch(f"/v1/members/{other}", json={"role": "member"}), 403, "scope_missing")
    assert_problem(member.delete(f"/v1/members/{other}"), 403, "scope_missing")
    assert_problem(_invited(member, role="viewer"), 403, "scope_missing")
    assert owner.patch(f"/v1/members/{other}", json={"role": "owner"}).json()["role"] == "owner"
    changes = ann.http.get("/v1/audit", params={"action": "member.changed"}).json()["data"]
    assert changes[0]["details"] == {"before": "viewer", "role": "owner"}


def test_an_answer_to_an_owner_is_not_given_again_to_who_stands_lower(as_role: As) -> None:
    owner, admin = as_role(MemberRole.OWNER), as_role(MemberRole.ADMIN)
    email, once = f"{new_id('x')}@example.com", {"Idempotency-Key": new_id("once")}
    made = _invited(owner, email, headers=once).json()
    assert _invited(owner, email, headers=once).json()["token"] == made["token"]
    assert_problem(_invited(admin, email, headers=once), 409, "idempotency_key_reused")


def test_the_last_owner_stays(as_role: As, ann: Person) -> None:
    first, second = as_role(MemberRole.OWNER), as_role(MemberRole.OWNER)
    mine, others = _mine(first), _mine(second)
    assert first.delete(f"/v1/members/{others}").status_code == 204
    for refused in (
        first.delete(f"/v1/members/{mine}"),
        first.patch(f"/v1/members/{mine}", json={"role": "admin"}),
    ):
        assert_problem(refused, 409, "last_owner")
    assert first.get("/v1/me").json()["role"] == "owner"


def test_two_owners_who_remove_each_other_at_once_leave_one(as_role: As) -> None:
    for _ in range(3):
        first, second = as_role(MemberRole.OWNER), as_role(MemberRole.OWNER)
        targets = {first: _mine(second), second: _mine(first)}
        # Nobody else is an owner.
        for each in first.get("/v1/members").json()["data"]:
            if each["role"] == "owner" and each["id"] not in targets.values():
                first.delete(f"/v1/members/{each['id']}")
        with ThreadPoolExecutor(2) as pool:
            removals = [pool.submit(page.delete, f"/v1/members/{each}") for page, each in targets.items()]
        statuses = [removal.result().status_code for removal in removals]
        assert statuses.count(204) == 1, statuses
        alive = first if statuses[0] == 204 else second
        owners = [each for each in alive.get("/v1/members").json()["data"] if each["role"] == "owner"]
        assert len(owners) == 1


def test_who_is_removed_is_out_with_its_next_request(as_role: As, ann: Person) -> None:
    gone = as_role(MemberRole.ADMIN)
    assert gone.get("/v1/corpora").status_code == 200
    assert ann.http.delete(f"/v1/members/{_mine(gone)}").status_code == 204
    assert_problem(gone.get("/v1/corpora"), 403, "tenant_missing")
    assert_problem(gone.get("/v1/corpora", headers={"X-Tenant": ann.tenant_id}), 404, "not_found")


def test_a_changed_role_holds_with_the_next_request(as_role: As, ann: Person) -> None:
    page = as_role(MemberRole.MEMBER)
    assert page.post("/v1/corpora", json={"name": "a"}).status_code == 201
    assert ann.http.patch(f"/v1/members/{_mine(page)}", json={"role": "viewer"}).status_code == 200
    assert_problem(page.post("/v1/corpora", json={"name": "b"}), 403, "scope_missing")


def test_members_are_listed_in_pages_and_are_those_of_the_tenant(
    as_role: As, ann: Person, bob: Person, sessions: SessionFactory
) -> None:
    both: Account = make_account(sessions, bob.tenant_id)
    join(sessions, both, ann.tenant_id, MemberRole.VIEWER)
    page = as_role(MemberRole.VIEWER)
    first = page.get("/v1/members", params={"limit": 1}).json()
    rest = page.get("/v1/members", params={"cursor": first["next_cursor"]}).json()
    assert [each["is_caller"] for each in first["data"] + rest["data"]] == [True, False]
    assert not rest["has_more"]
    assert [each["person"]["email"] for each in bob.http.get("/v1/members").json()["data"]] == [both.email]
    foreign = _member_id(bob.http, both.email)
    for refused in (
        ann.http.get(f"/v1/members/{foreign}"),
        ann.http.patch(f"/v1/members/{foreign}", json={"role": "viewer"}),
        ann.http.delete(f"/v1/members/{foreign}"),
    ):
        assert_problem(refused, 404, "not_found")
