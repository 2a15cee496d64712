"""What browsers may do: nothing with answers, and nothing from other origins unless these are named."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from services.api.app import create_app
from services.api.settings import ApiSettings
from tests.api.conftest import Person, assert_problem, serving

PAGE = "https://app.example"


def test_every_answer_tells_browsers_to_do_nothing_with_it(ann: Person, api_url: str) -> None:
    answers = [
        ann.http.get("/v1/me"),
        ann.http.get("/v1/nothing"),
        httpx.get(f"{api_url}/v1/me"),
        httpx.get(f"{api_url}/healthz"),
        ann.http.post(
            "/v1/corpora", content=b" " * (5 * 1024**2), headers={"Content-Type": "application/json"}
        ),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert [answer.headers.get("cache-control") for answer in answers[:3]] == ["no-store"] * 3


def test_the_documentation_page_may_run_what_it_needs_and_from_here_alone(api_url: str) -> None:
    policy = httpx.get(f"{api_url}/docs").headers["content-security-policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy


def _preflight(url: str) -> httpx.Response:
    headers = {
        "Origin": PAGE, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }  # fmt: skip
    return httpx.options(f"{url}/v1/corpora", headers=headers)


def test_pages_of_other_origins_get_nothing(ann: Person, api_url: str) -> None:
    assert _preflight(api_url).status_code >= 400
    answer = ann.http.get("/v1/me", headers={"Origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_pages_of_an_origin_that_is_named_may_call(ann: Person, settings: Any) -> None:
    with serving(create_app(settings.model_copy(update={"cors_origins": (PAGE,)}))) as url:
        allowed = _preflight(url)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == PAGE
        answer = httpx.get(f"{url}/v1/me", headers={"Origin": PAGE, "Authorization": f"Bearer {ann.key}"})
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        stranger = httpx.get(f"{url}/v1/me", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in stranger.headers


def test_a_page_can_read_why_its_body_was_refused(ann: Person, settings: Any) -> None:
    with serving(create_app(settings.model_copy(update={"cors_origins": (PAGE,)}))) as url:
        headers = {"Origin": PAGE, "Authorization": f"Bearer {ann.key}", "Content-Type": "application/json"}
        refused = httpx.post(f"{url}/v1/corpora", content=b" " * (5 * 1024**2), headers=headers)
    assert_problem(refused, 413, "request_too_large")
    assert refused.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("origin", ["*", "https://*.example", "app.example", "https://app.example/path"])
def test_origins_are_named_one_by_one(settings: Any, origin: str) -> None:
    with pytest.raises(ValidationError, match="cors_origins"):
        ApiSettings.model_validate(settings.model_dump() | {"cors_origins": (origin,)})
