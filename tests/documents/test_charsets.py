"""Charsets: short texts are read as their likeliest language wrote them, declared ones as declared."""

# ruff: noqa: RUF001 - letters of other alphabets are what this is about

from io import BytesIO

import pytest

from cartridge_documents.charsets import is_utf8_text, write_as_utf8
from cartridge_documents.errors import DocumentEmptyError, DocumentNotTextError


def text_of(content: bytes, *, is_html: bool) -> str:
    target = BytesIO()
    write_as_utf8(BytesIO(content), target, is_html=is_html)
    return target.getvalue().decode()


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Café", "latin-1"),
        ("Müßiggang", "cp1252"),
        ("Straße 5, München\n", "cp1252"),
        ("It’s “naïve” – or is it?", "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250"),
        ("Привет, это короткий текст о мосте.", "cp1251"),
        ("Привет, это короткий текст о мосте.", "koi8_r"),
        ("Ο δρόμος είναι μακρύς", "cp1253"),
        ("東京都の橋は長いです。", "shift_jis"),
        ("这座桥很长，是中国最长的桥。", "gb18030"),
        ("Mост 橋 Brücke", "utf-16"),
        ("plain", "ascii"),
    ],
)
def test_a_text_is_read_in_the_charset_it_was_written_in(text: str, charset: str) -> None:
    assert text_of(text.encode(charset), is_html=False) == text


def test_html_is_read_as_it_declares() -> None:
    # Too short to be told from its bytes: they are letters in many charsets.
    page = '<html><meta charset="windows-1255"><p>הגשר ארוך</p></html>'
    assert text_of(page.encode("cp1255"), is_html=True) == page
    old = '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">“Café”'
    assert text_of(old.encode("cp1252"), is_html=True) == old


@pytest.mark.parametrize("declared", [b"no-such-charset", b"utf-16", b"unicode_escape", b"rot13"])
def test_a_declaration_that_cannot_be_true_is_not_followed(declared: bytes) -> None:
    page = b"<meta charset=" + declared + b">Caf\xe9 \\u0041"
    assert text_of(page, is_html=True) == page.decode("cp1252")


@pytest.mark.parametrize(
    "content", [b"\x7fELF\x00\x01", bytes(range(256)), b"\xff\xfe\x01\x00", b"\xff\xfeabc"]
)
def test_what_is_binary_is_no_text(content: bytes) -> None:
    with pytest.raises(DocumentNotTextError):
        text_of(content, is_html=False)


@pytest.mark.parametrize(
    "content",
    [
        b"plain\ttext\r\n",
        "Mост 橋 Brücke".encode(),
        "é".encode() * (3 * 1024 * 1024 // 2 + 1),  # a character that two pieces share
        b"\xef\xbb\xbfwith a mark",
        "Mост".encode("utf-16"),
        "Café".encode("latin-1"),
        b"cut off \xc3",
        b"a\x00b",
        b"late" * 500_000 + b"\x07",
        b"\xed\xa0\x80",
    ],
)
def test_what_is_utf8_already_is_what_would_be_written(content: bytes) -> None:
    try:
        written = text_of(content, is_html=False).encode()
    except DocumentNotTextError:
        written = None
    assert is_utf8_text(BytesIO(content)) == (written == content)


@pytest.mark.parametrize("content", [b"", b" \n\t", "\u2003".encode()])
def test_white_space_alone_is_no_text(content: bytes) -> None:
    with pytest.raises(DocumentEmptyError):
        is_utf8_text(BytesIO(content))
