"""The text of a Word document."""

from collections.abc import Iterator
from pathlib import Path

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from cartridge_documents.errors import DocumentEmptyError

_DEEPEST = 6


def word_text(source: Path) -> str:
    """Headings, paragraphs and tables in their order, as Markdown. Raises `DocumentEmptyError`."""
    text = "\n\n".join(_blocks(source))
    if not text:
        raise DocumentEmptyError(
            "the document holds no text; leave it out, or look whether the right file was taken"
        )
    return text


def _blocks(source: Path) -> Iterator[str]:
    for block in Document(str(source)).iter_inner_content():
        text = _table(block) if isinstance(block, Table) else _paragraph(block)
        if text:
            yield text


def _paragraph(paragraph: Paragraph) -> str:
    text = paragraph.text.strip()
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    kind, _, level = style.rpartition(" ")
    if text and kind == "Heading" and level.isdecimal():
        return f"{'#' * min(int(level), _DEEPEST)} {text}"
    return text


def _table(table: Table) -> str:
    rows = (" | ".join(" ".join(cell.text.split()) for cell in row.cells) for row in table.rows)
    return "\n".join(row for row in rows if row.strip(" |"))
