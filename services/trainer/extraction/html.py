"""The readable part of a web page."""

from pathlib import Path

import trafilatura


def html_text(source: Path) -> str:
    """The main text without navigation and boilerplate, as Markdown so that paragraphs stay apart.

    Pages too short or too odd for that heuristic give all their visible text instead. The page is in UTF-8.
    """
    html = source.read_text(encoding="utf-8", errors="replace")
    main = trafilatura.extract(html, output_format="markdown", include_comments=False)
    return main or trafilatura.html2txt(html) or ""
