"""No page has what axe calls serious, in light and dark, on a desk and on a phone; none scrolls sideways."""

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.dashboard.browsing import new_context, serious_issues, sign_in_with_key
from tests.dashboard.conftest import Furnished
from tests.dashboard.pages import PAGES, open_page

pytestmark = pytest.mark.slow
_PHONE: ViewportSize = {"width": 390, "height": 844}
_DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.mark.parametrize(("scheme", "size"), [("light", _DESK), ("dark", _PHONE)])
def test_every_page_can_be_read_and_fits(
    furnished: Furnished, browser: Browser, scheme: str, size: ViewportSize
) -> None:
    with new_context(browser, furnished.stack.api_url, viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto("/sign-in")
        found = {"sign-in": _wrong(page)}
        sign_in_with_key(page, furnished.key)
        for shown in PAGES:
            open_page(page, shown, furnished.ids)
            found[shown.name] = _wrong(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_page_tries(
    furnished: Furnished, browser: Browser
) -> None:
    with new_context(browser, furnished.stack.api_url) as context:
        page = context.new_page()
        complaints: list[str] = []
        asked: set[str] = set()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.add(request.url))
        sign_in_with_key(page, furnished.key)
        for shown in PAGES:
            open_page(page, shown, furnished.ids)
        elsewhere = {url for url in asked if not url.startswith((furnished.stack.api_url, "blob:", "data:"))}
        assert elsewhere == set()
        assert complaints == []
        blocked = page.evaluate(
            "() => new Promise(done => { addEventListener('securitypolicyviolation', event => done(event.violatedDirective));"
            " const s = document.createElement('script'); s.src = 'https://elsewhere.example/x.js'; document.head.append(s); })"
        )
        assert str(blocked).startswith("script-src")


def _wrong(page: Page) -> list[str]:
    wrong = serious_issues(page)
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*wrong, f"scrolls {wide} px sideways"] if wide > 0 else wrong
