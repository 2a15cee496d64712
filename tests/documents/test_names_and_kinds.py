"""Names keep their folders and lead nowhere; kinds are told by names."""

import pytest

from cartridge_documents.errors import DocumentTypeError
from cartridge_documents.kinds import DOCX, PDF, TAR, ZIP, Reading, is_readable, kind_of
from cartridge_documents.names import MAX_NAME, clean_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "etc/passwd.txt"),
        ("/abs/a.txt", "abs/a.txt"),
        ("C:\\docs\\a.txt", "docs/a.txt"),
        ("docs//./guide/a.md", "docs/guide/a.md"),
        ("a\x00b\n.txt", "ab.txt"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("x" * 600 + ".md", "x" * (MAX_NAME - 3) + ".md"),
        ("long/" * 200 + "a.md", ("long/" * 200 + "a.md")[-MAX_NAME:]),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("name", "media_type", "reading"),
    [
        ("a.TXT", "text/plain", Reading.TEXT),
        ("docs/a.md", "text/markdown", Reading.TEXT),
        ("src/main.py", "text/x-source", Reading.TEXT),
        ("Makefile", "text/plain", Reading.TEXT),
        ("a.csv", "text/csv", Reading.TEXT),
        ("a.pdf", PDF, Reading.EXTRACTED),
        ("a.docx", DOCX, Reading.EXTRACTED),
        ("a.zip", ZIP, Reading.ARCHIVE),
        ("a.b.tar.gz", TAR, Reading.ARCHIVE),
        ("a.tgz", TAR, Reading.ARCHIVE),
    ],
)
def test_a_kind_is_told_by_the_name(name: str, media_type: str, reading: Reading) -> None:
    assert (kind_of(name).media_type, kind_of(name).reading) == (media_type, reading)


@pytest.mark.parametrize("name", ["a.exe", "noname", "a.gz", ".hidden", "a.doc"])
def test_other_kinds_are_not_read_and_it_is_said_which_are(name: str) -> None:
    assert not is_readable(name)
    with pytest.raises(DocumentTypeError, match=r"\.pdf"):
        kind_of(name)
