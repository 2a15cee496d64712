"""How light the dashboard is: against a bare page of Vite and React in the same run, and after a long job's events."""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from benchmarks._dashboard_pages import build_bare_page, events_of, served
from benchmarks._quality_study import say
from benchmarks.harness import run
from cartridge_client import Client
from services.cli.models import get_packaged_model
from tests.dashboard.browsing import PATIENCE_MS, chromium, new_context, serious_issues, sign_in_with_key
from tests.dashboard.furnished import LONG_RECIPE, WARDS, running_stack, train
from tests.dashboard.pages import PAGES, open_page
from tests.dashboard.screenshots import ids_of

_PAINT = """() => new Promise(done => {
  const found = performance.getEntriesByName('first-contentful-paint')[0];
  if (found) return done(found.startTime);
  new PerformanceObserver(list => {
    const entry = list.getEntriesByName('first-contentful-paint')[0];
    if (entry) done(entry.startTime);
  }).observe({ type: 'paint', buffered: true });
})"""


def first_paint(browser: Browser, origin: str, path: str) -> float:
    """Milliseconds to the first contentful paint, with nothing kept from before."""
    with new_context(browser, origin) as context:
        page = context.new_page()
        page.goto(path)
        return float(page.evaluate(_PAINT))


def javascript_bytes(context: BrowserContext, path: str) -> int:
    """Bytes of script that came over the wire until the page stood still."""
    page = context.new_page()
    asked: list[Request] = []
    # A function of its own: Playwright marks what it calls, which a bound method does not let it.
    page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return sum(one.sizes()["responseBodySize"] for one in asked if one.resource_type == "script")


def interaction(page: Page, act: Callable[[], None], seen: Callable[[], None]) -> float:
    """Milliseconds from acting to seeing."""
    started = time.monotonic()
    act()
    seen()
    return (time.monotonic() - started) * 1000


def heap_after_events(page: Page, job_id: str, count: int) -> float:
    """Megabytes of heap that a job's page holds after so many events, garbage left out."""

    def running(route: Route) -> None:
        answer = route.fetch()
        job = answer.json() | {"state": "running", "stage": "train", "finished_at": None}
        route.fulfill(response=answer, body=json.dumps(job))

    def tell(route: Route) -> None:
        asked = route.request.headers.get("last-event-id")
        if asked is None or int(asked) < count:
            route.fulfill(
                status=200, headers={"content-type": "text/event-stream"}, body=events_of(job_id, count)
            )
        # Whoever asks for what comes after the last one waits, as for a job that is at work.

    page.route(f"**/v1/training-jobs/{job_id}", running)
    page.route(f"**/v1/training-jobs/{job_id}/events*", tell)
    page.goto(f"/jobs/{job_id}")
    expect(page.get_by_text(f"{count:,} of {count + 1:,} steps")).to_be_visible(timeout=4 * PATIENCE_MS)
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    page.unroute_all(behavior="ignoreErrors")
    return float(used) / 2**20


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """First paint and interaction beside a bare page, script bytes, heap after many events, axe's findings."""
    model = get_packaged_model("smollm2-135m", Path(options.models))
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        folder = Path(scratch)
        say("a bare page, a stack, a cartridge: some minutes")
        bare = build_bare_page(folder)
        with (
            served(bare) as bare_origin,
            running_stack(folder / "stack", model) as stack,
            Client(stack.api_url, stack.first_key, timeout=600) as client,
        ):
            train(client, "wards", WARDS, folder)
            ids = ids_of(client)
            paints = [
                (first_paint(browser, stack.api_url, "/sign-in"), first_paint(browser, bare_origin, "/"))
                for _ in range(options.runs)
            ]
            with new_context(browser, stack.api_url) as context:
                script = javascript_bytes(context, "/sign-in")
                page = context.new_page()
                sign_in_with_key(page, stack.first_key)
                issues = []
                for shown in PAGES:
                    open_page(page, shown, ids)
                    issues += serious_issues(page)
                clicks = _clicks(browser, page, bare_origin, options.runs)
                say(f"{options.events:,} events")
                job = client.create_training_job(ids["corpus"], recipe=LONG_RECIPE)
                client.cancel_training_job(job.id)
                heap = heap_after_events(page, job.id, options.events)
    ours, bares = (statistics.median(values) for values in zip(*paints, strict=True))
    return {
        "first_contentful_paint_over_bare": ours / bares,
        "first_contentful_paint_ms": ours,
        "interaction_over_bare": clicks[0] / clicks[1],
        "interaction_ms": clicks[0],
        "javascript_kb_compressed": script / 1024,
        f"heap_mb_after_{options.events}_events": heap,
        "axe_serious": len(issues),
        "axe": issues,
    }


def _clicks(browser: Browser, page: Page, bare_origin: str, runs: int) -> tuple[float, float]:
    """Median milliseconds from a click to what it opens: another page of the dashboard, and the bare page's change."""
    ours, bares = [], []
    for _ in range(runs):
        page.get_by_role("link", name="API keys").click()
        expect(page.get_by_role("heading", name="API keys", level=1)).to_be_visible()
        ours.append(
            interaction(
                page,
                page.get_by_role("link", name="Corpora", exact=True).first.click,
                page.get_by_role("heading", name="Corpora", level=1).wait_for,
            )
        )
        with new_context(browser, bare_origin) as context:
            bare = context.new_page()
            bare.goto("/")
            bares.append(
                interaction(
                    bare,
                    bare.get_by_role("button", name="Open").click,
                    bare.get_by_role("heading", name="Opened").wait_for,
                )
            )
    return statistics.median(ours), statistics.median(bares)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=7, help="of each timing, in turns; the median counts")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--models", default=".cartridges/models", help="where the model is or goes")


if __name__ == "__main__":
    run("dashboard", measure, _options)
