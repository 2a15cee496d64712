"""The real api over HTTP, on real Postgres and S3, with a stand-in for inference that keeps its contract."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy.orm import Session
from starlette.types import ASGIApp

from cartridge_store.db.engine import SessionFactory, make_engine, make_session_factory
from cartridge_store.db.migrate import bring_up_to_date
from cartridge_store.db.repositories import (
    api_keys,
    attempts,
    corpora,
    documents,
    invitations,
    jobs,
    person_sessions,
    tenants,
    uploads,
)
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.roles import Role
from cartridge_store.db.tables import CartridgeStatus, DocumentStatus
from cartridge_store.ids import new_id
from cartridge_store.keys import new_key
from cartridge_store.members import MemberRole
from cartridge_store.multipart import MIN_PART_BYTES, Multiparts
from cartridge_store.object_keys import upload_key
from cartridge_store.objects import ObjectStore
from cartridge_store.settings import DatabaseSettings, ObjectStoreSettings
from services.api.app import create_app
from services.api.settings import ApiSettings
from tests.api.browser import join, make_account
from tests.api.stand_in import BASE_MODEL, FINGERPRINT, InferenceStandIn

UPLOAD_LIMIT = 2 * 1024 * 1024
PART = b"some text"
GRANT_SECRET = "g" * 32
PEPPER = SecretStr("p" * 32)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """`app` under uvicorn on a free port; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def stand_in() -> Iterator[InferenceStandIn]:
    inference = InferenceStandIn(SecretStr(GRANT_SECRET))
    with serving(inference.app) as url:
        inference.url = url
        yield inference


@pytest.fixture(autouse=True)
def _stand_in_starts_afresh(stand_in: InferenceStandIn) -> None:
    stand_in.reset()


@pytest.fixture(scope="session")
def settings(backing: Any, stand_in: InferenceStandIn) -> Iterator[ApiSettings]:
    patch = pytest.MonkeyPatch()
    for name, value in backing.environment.items():
        patch.setenv(name, value)
    yield ApiSettings(
        database_url=backing.environment[Role.API.url_variable],
        inference_url=stand_in.url,
        base_model=Path("models") / BASE_MODEL,
        grant_secret=SecretStr(GRANT_SECRET),
        key_pepper=PEPPER,
        max_upload_bytes=UPLOAD_LIMIT,
        max_corpus_bytes=2 * UPLOAD_LIMIT,
        # All tests come from one address.
        sign_ins_address=100_000,
        event_poll_seconds=0.05,
        # Tests change keys and limits behind the api's back; `test_verified_keys` has it trust them.
        key_trust_seconds=0,
    )
    patch.undo()


@pytest.fixture(scope="session")
def sessions(backing: Any) -> Iterator[SessionFactory]:
    """Sessions of the tables' owner, with which tests arrange and look; the api has its own."""
    bring_up_to_date(backing.environment)
    owner = DatabaseSettings(database_url=backing.environment["CARTRIDGES_DATABASE_URL"])
    engine = make_engine(owner)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def worker_sessions(backing: Any, sessions: SessionFactory) -> Iterator[SessionFactory]:
    """Sessions as trainer and dispatcher have them."""
    engine = make_engine(DatabaseSettings(database_url=backing.environment[Role.WORKER.url_variable]))
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def objects(settings: ApiSettings) -> ObjectStore:
    store = ObjectStore(settings)
    store.ensure_bucket()
    return store


@pytest.fixture(scope="session")
def api_url(settings: ApiSettings, sessions: SessionFactory, objects: ObjectStore) -> Iterator[str]:
    with serving(create_app(settings)) as url:
        yield url


@dataclass(frozen=True)
class Person:
    """A tenant with its key and a client that sends it."""

    tenant_id: str
    key: str
    http: httpx.Client


@contextmanager
def _person(sessions: SessionFactory, api_url: str) -> Iterator[Person]:
    key = new_key(PEPPER)
    with sessions.begin() as session:
        tenant = tenants.create(session, new_id("name"))
        api_keys.create(session, tenant.id, "test", key)
    headers = {"Authorization": f"Bearer {key.text}"}
    with httpx.Client(base_url=api_url, headers=headers, timeout=30) as http:
        yield Person(tenant.id, key.text, http)


@pytest.fixture
def ann(sessions: SessionFactory, api_url: str) -> Iterator[Person]:
    with _person(sessions, api_url) as person:
        yield person


@pytest.fixture
def bob(sessions: SessionFactory, api_url: str) -> Iterator[Person]:
    with _person(sessions, api_url) as person:
        yield person


@dataclass(frozen=True)
class Belongings:
    """Something of everything, owned by one tenant; and a session of somebody who is in it."""

    tenant_id: str
    corpus_id: str
    document_id: str
    job_id: str
    cartridge_id: str
    key_id: str
    member_id: str
    invitation_id: str
    session_id: str
    upload_id: str
    content: bytes

    @property
    def ids(self) -> tuple[str, ...]:
        """Of what is the tenant's and goes with it; a session is its person's."""
        return (
            self.tenant_id, self.corpus_id, self.document_id, self.job_id, self.cartridge_id, self.key_id,
            self.member_id, self.invitation_id, self.upload_id,
        )  # fmt: skip


def give_belongings(
    sessions: SessionFactory, objects: ObjectStore, tmp: Path, tenant_id: str, fingerprint: str = FINGERPRINT
) -> Belongings:
    """A corpus with a document, and a job of it that made a cartridge."""
    content = new_id("bytes").encode() * 100
    (tmp / "content").write_bytes(content)
    digest = "ab" * 32
    key = f"tenants/{tenant_id}/cartridges/{digest}.safetensors"
    objects.put_file(key, tmp / "content")
    with sessions.begin() as session:
        corpus = corpora.create(session, tenant_id, "wards")
        document = NewDocument(new_id("doc"), "a.txt", "text/plain", 5, "0" * 64, f"tenants/{tenant_id}/x")
        documents.create(session, tenant_id, corpus.id, document)
        job = jobs.create(
            session, tenant_id, corpus_id=corpus.id, name="wards", recipe={}, base_model=BASE_MODEL
        )
        attempts.claim(session, job.id, "w", 60)
        attempts.append_event(session, job.id, 1, "log", {"level": "info", "message": "working"})
        published = PublishedCartridge(
            "wards", digest, key, len(content), 32, fingerprint, CartridgeStatus.READY, {"kv_ratio": 20.0}
        )
        cartridge = attempts.publish(session, job.id, 1, published)
        key = api_keys.create(session, tenant_id, "spare", new_key(PEPPER))
        upload_id = _begin_upload(session, tenant_id, corpus.id)
    somebody = make_account(sessions)
    member_id = join(sessions, somebody, tenant_id, MemberRole.MEMBER)
    with sessions.begin() as session:
        hour = timedelta(hours=1)
        invitation = invitations.create(
            session, tenant_id, f"{new_id('x')}@example.com", MemberRole.MEMBER, new_id("hash"),
            invited_by=key.id, lifetime=hour,
        )  # fmt: skip
        signed_in = person_sessions.create(
            session, somebody.person_id, new_id("hash"), tenant_id=tenant_id, user_agent="", lifetime=hour
        )
    return Belongings(
        tenant_id, corpus.id, document.id, job.id, cartridge.id, key.id,
        member_id, invitation.id, signed_in.id, upload_id, content,
    )  # fmt: skip


def _begin_upload(session: Session, tenant_id: str, corpus_id: str) -> str:
    """An upload of one part, of which nothing has arrived."""
    document_id = new_id("doc")
    key = upload_key(tenant_id, document_id)
    document = NewDocument(
        document_id, "b.txt", "text/plain", len(PART), None, key, status=DocumentStatus.UPLOADING
    )
    documents.add(session, tenant_id, corpus_id, [document])
    upload = uploads.create(
        session, tenant_id, corpus_id=corpus_id, document_id=document_id, name="b.txt", object_key=key,
        multipart_id=Multiparts(ObjectStoreSettings()).begin(key, "text/plain"), size_bytes=len(PART),
        part_bytes=MIN_PART_BYTES, seconds=3600,
    )  # fmt: skip
    return upload.id


@pytest.fixture
def fresh_belongings(
    sessions: SessionFactory, objects: ObjectStore, ann: Person, tmp_path: Path
) -> Callable[[], Belongings]:
    return lambda: give_belongings(sessions, objects, tmp_path, ann.tenant_id)


@pytest.fixture
def belongings(fresh_belongings: Callable[[], Belongings]) -> Belongings:
    return fresh_belongings()


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is a problem document, complete, with this status and code."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["detail"]
    assert body["type"].endswith(code)
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["error"]["message"] == body["detail"]
    return body
