"""The OpenAPI document is complete, and every operation in it is protected: a new one is covered as it is written."""

import re
import socket
import time
from typing import Any

import httpx
import pytest

from services.api.app import create_app
from services.api.health import probes
from tests.api.conftest import Belongings, Person, assert_problem, serving
from tests.api.operations import KEY, SESSION, operations, personal, protected

UNKNOWN_KEY = "ck_abcdefghjk_" + "x" * 43
# Whoever asks these is nobody yet.
OPEN = {
    "GET /healthz", "GET /readyz", "GET /v1/session/ways", "POST /v1/session", "POST /v1/session/oidc",
    "GET /v1/session/oidc/callback", "POST /v1/invitations/preview", "POST /v1/invitations/accept",
}  # fmt: skip


@pytest.fixture(scope="module")
def document(settings: Any) -> dict[str, Any]:
    return create_app(settings).openapi()


def test_every_operation_is_described_with_examples_and_errors(document: dict[str, Any]) -> None:
    found = list(operations(document))
    assert len(found) >= 20
    for each in found:
        where, operation = str(each), each.described
        assert operation.get("summary"), where
        assert operation.get("description"), where
        assert operation.get("tags"), where
        if not each.credentials:
            continue
        assert list(each.credentials) in ([KEY, SESSION], [SESSION]), where
        for status in ("401", "403", "422", "429", "503"):
            content = operation["responses"][status]["content"]["application/problem+json"]
            assert content["schema"]["$ref"].endswith("Problem"), where
            assert content["examples"], where
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "path" or parameter.get("description"), f"{where} {parameter['name']}"
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("In") and name not in {"ChatMessageIn"}:
            assert "example" in schema, name


def test_every_operation_refuses_requests_without_a_good_key(
    document: dict[str, Any], api_url: str, belongings: Belongings
) -> None:
    tried = 0
    with httpx.Client(base_url=api_url) as http:
        for operation in protected(document):
            for key in ("", "Bearer nonsense", f"Bearer {UNKNOWN_KEY}"):
                headers = {"Authorization": key} if key else {}
                response = operation.ask(http, belongings, headers=headers)
                assert_problem(response, 401, "key_invalid")
                assert response.headers["www-authenticate"].startswith("Bearer")
                tried += 1
    assert tried >= 50


def test_every_operation_refuses_requests_without_a_good_session(
    document: dict[str, Any], api_url: str, belongings: Belongings
) -> None:
    for cookie in ("", "nonsense", "x" * 43):
        with httpx.Client(base_url=api_url, cookies={"cartridges_session": cookie}) as http:
            for operation in [*protected(document), *personal(document)]:
                if cookie or KEY not in operation.credentials:
                    assert_problem(operation.ask(http, belongings), 401, "session_invalid")


def test_what_is_open_is_meant_to_be(document: dict[str, Any]) -> None:
    assert {str(each) for each in operations(document) if not each.credentials} == OPEN


def test_lists_of_another_tenant_are_empty(bob: Person, belongings: Belongings) -> None:
    for path in ("/v1/corpora", "/v1/training-jobs", "/v1/cartridges"):
        assert bob.http.get(path).json()["data"] == []
    assert [model["id"] for model in bob.http.get("/v1/models").json()["data"]] == ["tiny"]


def test_a_revoked_key_is_refused_and_says_so(ann: Person, sessions: Any) -> None:
    from cartridge_store.db.repositories import api_keys
    from cartridge_store.keys import key_prefix

    with sessions.begin() as session:
        api_keys.revoke(session, ann.tenant_id, str(key_prefix(ann.key)))
    assert "revoked" in assert_problem(ann.http.get("/v1/corpora"), 401, "key_invalid")["detail"]


def test_unknown_paths_and_methods_are_problems_too(ann: Person) -> None:
    assert_problem(ann.http.get("/v1/nothing"), 404, "route_not_found")
    assert_problem(ann.http.put("/v1/corpora"), 405, "method_not_allowed")


def test_a_body_that_is_no_json_or_too_large_is_a_problem(ann: Person) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(ann.http.post("/v1/corpora", content=b"{no", headers=headers), 400, "json_invalid")
    large = ann.http.post("/v1/corpora", content=b" " * (5 * 1024**2), headers=headers)
    assert_problem(large, 413, "request_too_large")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/corpora/a%00b",
        "/v1/training-jobs/a%00b/events",
        "/v1/cartridges?corpus_id=%00",
        "/v1/models/tiny:%00",
    ],
)
def test_ids_that_no_database_can_hold_are_refused(ann: Person, path: str) -> None:
    assert_problem(ann.http.get(path), 422, "invalid_request")


def test_health_needs_no_key_and_readiness_names_each_part(api_url: str) -> None:
    assert httpx.get(f"{api_url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{api_url}/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "database": "ready", "storage": "ready", "inference": "ready"}
    assert "http_requests_total" in httpx.get(f"{api_url}/metrics").text


def test_readiness_says_which_part_is_away(settings: Any) -> None:
    away = settings.model_copy(update={"inference_url": "http://127.0.0.1:9"})
    with serving(create_app(away)) as url:
        found = assert_problem(httpx.get(f"{url}/readyz"), 503, "not_ready")
        balanced = httpx.get(f"{url}/readyz", params={"without": "inference"})
        assert_problem(httpx.get(f"{url}/readyz", params={"without": "database"}), 422, "invalid_request")
    assert [error["field"] for error in found["errors"]] == ["inference"]
    assert balanced.json() == {"status": "ready", "database": "ready", "storage": "ready"}


def test_a_database_login_that_would_see_every_tenant_is_not_ready(settings: Any, backing: Any) -> None:
    owner = settings.model_copy(update={"database_url": backing.environment["CARTRIDGES_DATABASE_URL"]})
    with serving(create_app(owner)) as url:
        found = assert_problem(httpx.get(f"{url}/readyz"), 503, "not_ready")
    assert "cartridges_api" in found["detail"]


def test_a_part_that_hangs_makes_readiness_neither_wait_nor_pile_up(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "SECONDS", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
        with serving(create_app(settings.model_copy(update={"s3_endpoint": endpoint}))) as url:
            started = time.monotonic()
            for _ in range(2):
                found = assert_problem(httpx.get(f"{url}/readyz"), 503, "not_ready")
                assert found["detail"] == "storage: no answer within 1 s"
            assert time.monotonic() - started < 5
            assert httpx.get(f"{url}/healthz").status_code == 200
            silent.close()


def test_the_documentation_page_needs_no_other_origin(api_url: str) -> None:
    page = httpx.get(f"{api_url}/docs")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) >= 2
    for source in sources:
        assert source.startswith("/"), source
        assert httpx.get(api_url + source).status_code == 200
