"""One stack on a tiny model and one browser for all tests that look at pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from cartridge_client import Client
from services.api.dashboard.settings import DashboardSettings
from services.cli.stack.stack import Stack
from tests.dashboard.browsing import chromium, new_context, sign_in_with_key
from tests.dashboard.furnished import HARBOR, WARDS, new_tenant_key, running_stack, train
from tests.trainer.talkative_model import make_talkative_model


@dataclass(frozen=True)
class Furnished:
    """A stack, its first tenant's key and client, and two trained cartridges' ids."""

    stack: Stack
    client: Client
    wards: str
    harbor: str

    @property
    def key(self) -> str:
        return self.stack.first_key

    @property
    def ids(self) -> dict[str, str]:
        """What the addresses of pages name."""
        made = self.client.cartridge(self.wards)
        return {"cartridge": made.id, "corpus": str(made.corpus_id), "job": str(made.job_id)}


@pytest.fixture(scope="package")
def furnished(smollm2_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    built = DashboardSettings().dashboard_dir / "index.html"
    assert built.exists(), "the dashboard is not built: make dashboard"
    model = make_talkative_model(smollm2_dir, tmp_path_factory.mktemp("model") / "talkative")
    folder = tmp_path_factory.mktemp("texts")
    with (
        running_stack(tmp_path_factory.mktemp("dashboard"), model) as stack,
        Client(stack.api_url, stack.first_key, timeout=300) as client,
    ):
        yield Furnished(
            stack, client, train(client, "wards", WARDS, folder), train(client, "harbor", HARBOR, folder)
        )


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed with the last test here: Playwright's event loop would be in the way of other tests' own."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(furnished: Furnished, browser: Browser) -> Iterator[BrowserContext]:
    context = new_context(browser, furnished.stack.api_url)
    yield context
    context.close()


@pytest.fixture
def page(furnished: Furnished, context: BrowserContext) -> Page:
    """A tab of somebody who signed in with the first tenant's key."""
    page = context.new_page()
    sign_in_with_key(page, furnished.key)
    return page


@pytest.fixture
def tenant_key(furnished: Furnished) -> Callable[..., str]:
    """Makes a tenant of a name, with what it may use, and answers with a key of it."""
    return lambda name, **limits: new_tenant_key(furnished.stack, name, **limits)
