"""How somebody comes into a tenant and looks after the own account, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browsing import PATIENCE_MS, new_context
from tests.dashboard.conftest import Furnished

pytestmark = pytest.mark.slow

EMAIL = "eve@example.com"
PASSWORD = "a long enough password"
NEW_PASSWORD = "another long enough one"


def _sign_in(page: Page, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_text("Email and password", exact=True).click()
    page.get_by_role("textbox", name="Email", exact=True).fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _see_overview(page: Page) -> None:
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=PATIENCE_MS)


def test_an_invitation_is_accepted_and_the_new_account_changes_its_password(
    furnished: Furnished, browser: Browser, page: Page
) -> None:
    page.goto("/members")
    page.get_by_role("button", name="Invite somebody").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email").fill(EMAIL)
    dialog.get_by_role("button", name="Make the invitation").click()
    expect(page.get_by_text("Give them this link")).to_be_visible(timeout=PATIENCE_MS)
    link = re.search(r"https?://\S+?/invitation#token=[\w.~-]+", page.get_by_role("dialog").inner_text())
    assert link is not None
    page.get_by_role("button", name="I have copied it").click()

    context = new_context(browser, furnished.stack.api_url)
    theirs = context.new_page()
    theirs.goto(f"/invitation#{link[0].partition('#')[2]}")
    expect(theirs.get_by_role("heading", name=re.compile("^Join "))).to_be_visible(timeout=PATIENCE_MS)
    expect(theirs.get_by_text(f"{EMAIL} is invited as member.")).to_be_visible()
    theirs.get_by_label("Your name").fill("Eve")
    theirs.get_by_label("Password", exact=True).fill(PASSWORD)
    theirs.get_by_role("button", name="Accept the invitation").click()
    _see_overview(theirs)

    # The same link is good for nobody else.
    page.goto(f"/invitation#{link[0].partition('#')[2]}")
    page.reload()
    expect(page.get_by_role("alert").first).to_be_visible(timeout=PATIENCE_MS)

    elsewhere = new_context(browser, furnished.stack.api_url)
    other = elsewhere.new_page()
    _sign_in(other, PASSWORD)
    _see_overview(other)

    theirs.goto("/account")
    expect(theirs.get_by_text("This one")).to_be_visible(timeout=PATIENCE_MS)
    expect(theirs.get_by_role("button", name="Sign out", exact=True)).to_have_count(1, timeout=PATIENCE_MS)
    theirs.get_by_label("Current password").fill(PASSWORD)
    theirs.get_by_label("New password").fill("short")
    theirs.get_by_role("button", name="Change the password").click()
    expect(theirs.get_by_text("12 characters or more")).to_be_visible()
    theirs.get_by_label("New password").fill(NEW_PASSWORD)
    theirs.get_by_role("button", name="Change the password").click()
    expect(theirs.get_by_text(re.compile("The password is changed"))).to_be_visible(timeout=PATIENCE_MS)

    # The other browser is signed out, and only the new password opens the account.
    other.goto("/account")
    expect(other).to_have_url(re.compile("/sign-in"), timeout=PATIENCE_MS)
    _sign_in(other, PASSWORD)
    expect(other.get_by_role("alert").filter(has_text="password")).to_be_visible(timeout=PATIENCE_MS)
    _sign_in(other, NEW_PASSWORD)
    _see_overview(other)

    theirs.goto("/account")
    theirs.get_by_role("button", name="Sign out everywhere").click()
    theirs.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    expect(theirs).to_have_url(re.compile("/sign-in"), timeout=PATIENCE_MS)
    context.close()
    elsewhere.close()
