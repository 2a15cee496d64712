"""Text out of uploaded documents."""

import pytest

from services.trainer.extraction import extract_text

PAGE = """<html><head><title>Lund</title><script>var hidden = 1;</script></head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav>
<article><h1>The bridge</h1>
<p>The bridge of Lund was built in 1874 by two brothers, and it carries a road to this day.</p>
<p>It was renewed in 1951, when the river had taken two of its five arches in the spring flood.</p></article>
</body></html>"""


def test_text_and_markdown_stay_as_they_are_but_for_newlines() -> None:
    assert extract_text(b"# Title\r\n\r\nA *word*.\r\n", "text/markdown") == "# Title\n\nA *word*."


def test_a_byte_order_mark_is_no_text() -> None:
    assert extract_text("\ufeffåtta".encode(), "text/plain") == "åtta"


def test_the_charset_noted_at_upload_is_used() -> None:
    assert extract_text("åtta".encode("cp1252"), "text/plain; charset=windows-1252") == "åtta"


def test_html_gives_its_main_text_with_paragraphs_apart() -> None:
    text = extract_text(PAGE.encode(), "text/html; charset=utf-8")
    assert "built in 1874" in text
    assert "brothers, and it carries a road to this day.\n\nIt was renewed" in text
    assert "hidden" not in text
    assert "About" not in text


def test_html_without_a_main_text_gives_what_is_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.trainer.extraction.trafilatura.extract", lambda *_, **__: None)
    assert extract_text(b"<html><body><nav>Home</nav><p>x y</p></body></html>", "text/html") == "Home x y"


def test_html_without_any_text_gives_none() -> None:
    assert extract_text(b"<p></p>", "text/html") == ""
