"""A corpus's name answers from its preview, then from its trained cartridge, and no request notices the change."""

import threading
from pathlib import Path
from typing import Any

import openai
import pytest

from cartridge_store.db.engine import SessionFactory
from cartridge_store.db.repositories import attempts, corpora, documents, jobs, previews
from cartridge_store.db.repositories.attempts import PublishedCartridge
from cartridge_store.db.repositories.documents import NewDocument
from cartridge_store.db.tables import CartridgeStatus, TrainingJob
from cartridge_store.ids import new_id
from cartridge_store.objects import ObjectStore
from tests.api.conftest import Belongings, Person, assert_problem
from tests.api.stand_in import BASE_MODEL, FINGERPRINT, InferenceStandIn

QUESTION: list[Any] = [{"role": "user", "content": "How many beds?"}]
NOTE = "A preview: 600 tokens in 24 positions."


class Ward:
    """A corpus of one document, and the trainer's side of it."""

    def __init__(self, sessions: SessionFactory, tenant_id: str) -> None:
        self._sessions = sessions
        self.tenant_id = tenant_id
        with sessions.begin() as session:
            corpus = corpora.create(session, tenant_id, "wards")
            new = NewDocument(new_id("doc"), "a.txt", "text/plain", 5, "0" * 64, f"tenants/{tenant_id}/x")
            documents.create(session, tenant_id, corpus.id, new)
            self.corpus_id = corpus.id

    def order_preview(self) -> str:
        with self._sessions.begin() as session:
            corpus = corpora.get(session, self.tenant_id, self.corpus_id)
            return previews.order(session, corpus, base_model=BASE_MODEL, recipe={}).id

    def order_training(self) -> str:
        with self._sessions.begin() as session:
            return jobs.create(
                session, self.tenant_id, corpus_id=self.corpus_id, name="wards", recipe={}, base_model=BASE_MODEL
            ).id  # fmt: skip

    def publish(self, job_id: str, digest: str, status: CartridgeStatus = CartridgeStatus.READY) -> str:
        """Let a worker make the job's cartridge; its id."""
        key = f"tenants/{self.tenant_id}/cartridges/{digest}.safetensors"
        report = {"note": NOTE, "gap_closed": 0.2}
        made = PublishedCartridge("wards", digest, key, 100, 24, FINGERPRINT, status, report)
        with self._sessions.begin() as session:
            attempts.claim(session, job_id, "w", 60)
            return attempts.publish(session, job_id, 1, made).id


@pytest.fixture
def ward(sessions: SessionFactory, ann: Person) -> Ward:
    return Ward(sessions, ann.tenant_id)


@pytest.fixture
def client(ann: Person, api_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{api_url}/v1", api_key=ann.key, max_retries=0)


def _ask(client: openai.OpenAI, name: str) -> str:
    """Chat with what `name` means; the id of the cartridge that answered."""
    stream = client.chat.completions.create(model=f"{BASE_MODEL}:{name}", messages=QUESTION, stream=True)
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    (used,) = chunks[0].model_extra["cartridges"] if chunks[0].model_extra else ()
    return str(used)


def test_a_preview_says_that_it_is_one(ann: Person, ward: Ward) -> None:
    job_id = ward.order_preview()
    job = ann.http.get(f"/v1/training-jobs/{job_id}").json()
    assert (job["kind"], job["state"], job["corpus_version"]) == ("preview", "queued", 1)
    cartridge_id = ward.publish(job_id, "aa" * 32)
    cartridge = ann.http.get(f"/v1/cartridges/{cartridge_id}").json()
    assert (cartridge["kind"], cartridge["status"]) == ("preview", "ready")
    assert cartridge["report"]["note"] == NOTE


def test_no_request_fails_while_the_trained_cartridge_takes_the_previews_place(
    client: openai.OpenAI, ward: Ward
) -> None:
    preview = ward.publish(ward.order_preview(), "aa" * 32)
    training = ward.order_training()
    answered: list[tuple[str, str]] = []
    failures: list[Exception] = []
    published, stopping = threading.Event(), threading.Event()

    def ask_on(name: str) -> None:
        while not stopping.is_set():
            try:
                answered.append((name, _ask(client, name)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what this test looks for
                failures.append(error)

    names = (ward.corpus_id, ward.corpus_id, preview)
    threads = [threading.Thread(target=ask_on, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    _wait_until(lambda: len(answered) > 10)
    trained = ward.publish(training, "bb" * 32)
    published.set()
    seen = len(answered)
    _wait_until(lambda: len(answered) > seen + 20)
    stopping.set()
    for thread in threads:
        thread.join()
    assert failures == []
    by_corpus = [cartridge for name, cartridge in answered if name == ward.corpus_id]
    assert by_corpus[0] == preview
    assert by_corpus[-1] == trained
    # Whoever names the preview itself goes on with it.
    assert {cartridge for name, cartridge in answered if name == preview} == {preview}


def _wait_until(condition: Any) -> None:
    waiting = threading.Event()
    for _ in range(600):
        if condition():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come so far in 30 s")


def test_a_corpus_keeps_its_preview_as_long_as_training_needs_a_review(
    client: openai.OpenAI, ann: Person, ward: Ward
) -> None:
    preview = ward.publish(ward.order_preview(), "aa" * 32)
    trained = ward.publish(ward.order_training(), "bb" * 32, CartridgeStatus.NEEDS_REVIEW)
    assert _ask(client, ward.corpus_id) == preview
    assert ann.http.patch(f"/v1/cartridges/{trained}", json={"status": "ready"}).status_code == 200
    assert _ask(client, ward.corpus_id) == trained


def test_a_corpus_is_listed_as_a_model_once_it_has_a_cartridge(client: openai.OpenAI, ward: Ward) -> None:
    name = f"{BASE_MODEL}:{ward.corpus_id}"
    with pytest.raises(openai.NotFoundError, match="for a corpus that has one"):
        client.models.retrieve(name)
    with pytest.raises(openai.NotFoundError, match="There is no model"):
        _ask(client, ward.corpus_id)
    ward.publish(ward.order_preview(), "aa" * 32)
    assert client.models.retrieve(name).id == name
    assert name in [model.id for model in client.models.list()]


def test_a_corpus_may_be_named_among_cartridges_but_not_beside_the_one_it_means(
    ann: Person, ward: Ward, belongings: Belongings, stand_in: InferenceStandIn
) -> None:
    preview = ward.publish(ward.order_preview(), "cc" * 32)
    body = {
        "model": BASE_MODEL,
        "messages": QUESTION,
        "cartridges": [belongings.cartridge_id, ward.corpus_id],
    }
    answer = ann.http.post("/v1/chat/completions", json=body).json()
    assert answer["cartridges"] == [belongings.cartridge_id, preview]
    assert stand_in.request["cartridges"] == ["ab" * 32, "cc" * 32]
    body["cartridges"] = [preview, ward.corpus_id]
    assert_problem(ann.http.post("/v1/chat/completions", json=body), 400, "cartridge_repeated")


def test_a_corpus_of_another_tenant_means_nothing(bob: Person, ward: Ward) -> None:
    ward.publish(ward.order_preview(), "aa" * 32)
    body: dict[str, Any] = {"model": f"{BASE_MODEL}:{ward.corpus_id}", "messages": QUESTION}
    assert_problem(bob.http.post("/v1/chat/completions", json=body), 404, "model_not_found")
    body = {"model": BASE_MODEL, "messages": QUESTION, "cartridges": [ward.corpus_id]}
    assert_problem(bob.http.post("/v1/chat/completions", json=body), 404, "not_found")
    assert_problem(bob.http.get(f"/v1/models/{BASE_MODEL}:{ward.corpus_id}"), 404, "model_not_found")


def test_a_preview_that_failed_is_tried_again_once(ann: Person, ward: Ward, sessions: SessionFactory) -> None:
    job_id = ward.order_preview()
    with sessions.begin() as session:
        attempts.claim(session, job_id, "w", 60)
        attempts.finish_failed(session, job_id, 1, "internal_error", "out of luck")
    again = ann.http.post(f"/v1/training-jobs/{job_id}/retry")
    assert again.status_code == 201, again.text
    assert (again.json()["kind"], again.json()["retry_of"]) == ("preview", job_id)
    assert_problem(ann.http.post(f"/v1/training-jobs/{job_id}/retry"), 409, "preview_exists")


def test_a_preview_does_not_keep_its_corpus_from_being_deleted_and_goes_with_it(
    ann: Person, ward: Ward, sessions: SessionFactory, objects: ObjectStore, tmp_path: Path
) -> None:
    job_id = ward.order_preview()
    preview = ward.publish(job_id, "aa" * 32)
    trained = ward.publish(ward.order_training(), "bb" * 32)
    with sessions.begin() as session:
        new = NewDocument(new_id("doc"), "b.txt", "text/plain", 5, "0" * 64, f"tenants/{ann.tenant_id}/y")
        documents.create(session, ann.tenant_id, ward.corpus_id, new)
    running = ward.order_preview()
    with sessions.begin() as session:
        attempts.claim(session, running, "w", 60)
    assert ann.http.delete(f"/v1/corpora/{ward.corpus_id}").status_code == 204
    assert_problem(ann.http.get(f"/v1/cartridges/{preview}"), 404, "not_found")
    assert ann.http.get(f"/v1/cartridges/{trained}").status_code == 200
    with sessions() as session:
        assert session.get(TrainingJob, running) is None
