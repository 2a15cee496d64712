"""Whatever goes wrong is answered as a problem that says what to do and nothing that is secret."""

import httpx
import pytest


def _problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert body["type"] == f"urn:cartridges:problem:{code}"
    assert body["request_id"] == response.headers["x-request-id"]
    error = body["error"]
    assert isinstance(error, dict)
    assert (error["message"], error["code"]) == (body["detail"], code)
    return body


def test_an_invalid_field_is_named(url: str) -> None:
    body = _problem(httpx.post(f"{url}/orders", json={"cups": 0}), 422, "invalid_request")
    assert body["errors"] == [{"field": "body.cups", "message": "Input should be greater than or equal to 1"}]


def test_a_body_that_is_no_json_says_where_it_breaks(url: str) -> None:
    headers = {"Content-Type": "application/json"}
    body = _problem(httpx.post(f"{url}/orders", content=b'{"cups": }', headers=headers), 400, "json_invalid")
    assert "9" in str(body["detail"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "route_not_found"), ("PUT", "/orders", 405, "method_not_allowed")],
)
def test_the_frameworks_own_errors_are_problems(
    url: str, method: str, path: str, status: int, code: str
) -> None:
    _problem(httpx.request(method, url + path), status, code)


def test_a_problem_keeps_its_headers(url: str) -> None:
    response = httpx.get(f"{url}/teapot")
    _problem(response, 418, "teapot")
    assert response.headers["retry-after"] == "7"


def test_the_applications_errors_are_translated(url: str) -> None:
    assert _problem(httpx.get(f"{url}/tea"), 409, "no_tea")["detail"] == "the pot is empty"


def test_an_unexpected_error_tells_its_request_id_and_nothing_else(url: str) -> None:
    body = _problem(httpx.get(f"{url}/broken"), 500, "internal_error")
    assert "4711" not in str(body)
