"""A connection that breaks in the middle of a creation: it is sent again, as the same one."""

from pathlib import Path

import pytest

from cartridge_client import ApiError, ApiUnreachableError, Client

from .conftest import Answer, Script
from .test_transfers import DOCUMENT

CORPUS = {"id": "crp_1", "name": "wards", "created_at": "2026-01-01T00:00:00Z"}


def _keys(script: Script) -> list[str]:
    return [request.headers["idempotency-key"] for request in script.requests]


def test_a_creation_whose_answer_was_lost_is_asked_for_again_as_the_same_one(
    client: Client, script: Script
) -> None:
    script.answer("POST", "/v1/corpora", Answer(201, b"{", cut=True), Answer.of(CORPUS, 201))
    assert client.create_corpus("wards").id == "crp_1"
    first, second = _keys(script)
    assert first == second
    client.create_corpus("wards")
    assert _keys(script)[2] != first


def test_an_upload_is_read_from_disk_again(client: Client, script: Script, tmp_path: Path) -> None:
    path = "/v1/corpora/crp_1/documents"
    whole = Answer.of({"object": "list", "data": [DOCUMENT]}, 201)
    script.answer("POST", path, Answer(201, b"{", cut=True), whole)
    file = tmp_path / "long.md"
    file.write_bytes(b"a long line\n" * 1000)
    assert client.upload_documents("crp_1", [file])[0].id == "doc_1"
    first, second = script.requests
    assert first.body.count(b"a long line") == second.body.count(b"a long line") == 1000
    assert len(set(_keys(script))) == 1


def test_a_connection_that_breaks_again_is_told(client: Client, script: Script) -> None:
    script.answer("POST", "/v1/corpora", Answer(201, b"{", cut=True))
    with pytest.raises(ApiUnreachableError):
        client.create_corpus("wards")
    assert len(script.requests) == 2


def test_a_refusal_is_not_asked_for_again(client: Client, script: Script) -> None:
    script.answer("POST", "/v1/corpora", Answer.of({"code": "quota_exceeded", "title": "Full"}, 403))
    with pytest.raises(ApiError):
        client.create_corpus("wards")
    assert len(script.requests) == 1
