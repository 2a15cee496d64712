"""Every page of the dashboard and how to see that it has come."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.dashboard.browsing import PATIENCE_MS


@dataclass(frozen=True)
class Shown:
    """A page's name in file names, its address with `{corpus}`, `{job}` and `{cartridge}`, and words that it then shows."""

    name: str
    address: str
    words: str


PAGES = (
    Shown("overview", "/", "Overview"),
    Shown("corpora", "/corpora", "Corpora"),
    Shown("corpus", "/corpora/{corpus}", "Add documents"),
    Shown("jobs", "/jobs", "Training jobs"),
    Shown("job", "/jobs/{job}", "Stages"),
    Shown("cartridges", "/cartridges", "Cartridges"),
    Shown("cartridge", "/cartridges/{cartridge}", "Prefix positions"),
    Shown("playground", "/playground?cartridges=%5B%22{cartridge}%22%5D", "Ask with"),
    Shown("keys", "/keys", "API keys"),
    Shown("members", "/members", "Members"),
    Shown("usage", "/usage", "Usage and quotas"),
    Shown("audit", "/audit", "Audit log"),
)


def open_page(page: Page, shown: Shown, ids: Mapping[str, str]) -> None:
    """Go there and wait until nothing is loading any more."""
    page.goto(shown.address.format(**ids))
    expect(page.get_by_role("main").get_by_text(shown.words).first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0, timeout=PATIENCE_MS)
