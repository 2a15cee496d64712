"""Chromium on the dashboard: Debian's, driven by Playwright, reaching nothing but the stack under test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

PATIENCE_MS = 60_000  # a busy machine is slow, not broken
_AXE = Path(__file__).parents[2] / "services/dashboard/node_modules/axe-core/axe.min.js"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser. Raises RuntimeError where there is no Chromium."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise RuntimeError(
            "these need Chromium; on Debian: apt-get install chromium, or name one as CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def new_context(browser: Browser, base_url: str, **options: Any) -> BrowserContext:
    """A browser's profile of its own, with the patience of a busy machine."""
    context = browser.new_context(base_url=base_url, **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def sign_in_with_key(page: Page, key: str) -> None:
    """From the sign-in page to the overview."""
    page.goto("/sign-in")
    page.get_by_text("API key", exact=True).first.click()
    page.get_by_label("API key", exact=True).last.fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=PATIENCE_MS)


def serious_issues(page: Page) -> list[str]:
    """What axe finds serious or worse on the page as it stands, in the rules of WCAG 2.2 AA."""
    page.evaluate(_AXE.read_text())
    found = page.evaluate("tags => axe.run(document, { runOnly: tags })", _WCAG)
    return [
        f"{issue['id']} ({issue['impact']}): {issue['help']}: {node['html'][:160]}"
        for issue in found["violations"]
        if issue["impact"] in {"serious", "critical"}
        for node in issue["nodes"]
    ]
