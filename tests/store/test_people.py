"""People in the store: seen by what they present, by themselves and by those who share a tenant, and by nobody else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from cartridge_store import passwords
from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import invitations, memberships, people, person_sessions
from cartridge_store.db.scope import enter_person, enter_tenant, present_session
from cartridge_store.db.tables import (
    Identity,
    Invitation,
    Membership,
    Password,
    Person,
    PersonSession,
    Tenant,
)
from cartridge_store.errors import ConflictError, NotFoundError
from cartridge_store.ids import new_id
from cartridge_store.members import MemberRole
from cartridge_store.tokens import Purpose, new_token, token_hash

PEPPER = SecretStr("p" * 32)
HOUR = timedelta(hours=1)
TABLES = (Person, Password, Identity, PersonSession, Membership, Invitation)


@dataclass(frozen=True)
class Known:
    """Somebody who is in a tenant, with everything that somebody can have."""

    tenant: Tenant
    person_id: str
    email: str
    subject: str
    session_hash: str
    invitation_hash: str


@pytest.fixture
def make(sessions: SessionFactory) -> Callable[[Tenant], Known]:
    def make_known(tenant: Tenant) -> Known:
        email, subject = f"{new_id('x')}@example.com", new_id("sub")
        session_hash, invitation_hash = new_id("hash"), new_id("hash")
        with sessions.begin() as session:
            person = people.create(session, email, "Ann")
            people.set_password(session, person.id, "hashed")
            people.link_identity(session, person.id, "https://issuer.example", subject)
            memberships.create(session, tenant.id, person.id, MemberRole.OWNER)
            person_sessions.create(
                session, person.id, session_hash, tenant_id=tenant.id, user_agent="", lifetime=HOUR
            )
            invitations.create(
                session, tenant.id, f"{new_id('y')}@example.com", MemberRole.VIEWER, invitation_hash,
                invited_by=person.id, lifetime=HOUR,
            )  # fmt: skip
        return Known(tenant, person.id, email, subject, session_hash, invitation_hash)

    return make_known


@pytest.fixture
def known(make: Callable[[Tenant], Known], tenant: Tenant) -> Known:
    return make(tenant)


def test_a_transaction_that_names_nobody_sees_nobody(api_sessions: SessionFactory, known: Known) -> None:
    with api_sessions() as session:
        for table in TABLES:
            assert session.scalars(select(table)).all() == [], table


def test_workers_have_no_business_with_people(worker_sessions: SessionFactory, known: Known) -> None:
    for table in TABLES:
        with worker_sessions() as session, pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(select(table))


def test_what_is_presented_shows_the_one_row_that_belongs_to_it(
    api_sessions: SessionFactory, make: Callable[[Tenant], Known], tenant: Tenant, known: Known
) -> None:
    make(tenant)
    with api_sessions() as session:
        found = people.find_by_email(session, known.email)
        assert found is not None
        assert session.scalars(select(Person.id)).all() == [known.person_id]
        assert session.scalars(select(Password)).all() == []
    with api_sessions() as session:
        present_session(session, known.session_hash)
        assert session.scalars(select(PersonSession.hash)).all() == [known.session_hash]
        assert session.scalars(select(Person)).all() == []
    with api_sessions() as session:
        assert invitations.find_open(session, known.invitation_hash) is not None
    with api_sessions() as session:
        person = people.find_by_identity(session, "https://issuer.example", known.subject)
        assert person is not None
        assert person.id == known.person_id
        assert people.find_by_identity(session, "https://other.example", known.subject) is None


def test_a_person_sees_its_own_things_and_the_names_of_its_tenants(
    api_sessions: SessionFactory, sessions: SessionFactory, make: Callable[[Tenant], Known], known: Known
) -> None:
    from cartridge_store.db.repositories import tenants

    with sessions.begin() as session:
        other = tenants.create(session, new_id("name"))
    make(other)
    with api_sessions() as session:
        enter_person(session, known.person_id)
        for table in (Person, Password, Identity, PersonSession, Membership):
            assert len(session.scalars(select(table)).all()) == 1, table
        assert session.scalars(select(Invitation)).all() == []
        assert [each.tenant.id for each in memberships.joined(session, known.person_id)] == [known.tenant.id]
        assert session.scalars(select(Tenant.id)).all() == [known.tenant.id]


def test_members_of_a_tenant_see_each_other_and_neither_passwords_nor_sessions(
    api_sessions: SessionFactory, make: Callable[[Tenant], Known], tenant: Tenant, known: Known
) -> None:
    fellow = make(tenant)
    with api_sessions() as session:
        enter_tenant(session, tenant.id)
        assert set(session.scalars(select(Person.id))) == {known.person_id, fellow.person_id}
        page = memberships.list_page(session, tenant.id, limit=1)
        assert [member.person.id for member in page.rows] == [fellow.person_id]
        assert page.has_more
        for table in (Password, Identity, PersonSession):
            assert session.scalars(select(table)).all() == [], table


@pytest.mark.parametrize(
    "attempt",
    [
        "update memberships set tenant_id = 'ten_x'",
        "update memberships set person_id = 'per_x'",
        "update people set email = 'x@example.com'",
        "update person_sessions set person_id = 'per_x'",
        "update person_sessions set expires_at = now()",
        "delete from people",
        "delete from invitations",
        "update identities set subject = 'x'",
    ],
)
def test_the_api_changes_what_it_has_to_and_no_more(api_sessions: SessionFactory, attempt: str) -> None:
    with api_sessions() as session, pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(attempt))


def test_the_api_makes_nobody_a_member_of_a_tenant_that_its_transaction_has_not_entered(
    api_sessions: SessionFactory, known: Known
) -> None:
    with api_sessions() as session:
        enter_person(session, known.person_id)
        with pytest.raises(ProgrammingError, match="row-level security"):
            memberships.create(session, known.tenant.id, known.person_id, MemberRole.OWNER)


def test_an_address_has_one_account_and_a_person_is_in_a_tenant_once(
    sessions: SessionFactory, known: Known
) -> None:
    with sessions.begin() as session:
        with pytest.raises(ConflictError, match="has an account"):
            people.create(session, known.email, "Again")
        with pytest.raises(ConflictError, match="already"):
            memberships.create(session, known.tenant.id, known.person_id, MemberRole.VIEWER)
        with pytest.raises(ConflictError, match="another account"):
            people.link_identity(session, known.person_id, "https://issuer.example", known.subject)


def test_a_session_ends_at_its_end_and_when_it_was_idle(sessions: SessionFactory, known: Known) -> None:
    def found(idle: timedelta = HOUR) -> bool:
        with sessions.begin() as session:
            return person_sessions.find(session, known.session_hash, idle) is not None

    def passes(**columns: timedelta) -> None:
        with sessions.begin() as session:
            mine = update(PersonSession).where(PersonSession.hash == known.session_hash)
            session.execute(mine.values({n: getattr(PersonSession, n) - by for n, by in columns.items()}))

    assert found()
    passes(last_used_at=timedelta(minutes=59))
    assert found()
    assert not found(timedelta(minutes=58))
    with sessions.begin() as session:
        row = person_sessions.find(session, known.session_hash, HOUR)
        assert row is not None
        person_sessions.touch(session, row)
    assert found(timedelta(minutes=1))
    passes(expires_at=HOUR)
    assert not found()


def test_sessions_of_a_person_are_kept_to_a_number_and_forgotten_when_they_have_ended(
    sessions: SessionFactory, known: Known
) -> None:
    with sessions.begin() as session:
        for number in range(55):
            person_sessions.create(
                session, known.person_id, f"{known.session_hash}{number}",
                tenant_id=None, user_agent="", lifetime=HOUR,
            )  # fmt: skip
        alive = person_sessions.list_of(session, known.person_id, HOUR)
        assert len(alive) == 50
        assert alive[0].hash == f"{known.session_hash}54"
        assert person_sessions.end_all(session, known.person_id, but=alive[0].id) == 49
        person_sessions.end(session, known.person_id, alive[0].id)
        with pytest.raises(NotFoundError):
            person_sessions.end(session, known.person_id, alive[0].id)


def test_an_invitation_opens_once_and_a_newer_one_takes_its_place(
    sessions: SessionFactory, tenant: Tenant
) -> None:
    def invite(hashed: str) -> str:
        with sessions.begin() as session:
            return invitations.create(
                session, tenant.id, "x@example.com", MemberRole.VIEWER, hashed, invited_by="x", lifetime=HOUR
            ).id

    first, second = new_id("hash"), new_id("hash")
    invite(first)
    second_id = invite(second)
    with sessions.begin() as session:
        assert invitations.find_open(session, first) is None
        row = invitations.find_open(session, second)
        assert row is not None
        invitations.accept(session, row)
    with sessions.begin() as session:
        assert invitations.find_open(session, second) is None
        assert not invitations.revoke(session, tenant.id, second_id)


def test_roles_cover_what_is_below_them() -> None:
    owner, admin, member, viewer = MemberRole
    assert [admin.covers(role) for role in (owner, admin, member, viewer)] == [False, True, True, True]
    assert viewer.scopes < member.scopes < admin.scopes
    assert owner.scopes == admin.scopes


def test_a_secret_is_good_for_its_purpose_alone_and_shows_itself_to_nobody() -> None:
    made = new_token(PEPPER, Purpose.SESSION)
    assert made.text not in repr(made)
    assert token_hash(made.text, PEPPER, Purpose.SESSION) == made.hash
    assert token_hash(made.text, PEPPER, Purpose.INVITATION) != made.hash
    assert token_hash(made.text, SecretStr("q" * 32), Purpose.SESSION) != made.hash


def test_a_password_is_known_by_its_hash_however_its_characters_are_written() -> None:
    hashed = passwords.hash_password("Caf\u00e9 au lait, s'il vous pla\u00eet")
    assert hashed.startswith("$argon2id$")
    assert passwords.verify("Cafe\u0301 au lait, s'il vous plai\u0302t", hashed)
    assert not passwords.verify("Cafe au lait, s'il vous plait", hashed)
    assert not passwords.verify("anything", None)
    assert not passwords.verify("anything", "no hash")
    assert not passwords.is_outdated(hashed)
    assert passwords.is_outdated(hashed.replace("t=2", "t=1"))


@pytest.mark.parametrize(
    "weak", ["short", "abababababab", "x" * 257, "ANN.LONGNAME@example.com", "ann.longname"]
)
def test_a_password_that_will_not_do_says_why(weak: str) -> None:
    assert passwords.weakness(weak, "ann.longname@example.com")
    assert passwords.weakness("four words of chalk", "ann@example.com") is None
