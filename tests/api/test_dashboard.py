"""The api serves the dashboard's files beside its own operations, under a policy that lets in nothing from elsewhere."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.api.app import create_app
from tests.api.conftest import assert_problem, serving

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('hello');" * 100


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small dashboard, as its build leaves one."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text("the secret is 4711")
    directory = outside / "dist"
    (directory / "assets").mkdir(parents=True)
    page = '<meta name="csp-nonce" content="__CSP_NONCE__" /><script type="module" src="/assets/index-1f.js"></script>'
    (directory / "index.html").write_text(page)
    (directory / "favicon.svg").write_text("<svg/>")
    script = directory / "assets" / "index-1f.js"
    script.write_bytes(SCRIPT)
    script.with_name("index-1f.js.gz").write_bytes(gzip.compress(SCRIPT))
    (directory / "assets" / "small-2e.css").write_text("a{}")
    (directory / "link.txt").symlink_to(outside / "secret.txt")
    return directory


@pytest.fixture(scope="module")
def url(settings: Any, built: Path) -> Iterator[str]:
    with serving(create_app(settings.model_copy(update={"dashboard_dir": built}))) as url:
        yield url


@pytest.mark.parametrize("path", ["/", "/corpora", "/corpora/crp_1", "/sign-in?next=%2Fkeys"])
def test_every_page_is_the_one_page(url: str, path: str) -> None:
    answer = httpx.get(url + path, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "/assets/index-1f.js" in answer.text


def test_the_policy_lets_in_this_origin_alone_and_no_inline_script(url: str) -> None:
    policy = httpx.get(url, headers=BROWSER).headers["content-security-policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == directives["font-src"] == "'self'"
    assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", directives["style-src"])
    assert "unsafe" not in policy
    assert "http" not in policy


def test_each_answer_has_its_own_nonce_and_the_page_knows_it(url: str) -> None:
    nonces = set()
    for _ in range(2):
        answer = httpx.get(url, headers=BROWSER)
        [nonce] = re.findall(r"'nonce-([\w-]+)'", answer.headers["content-security-policy"])
        assert f'content="{nonce}"' in answer.text
        nonces.add(nonce)
    assert len(nonces) == 2


def test_files_whose_names_change_with_their_content_are_kept_for_a_year_and_others_asked_for(
    url: str,
) -> None:
    assert "immutable" in httpx.get(f"{url}/assets/small-2e.css").headers["cache-control"]
    icon = httpx.get(f"{url}/favicon.svg")
    assert icon.headers["cache-control"] == "no-cache"
    assert icon.headers["content-type"] == "image/svg+xml"


def test_a_packed_file_is_sent_to_who_can_unpack_it(url: str) -> None:
    path = f"{url}/assets/index-1f.js"
    packed = httpx.get(path, headers={"Accept-Encoding": "gzip"})
    plain = httpx.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == SCRIPT
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"].startswith("text/javascript")


def test_a_script_of_a_build_that_is_gone_is_not_the_page(url: str) -> None:
    assert_problem(httpx.get(f"{url}/assets/index-old.js", headers=BROWSER), 404, "route_not_found")


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/link.txt", "/a%00b"],
)
def test_no_path_leads_out_of_the_build(url: str, path: str) -> None:
    answer = httpx.get(url + path, headers=BROWSER)
    assert "4711" not in answer.text


def test_what_programs_ask_for_stays_a_problem(url: str) -> None:
    assert_problem(httpx.get(f"{url}/v1/nothing", headers=BROWSER), 404, "route_not_found")
    assert_problem(httpx.get(f"{url}/nothing"), 404, "route_not_found")
    assert_problem(httpx.post(f"{url}/corpora", headers=BROWSER), 404, "route_not_found")
    assert httpx.get(f"{url}/healthz", headers=BROWSER).json() == {"status": "ok"}
    assert "dashboard" not in httpx.get(f"{url}/openapi.json").json()["paths"]


def test_without_a_build_the_page_says_how_to_get_one(settings: Any, tmp_path: Path) -> None:
    with serving(create_app(settings.model_copy(update={"dashboard_dir": tmp_path}))) as url:
        found = assert_problem(httpx.get(url, headers=BROWSER), 404, "dashboard_missing")
        assert "make dashboard" in found["detail"]
        assert httpx.get(f"{url}/healthz").status_code == 200
