"""What people do in the dashboard, in a real browser on a real stack."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dashboard.browsing import PATIENCE_MS, new_context, serious_issues, sign_in_with_key
from tests.dashboard.conftest import Furnished
from tests.dashboard.furnished import HARBOR, LONG_RECIPE, WARDS, kill_service

pytestmark = pytest.mark.slow
_TRAINING_MS = 300_000


def test_a_wrong_key_is_told_and_a_right_one_opens_the_overview(
    furnished: Furnished, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto("/corpora")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    page.get_by_text("API key", exact=True).first.click()
    page.get_by_label("API key", exact=True).last.fill("ck_nobody_knows_this")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="API key")).to_be_visible(timeout=PATIENCE_MS)
    sign_in_with_key(page, furnished.key)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/keys")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_two_files_become_a_cartridge_watched_to_its_end(page: Page, tmp_path: Path) -> None:
    files = [tmp_path / "wards.txt", tmp_path / "harbor.md"]
    for file, text in zip(files, (WARDS, HARBOR), strict=True):
        file.write_text(text)
    page.get_by_role("link", name="Corpora", exact=True).click()
    page.get_by_role("button", name="New corpus").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Handbook")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Handbook")).to_be_visible(timeout=PATIENCE_MS)
    page.locator("input[type=file]").set_input_files([str(file) for file in files])
    expect(page.get_by_text("2 of 2 uploaded")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("cell", name=re.compile("harbor.md")).first).to_be_visible(timeout=PATIENCE_MS)

    page.get_by_role("button", name="Train a cartridge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="All settings").click()
    for label, value in (
        ("Cartridge tokens", "16"),
        ("Conversations", "16"),
        ("Recitations", "0"),
        ("Steps", "10"),
        # The tiny model ends its questions only behind short texts.
        ("Chunk minimum tokens", "16"),
        ("Chunk maximum tokens", "64"),
        ("Question maximum tokens", "12"),
        ("Answer temperature", "1"),
    ):
        dialog.get_by_label(label, exact=True).fill(value)
    expect(dialog.get_by_text(re.compile("At most .* of a worker"))).to_be_visible(timeout=PATIENCE_MS)
    assert serious_issues(page) == []
    dialog.get_by_role("button", name="Start the job").click()
    expect(page).to_have_url(re.compile(r"/jobs/"), timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name="See the cartridge")).to_be_visible(timeout=_TRAINING_MS)
    expect(page.get_by_label("Search questions and answers")).to_be_visible()

    page.get_by_role("link", name="See the cartridge").click()
    expect(page.get_by_text("Prefix positions", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_a_running_job_is_followed_through_a_restart_of_the_api_and_cancelled(
    furnished: Furnished, page: Page
) -> None:
    corpus = furnished.client.cartridge(furnished.wards).corpus_id
    job = furnished.client.create_training_job(corpus, recipe=LONG_RECIPE)
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible(timeout=PATIENCE_MS)
    steps = page.get_by_text(re.compile(r"[\d,]+ of 100,000 steps"))
    expect(steps).to_be_visible(timeout=_TRAINING_MS)
    kill_service(furnished.stack, "api")
    expect(page.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible(timeout=PATIENCE_MS)
    seen = steps.inner_text()
    expect(steps).not_to_have_text(seen, timeout=PATIENCE_MS)

    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Retry")).to_be_visible(timeout=PATIENCE_MS)


def test_the_playground_answers_from_one_cartridge_and_from_two_composed(
    furnished: Furnished, page: Page
) -> None:
    for chosen in ([furnished.wards], [furnished.wards, furnished.harbor]):
        ids = "%2C".join(f"%22{one}%22" for one in chosen)
        page.goto(f"/playground?cartridges=%5B{ids}%5D")
        page.get_by_label("Your question").fill("How many beds has ward 3?")
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_text(re.compile(r"KV"))).not_to_have_count(0, timeout=_TRAINING_MS)
        for system in ("No context", "ICL"):
            expect(page.get_by_text(system).first).to_be_visible(timeout=_TRAINING_MS)


def test_the_playground_tells_which_of_two_cartridges_a_question_is_about(
    furnished: Furnished, page: Page
) -> None:
    ids = "%2C".join(f"%22{one}%22" for one in (furnished.wards, furnished.harbor))
    page.goto(f"/playground?cartridges=%5B{ids}%5D")
    only = page.get_by_label("Only the relevant ones")
    only.check()
    page.get_by_label("Your question").fill("How many beds has ward 3?")
    page.get_by_role("button", name="Ask").click()
    # The furnished cartridges are trained for a few steps: whom they take the question to be about is not for sure.
    told = page.locator("article[data-system=cartridge]").get_by_text(re.compile("^With "))
    expect(told).to_be_visible(timeout=_TRAINING_MS)
    expect(page.locator("article[data-system=none]").get_by_text("With ")).to_have_count(0)
    expect(page.get_by_role("region", name="Python code")).to_contain_text('"select": "relevant"')


def test_a_quota_that_is_used_up_is_told_in_place(
    furnished: Furnished, browser: Browser, tenant_key: Callable[..., str]
) -> None:
    with new_context(browser, furnished.stack.api_url) as context:
        page = context.new_page()
        sign_in_with_key(page, tenant_key("small", corpora=1))
        for name, fits in (("first", True), ("second", False)):
            page.get_by_role("link", name="Corpora", exact=True).first.click()
            page.get_by_role("button", name="New corpus").first.click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_label("Name").fill(name)
            dialog.get_by_role("button", name="Create").click()
            if fits:
                expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=PATIENCE_MS)
            else:
                told = dialog.get_by_role("alert")
                expect(told).to_contain_text(re.compile("quota|corpora", re.I), timeout=PATIENCE_MS)


def test_two_tenants_in_two_browsers_see_nothing_of_each_other(
    furnished: Furnished, browser: Browser, page: Page, tenant_key: Callable[..., str]
) -> None:
    page.get_by_role("link", name="Cartridges", exact=True).last.click()
    expect(page.get_by_role("cell", name=re.compile("wards")).first).to_be_visible(timeout=PATIENCE_MS)
    with new_context(browser, furnished.stack.api_url) as context:
        other = context.new_page()
        sign_in_with_key(other, tenant_key("neighbor"))
        for name in ("Corpora", "Training jobs", "Cartridges"):
            other.get_by_role("link", name=name, exact=True).last.click()
            expect(other.get_by_role("heading", name=name, level=1)).to_be_visible(timeout=PATIENCE_MS)
            expect(other.get_by_text(re.compile("No .* yet")).first).to_be_visible(timeout=PATIENCE_MS)
            expect(other.get_by_text("wards")).to_have_count(0)
        other.goto(f"/cartridges/{furnished.wards}")
        expect(other.get_by_role("alert")).to_be_visible(timeout=PATIENCE_MS)
        expect(other.get_by_text("Prefix positions")).to_have_count(0)
