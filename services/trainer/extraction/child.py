"""The reading process: takes one order after the other, under limits that its parent has named.

What it reads may be made to harm it. It has no settings, no secrets and no connections, and its parent ends it when it
takes too long.
"""

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from cartridge_documents.archives import ArchiveLimits, read_archive
from cartridge_documents.errors import (
    ArchiveTooLargeError,
    ArchiveTooManyEntriesError,
    DocumentError,
    DocumentTooComplexError,
    DocumentTypeError,
    DocumentUnreadableError,
)
from cartridge_documents.kinds import DOCX, HTML, PDF
from services.trainer.extraction.orders import (
    Answer,
    ExtractOrder,
    Refusal,
    UnpackedEntry,
    UnpackOrder,
    read_order,
)


def serve(memory_bytes: int, file_bytes: int) -> None:
    """Answer orders from standard input until it ends; neither memory nor a written file exceeds these bytes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Libraries that print must not be taken for answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        order = read_order.validate_json(line)
        answers.write(_answer(order).model_dump_json() + "\n")
        answers.flush()


def _answer(order: ExtractOrder | UnpackOrder) -> Answer:
    try:
        if isinstance(order, UnpackOrder):
            _unpack(order)
        else:
            _extract(order)
    except DocumentError as error:
        return Answer(refusal=Refusal.of(error))
    except (MemoryError, RecursionError):
        return Answer(refusal=Refusal.of(_too_complex()))
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles over in a damaged file
        if _ran_out_of_memory(error):
            return Answer(refusal=Refusal.of(_too_complex()))
        detail = "the file is damaged or not what its name says; save it again and upload it again"
        return Answer(refusal=Refusal.of(DocumentUnreadableError(detail)))
    return Answer()


def _ran_out_of_memory(error: Exception) -> bool:
    """libxml2 says it as an error of syntax, or, without memory for its own message, as an unknown one."""
    told = str(error).lower()
    return "memory" in told or told.startswith("unknown error")


def _too_complex() -> DocumentTooComplexError:
    return DocumentTooComplexError(
        "reading it takes more memory than a document may; simplify it, or save it as text"
    )


def _extract(order: ExtractOrder) -> None:
    text = _reader(order.media_type)(order.source)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    order.target.write_bytes(text.strip().encode(errors="replace"))


def _reader(media_type: str) -> Callable[[Path], str]:
    # Imported when the first such document comes: each library takes its time and memory.
    if media_type == PDF:
        from services.trainer.extraction.pdf import pdf_text  # noqa: PLC0415

        return pdf_text
    if media_type == DOCX:
        from services.trainer.extraction.word import word_text  # noqa: PLC0415

        return word_text
    if media_type == HTML:
        from services.trainer.extraction.html import html_text  # noqa: PLC0415

        return html_text
    raise DocumentTypeError(f"no text can be got out of {media_type}")


def _unpack(order: UnpackOrder) -> None:
    limits = ArchiveLimits(
        entries=order.entries, total_bytes=order.total_bytes, entry_bytes=order.entry_bytes
    )
    with order.manifest.open("w", encoding="utf-8") as manifest:
        for number, entry in enumerate(read_archive(order.source, order.name, limits)):
            told = UnpackedEntry(name=entry.name)
            path = order.target / f"{number:06d}"
            try:
                if entry.refusal is not None:
                    raise entry.refusal
                with path.open("wb") as file:
                    entry.write(file)
                told = UnpackedEntry(name=entry.name, file=path.name)
            except (ArchiveTooLargeError, ArchiveTooManyEntriesError):
                raise
            except DocumentError as error:
                path.unlink(missing_ok=True)
                told = UnpackedEntry(name=entry.name, refusal=Refusal.of(error))
            manifest.write(told.model_dump_json() + "\n")


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
