"""Uploads are read piece by piece; downloads appear whole and right, or not at all."""

import hashlib
from pathlib import Path

import pytest

from cartridge_client import Client, DigestMismatchError, UnexpectedAnswerError

from .conftest import Answer, Script

WEIGHTS = bytes(range(256)) * 1000
CARTRIDGE = {
    "id": "ctg_1",
    "digest": hashlib.sha256(WEIGHTS).hexdigest(),
    "size_bytes": len(WEIGHTS),
    "tokens": 128,
    "base_model": "tiny",
    "status": "ready",
    "created_at": "2026-01-01T00:00:00Z",
}
DOCUMENT = {
    "id": "doc_1",
    "corpus_id": "crp_1",
    "name": "long.md",
    "media_type": "text/markdown",
    "size_bytes": 3,
    "sha256": "00",
    "created_at": "2026-01-01T00:00:00Z",
}


def test_an_upload_is_sent_in_pieces_with_its_length_and_each_piece_is_reported(
    client: Client, script: Script, tmp_path: Path
) -> None:
    script.answer("POST", "/v1/corpora/crp_1/documents", Answer.of({"object": "list", "data": [DOCUMENT]}))
    long, short = tmp_path / "long.md", tmp_path / "short.txt"
    long.write_bytes(b"a long line\n" * 40_000)
    short.write_bytes(b"short")
    reports: list[tuple[int, int]] = []

    documents = client.upload_documents("crp_1", [long, short], lambda *report: reports.append(report))

    assert [document.name for document in documents] == ["long.md"]
    total = 480_000 + 5
    assert len(reports) > 5
    assert reports[-1] == (total, total)
    request = script.requests[0]
    assert int(request.headers["content-length"]) == len(request.body)
    assert request.body.count(b'name="files"') == 2
    assert b'filename="long.md"\r\nContent-Type: text/markdown' in request.body
    assert b'filename="short.txt"\r\nContent-Type: text/plain' in request.body


def test_a_download_appears_under_its_name(client: Client, script: Script, tmp_path: Path) -> None:
    script.answer("GET", "/v1/cartridges/ctg_1", Answer.of(CARTRIDGE))
    script.answer("GET", "/v1/cartridges/ctg_1/download", Answer(200, WEIGHTS, "application/octet-stream"))
    target = client.download_cartridge("ctg_1", tmp_path / "mine.safetensors")
    assert target.read_bytes() == WEIGHTS
    assert list(tmp_path.iterdir()) == [target]


def test_a_download_with_a_wrong_byte_leaves_nothing_behind(
    client: Client, script: Script, tmp_path: Path
) -> None:
    wrong = b"!" + WEIGHTS[1:]
    script.answer("GET", "/v1/cartridges/ctg_1", Answer.of(CARTRIDGE))
    script.answer("GET", "/v1/cartridges/ctg_1/download", Answer(200, wrong, "application/octet-stream"))
    with pytest.raises(DigestMismatchError, match="nothing was written"):
        client.download_cartridge("ctg_1", tmp_path / "mine.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_list_is_read_page_by_page(client: Client, script: Script) -> None:
    other = CARTRIDGE | {"id": "ctg_2"}
    script.answer(
        "GET",
        "/v1/cartridges",
        Answer.of({"data": [CARTRIDGE], "has_more": True, "next_cursor": "c1"}),
        Answer.of({"data": [other], "has_more": False, "next_cursor": None}),
    )
    assert [cartridge.id for cartridge in client.every(client.cartridges)] == ["ctg_1", "ctg_2"]
    assert script.requests[1].path == "/v1/cartridges?cursor=c1"


def test_the_base_model_is_the_listed_one_without_a_cartridge(client: Client, script: Script) -> None:
    script.answer("GET", "/v1/models", Answer.of({"data": [{"id": "tiny:ctg_1"}, {"id": "tiny"}]}))
    assert client.base_model() == "tiny"


def test_a_server_without_a_base_model_is_no_place_to_chat(client: Client, script: Script) -> None:
    script.answer("GET", "/v1/models", Answer.of({"data": []}))
    with pytest.raises(UnexpectedAnswerError, match="lists no base model"):
        client.base_model()
