"""`make screenshots`: every page in light, in dark and on a phone, from a stack with something on every page."""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from cartridge_client import Client
from services.cli.models import get_packaged_model
from tests.dashboard.browsing import chromium, new_context, sign_in_with_key
from tests.dashboard.furnished import HARBOR, WARDS, running_stack, train
from tests.dashboard.pages import PAGES, open_page

_LOOKS: dict[str, tuple[str, ViewportSize]] = {
    "light": ("light", {"width": 1280, "height": 860}),
    "dark": ("dark", {"width": 1280, "height": 860}),
    "phone": ("light", {"width": 390, "height": 844}),
}


def take(browser: Browser, url: str, key: str, ids: dict[str, str], folder: Path) -> None:
    """One picture for each page and look: `folder`/<page>-<look>.png."""
    for look, (scheme, size) in _LOOKS.items():
        with new_context(browser, url, viewport=size, color_scheme=scheme) as context:
            page = context.new_page()
            page.goto("/sign-in")
            page.screenshot(path=folder / f"sign-in-{look}.png", full_page=True)
            sign_in_with_key(page, key)
            for shown in PAGES:
                open_page(page, shown, ids)
                if shown.name == "playground":
                    page.get_by_label("Your question").fill("How many beds has ward 3?")
                    page.get_by_role("button", name="Ask").click()
                    page.get_by_role("button", name="Ask").wait_for(timeout=300_000)
                page.wait_for_timeout(700)  # charts draw themselves in
                page.screenshot(path=folder / f"{shown.name}-{look}.png", full_page=True)
                print(f"{shown.name}, {look}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".cartridges/screenshots"))
    parser.add_argument("--models", type=Path, default=Path(".cartridges/models"))
    parser.add_argument("--url", help="of a running stack with a cartridge; needs --key")
    parser.add_argument("--key")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, tempfile.TemporaryDirectory() as scratch:
        if options.url:
            with Client(options.url, options.key) as client:
                take(browser, options.url, options.key, ids_of(client), options.folder)
        else:
            model = get_packaged_model("smollm2-135m", options.models)
            with (
                running_stack(Path(scratch) / "stack", model) as stack,
                Client(stack.api_url, stack.first_key, timeout=600) as client,
            ):
                for name, text in (("wards", WARDS), ("harbor", HARBOR)):
                    print(f"a cartridge of {name}", file=sys.stderr)
                    train(client, name, text, Path(scratch))
                take(browser, stack.api_url, stack.first_key, ids_of(client), options.folder)
    print(options.folder.resolve())


def ids_of(client: Client) -> dict[str, str]:
    """Of the newest cartridge, and what it came from."""
    (newest,) = client.cartridges(limit=1).data
    return {"cartridge": newest.id, "corpus": str(newest.corpus_id), "job": str(newest.job_id)}


if __name__ == "__main__":
    main()
