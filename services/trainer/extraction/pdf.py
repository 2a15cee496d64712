"""The text layer of a PDF."""

from collections.abc import Iterator
from pathlib import Path

from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from cartridge_documents.errors import DocumentEmptyError, DocumentEncryptedError


def pdf_text(source: Path) -> str:
    """The pages' texts, apart by blank lines. Raises `DocumentEncryptedError`, `DocumentEmptyError`."""
    try:
        text = "\n\n".join(page for page in _pages(source) if page)
    except (DependencyError, FileNotDecryptedError) as error:
        raise _encrypted() from error
    if not text:
        raise DocumentEmptyError(
            "the PDF has no text layer, as scans have; run it through OCR and upload it again"
        )
    return text


def _pages(source: Path) -> Iterator[str]:
    reader = PdfReader(source, strict=False)
    # Many PDFs are encrypted with an empty password, only to forbid printing.
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise _encrypted()
    for page in reader.pages:
        yield page.extract_text().strip()


def _encrypted() -> DocumentEncryptedError:
    return DocumentEncryptedError(
        "the PDF opens with a password alone; save it without one and upload it again"
    )
