"""People for tests: accounts in the store, and browsers that are signed in to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from cartridge_store import passwords
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import memberships, people
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole

PASSWORD = "four words of chalk"
# Each is made once: hashing is meant to be slow.
_HASH = passwords.hash_password(PASSWORD)


@dataclass(frozen=True)
class Account:
    person_id: str
    email: str


def make_account(
    sessions: SessionFactory, tenant_id: str | None = None, role: MemberRole = MemberRole.OWNER
) -> Account:
    """Somebody with `PASSWORD` and an address of its own, in a tenant where one is named."""
    email = f"{new_id('x')}@example.com"
    with sessions.begin() as session:
        person = people.create(session, email, "Somebody")
        people.set_password(session, person.id, _HASH)
        if tenant_id is not None:
            memberships.create(session, tenant_id, person.id, role)
    return Account(person.id, email)


def join(sessions: SessionFactory, account: Account, tenant_id: str, role: MemberRole) -> str:
    """Make the account a member of another tenant; the membership's id."""
    with sessions.begin() as session:
        return memberships.create(session, tenant_id, account.person_id, role).id


class Browser(httpx.Client):
    """A browser with its cookies; a page in it sends the session's `csrf_token` with every change."""

    def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        response = self.post("/v1/session", json={"email": email, "password": password})
        assert response.status_code == 201, response.text
        return self.take_over(response)

    def take_over(self, response: httpx.Response) -> dict[str, Any]:
        """Go on with the session that an answer tells of."""
        told: dict[str, Any] = response.json()
        self.headers["X-CSRF-Token"] = told["csrf_token"]
        return told


@contextmanager
def browser(url: str) -> Iterator[Browser]:
    with Browser(base_url=url, timeout=30, headers={"Origin": url}) as made:
        yield made
