"""Bodies are limited while they arrive, and work ends when the client has left."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.web.conftest import BODY_LIMIT, Shop


def _chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * 1000


def test_a_body_up_to_the_limit_arrives(url: str) -> None:
    assert httpx.post(f"{url}/raw", content=b"x" * BODY_LIMIT).json() == {"bytes": BODY_LIMIT}
    assert httpx.post(f"{url}/raw", content=_chunks(10)).json() == {"bytes": BODY_LIMIT}


@pytest.mark.parametrize("declared", [True, False], ids=["by its header", "by its bytes"])
def test_a_larger_body_is_refused(url: str, declared: bool) -> None:
    content = b"x" * (BODY_LIMIT + 1) if declared else _chunks(2000)
    response = httpx.post(f"{url}/raw", content=content)
    assert response.status_code == 413
    assert response.json()["code"] == "request_too_large"
    assert "10,000" in response.json()["detail"]


def test_a_refused_client_can_ask_again_at_once(url: str) -> None:
    with httpx.Client(base_url=url) as http:
        for _ in range(3):
            assert http.post("/raw", content=_chunks(2000)).status_code == 413
            assert http.post("/raw", content=b"x").status_code == 200


def test_work_is_given_up_when_the_client_leaves(url: str, shop: Shop) -> None:
    shop.given_up.clear()
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{url}/slow", timeout=0.3)
    assert shop.given_up.wait(5)


def test_a_streams_source_is_closed_when_the_client_leaves(url: str, shop: Shop) -> None:
    shop.given_up.clear()
    with httpx.stream("GET", f"{url}/stream") as response:
        lines = response.iter_lines()
        assert next(lines) == "data: drop"
        time.sleep(0.1)
        assert not shop.given_up.is_set()
    assert shop.given_up.wait(5)
