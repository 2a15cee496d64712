"""What a job learns of one document: its text, as it is kept, or the readable part of a web page."""

from email.message import Message
from pathlib import Path

from cartridge_documents.kinds import HTML
from services.trainer.extraction.orders import ExtractOrder
from services.trainer.extraction.sandbox import Sandbox


def learned_text(path: Path, media_type: str, sandbox: Sandbox) -> str:
    """The text of the document kept at `path`, newlines normalised, without surrounding white space; may be empty.

    The charset is the one that `media_type` names, UTF-8 where it names none; stray bytes become replacement
    characters. Raises `DocumentError` for a page that cannot be read.
    """
    header = Message()
    header["Content-Type"] = media_type
    charset = str(header.get_param("charset", "utf-8"))
    if header.get_content_type() == HTML:
        return _readable_text(path, charset, sandbox)
    return _normalised(path.read_bytes().decode(charset, errors="replace"))


def _readable_text(path: Path, charset: str, sandbox: Sandbox) -> str:
    page, target = path.with_name(f"{path.name}.page"), path.with_name(f"{path.name}.text")
    try:
        page.write_text(path.read_bytes().decode(charset, errors="replace"), encoding="utf-8", newline="")
        sandbox.carry_out(ExtractOrder(media_type=HTML, source=page, target=target))
        return _normalised(target.read_text(encoding="utf-8"))
    finally:
        page.unlink(missing_ok=True)
        target.unlink(missing_ok=True)


def _normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
