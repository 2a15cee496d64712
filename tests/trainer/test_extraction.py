"""Text out of uploaded documents, and that one which means harm does none."""

import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartridge_documents.errors import (
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentError,
    DocumentTooComplexError,
    DocumentUnreadableError,
)
from cartridge_documents.kinds import DOCX, HTML, PDF
from services.trainer.extraction.orders import ExtractOrder
from services.trainer.extraction.sandbox import Sandbox, SandboxLimits
from services.trainer.stages.documents import learned_text
from tests.documents.files import pdf, word, zipped

PAGE = """<html><head><title>Lund</title><script>var hidden = 1;</script></head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav>
<article><h1>The bridge</h1>
<p>The bridge of Lund was built in 1874 by two brothers, and it carries a road to this day.</p>
<p>It was renewed in 1951, when the river had taken two of its five arches in the spring flood.</p></article>
</body></html>"""
SAMPLES = {PDF: pdf("The bridge was built in 1874."), DOCX: word(), HTML: PAGE.encode()}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def _learned(tmp_path: Path, sandbox: Sandbox, content: bytes, media_type: str) -> str:
    path = tmp_path / "document"
    path.write_bytes(content)
    return learned_text(path, media_type, sandbox)


def _extracted(tmp_path: Path, sandbox: Sandbox, content: bytes, media_type: str) -> str:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    sandbox.carry_out(ExtractOrder(media_type=media_type, source=source, target=target))
    return target.read_text(encoding="utf-8")


def test_text_and_markdown_stay_as_they_are_but_for_newlines(tmp_path: Path, sandbox: Sandbox) -> None:
    text = _learned(tmp_path, sandbox, b"# Title\r\n\r\nA *word*.\r\n", "text/markdown")
    assert text == "# Title\n\nA *word*."


def test_a_byte_order_mark_is_no_text(tmp_path: Path, sandbox: Sandbox) -> None:
    assert _learned(tmp_path, sandbox, "\ufeffåtta".encode(), "text/plain") == "åtta"


def test_the_charset_noted_at_upload_is_used(tmp_path: Path, sandbox: Sandbox) -> None:
    kept = "åtta".encode("cp1252")
    assert _learned(tmp_path, sandbox, kept, "text/plain; charset=windows-1252") == "åtta"


def test_html_gives_its_main_text_with_paragraphs_apart(tmp_path: Path, sandbox: Sandbox) -> None:
    text = _learned(tmp_path, sandbox, PAGE.encode(), "text/html; charset=utf-8")
    assert "built in 1874" in text
    assert "brothers, and it carries a road to this day.\n\nIt was renewed" in text
    assert "hidden" not in text
    assert "About" not in text


def test_html_without_a_main_text_gives_what_is_visible(tmp_path: Path, sandbox: Sandbox) -> None:
    page = b"<html><body><nav>Home</nav><p>x y</p></body></html>"
    assert "x y" in _learned(tmp_path, sandbox, page, "text/html")


def test_html_without_any_text_gives_none(tmp_path: Path, sandbox: Sandbox) -> None:
    assert _learned(tmp_path, sandbox, b"<p></p>", "text/html") == ""


def test_a_pdf_gives_its_text_layer(tmp_path: Path, sandbox: Sandbox) -> None:
    assert _extracted(tmp_path, sandbox, SAMPLES[PDF], PDF) == "The bridge was built in 1874."


def test_a_word_document_gives_headings_paragraphs_and_tables(tmp_path: Path, sandbox: Sandbox) -> None:
    expected = "## The bridge\n\nIt was built in 1874.\n\narches | five"
    assert _extracted(tmp_path, sandbox, SAMPLES[DOCX], DOCX) == expected


def test_a_pdf_without_a_text_layer_is_told_to_go_through_ocr(tmp_path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(DocumentEmptyError, match="OCR"):
        _extracted(tmp_path, sandbox, pdf(""), PDF)


def test_a_pdf_with_a_password_is_told_to_be_saved_without(tmp_path: Path, sandbox: Sandbox) -> None:
    from pypdf import PdfReader, PdfWriter

    (tmp_path / "open.pdf").write_bytes(SAMPLES[PDF])
    writer = PdfWriter(clone_from=PdfReader(tmp_path / "open.pdf"))
    writer.encrypt("a password", algorithm="RC4-128")
    writer.write(tmp_path / "closed.pdf")
    with pytest.raises(DocumentEncryptedError, match="without"):
        _extracted(tmp_path, sandbox, (tmp_path / "closed.pdf").read_bytes(), PDF)


@pytest.mark.parametrize("media_type", [PDF, DOCX])
def test_what_is_not_what_its_name_says_is_said_to_be_unreadable(
    tmp_path: Path, sandbox: Sandbox, media_type: str
) -> None:
    with pytest.raises(DocumentUnreadableError):
        _extracted(tmp_path, sandbox, b"This is only a text.", media_type)


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read(tmp_path: Path) -> None:
    with Sandbox(SandboxLimits(document_seconds=0.01)) as hurried:
        started = time.monotonic()
        with pytest.raises(DocumentTooComplexError, match="simplify"):
            _extracted(tmp_path, hurried, SAMPLES[PDF], PDF)
        assert time.monotonic() - started < 10
    with Sandbox() as patient:
        assert _extracted(tmp_path, patient, SAMPLES[PDF], PDF)


def test_a_document_that_takes_too_much_memory_is_given_up_and_the_next_one_is_read(tmp_path: Path) -> None:
    with ZipFile(BytesIO(SAMPLES[DOCX])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    body = files["word/document.xml"]
    files["word/document.xml"] = body.replace(b"<w:sectPr", b"<w:p/>" * 10_000_000 + b"<w:sectPr", 1)
    bomb = zipped(files)
    assert len(bomb) < 500_000
    with Sandbox(SandboxLimits(memory_bytes=256 * 1024**2)) as narrow:
        with pytest.raises(DocumentTooComplexError):
            _extracted(tmp_path, narrow, bomb, DOCX)
        assert _extracted(tmp_path, narrow, SAMPLES[PDF], PDF)


def test_a_reader_that_was_killed_is_started_again(tmp_path: Path, sandbox: Sandbox) -> None:
    assert _extracted(tmp_path, sandbox, SAMPLES[PDF], PDF)
    process = sandbox._process
    assert process is not None
    process.kill()
    process.wait()
    assert _extracted(tmp_path, sandbox, SAMPLES[PDF], PDF)


def test_the_reader_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTRIDGES_S3_SECRET_KEY", "a secret")
    with Sandbox() as made:
        assert _extracted(tmp_path, made, SAMPLES[PDF], PDF)
        assert made._process is not None
        environment = Path(f"/proc/{made._process.pid}/environ").read_bytes()
    assert b"CARTRIDGES" not in environment


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    media_type=st.sampled_from(sorted(SAMPLES)),
    edits=st.lists(st.tuples(st.integers(0, 40_000), st.binary(max_size=4)), min_size=1, max_size=6),
    cut=st.one_of(st.none(), st.integers(0, 40_000)),
)
def test_a_damaged_document_gives_a_typed_error_or_a_text(
    tmp_path: Path, sandbox: Sandbox, media_type: str, edits: list[tuple[int, bytes]], cut: int | None
) -> None:
    content = bytearray(SAMPLES[media_type])
    for place, piece in edits:
        at = place % len(content)
        content[at : at + len(piece)] = piece
    text = ""
    with suppress(DocumentError):
        text = _extracted(tmp_path, sandbox, bytes(content[:cut]), media_type)
    assert "\0" not in text
