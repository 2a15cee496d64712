"""Plain text from an uploaded document: text and Markdown as they are, the readable part of HTML."""

from email.message import Message

import trafilatura

HTML = "text/html"


def extract_text(content: bytes, media_type: str) -> str:
    """The text of a document, newlines normalised, without surrounding white space; may be empty.

    The charset is the one that the upload found and noted in `media_type`, UTF-8 where it noted none; stray
    bytes become replacement characters.
    """
    header = Message()
    header["Content-Type"] = media_type
    charset = str(header.get_param("charset", "utf-8"))
    text = content.decode(charset, errors="replace").removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if header.get_content_type() == HTML:
        text = _readable_text(text)
    return text.strip()


def _readable_text(html: str) -> str:
    """The main text without navigation and boilerplate, as Markdown so that paragraphs stay apart.

    Pages too short or too odd for that heuristic give all their visible text instead.
    """
    main = trafilatura.extract(html, output_format="markdown", include_comments=False)
    return main or trafilatura.html2txt(html) or ""
