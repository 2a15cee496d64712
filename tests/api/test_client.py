"""The product's own client and the api agree: what one sends the other takes, errors included."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartridge_client import ApiError, Client
from tests.api.conftest import Belongings, Person


@pytest.fixture
def client(ann: Person, api_url: str) -> Client:
    return Client(api_url, ann.key)


def test_files_are_uploaded_and_counted(client: Client, tmp_path: Path) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.md"]
    for path in paths:
        path.write_text("Ward 3 has 11 beds.\n" * 10_000)
    sent: list[tuple[int, int]] = []
    corpus = client.create_corpus("wards")
    client.upload_documents(corpus.id, paths, lambda done, total: sent.append((done, total)))
    assert sent[-1] == (400_000, 400_000)
    assert [
        document.name for document in client.every(lambda **page: client.documents(corpus.id, 1, **page))
    ] == [
        "b.md",
        "a.txt",
    ]
    client.delete_corpus(corpus.id)
    assert client.corpora().data == ()


def test_a_job_is_followed_to_its_end(client: Client, belongings: Belongings) -> None:
    job = client.create_training_job(belongings.corpus_id, recipe={"cartridge_tokens": 64})
    client.cancel_training_job(job.id)
    assert [event.seq for event in client.follow(job.id)] == [1, 2]
    assert client.training_job(job.id).finished


def test_answers_come_whole_and_piece_by_piece(client: Client, belongings: Belongings) -> None:
    messages: list[Any] = [{"role": "user", "content": "How many beds?"}]
    whole = client.chat(messages, cartridges=[belongings.cartridge_id])
    pieces = list(client.chat_stream(messages, cartridges=[belongings.cartridge_id]))
    assert "".join(piece.text for piece in pieces) == whole.text == "Ward 3 has 11 beds."
    assert whole.usage is not None
    assert pieces[-1].usage == whole.usage
    assert whole.usage.cartridge_tokens == 32


def test_a_refusal_arrives_in_the_apis_own_words(client: Client) -> None:
    with pytest.raises(ApiError, match="no corpus crp_nowhere") as caught:
        client.corpus("crp_nowhere")
    assert (caught.value.status, caught.value.code) == (404, "not_found")
    assert caught.value.request_id


def test_keys_are_made_rotated_and_revoked_and_all_of_it_is_on_record(client: Client) -> None:
    made = client.create_key("ci", scopes=["query"], expires_at=datetime.now(UTC) + timedelta(days=1))
    rotated = client.rotate_key(made.id, grace_seconds=60)
    assert (rotated.replaces, rotated.scopes) == (made.id, ("query",))
    assert client.revoke_key(rotated.id).revoked_at is not None
    assert {key.id for key in client.every(client.keys)} >= {made.id, rotated.id}
    actions = [entry.action for entry in client.every(client.audit)]
    assert actions == ["key.revoked", "key.rotated", "key.created"]


def test_use_and_quotas_are_told(client: Client) -> None:
    client.chat([{"role": "user", "content": "How many beds?"}])
    assert {each.kind: each.amount for each in client.usage()}["completion_tokens"] == 3
    assert {quota.name: quota.used for quota in client.quotas()}["corpora"] == 0
