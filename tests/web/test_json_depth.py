"""JSON that is nested too deeply is refused before it is parsed, however it is written."""

import json
import time

import httpx
import pytest

from cartridge_web.json_depth import MAX_DEPTH, is_too_deep

_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 9000,
        b'{"a":' * 1500,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"cups": ' + b"[" * 4000 + b"]" * 4000 + b"}",
    ],
    ids=["open", "objects", "one more", "closed"],
)
def test_a_bomb_is_a_problem(url: str, bomb: bytes) -> None:
    response = httpx.post(f"{url}/orders", content=bomb, headers=_JSON)
    assert (response.status_code, response.json()["code"]) == (400, "json_too_deep")
    assert response.headers["content-type"] == "application/problem+json"


def test_as_deep_as_allowed_is_let_through(url: str) -> None:
    text = b'{"cups": 1, "more": ' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert httpx.post(f"{url}/orders", content=text, headers=_JSON).status_code == 200


def test_brackets_inside_of_strings_do_not_count() -> None:
    assert not is_too_deep(json.dumps({"text": "[" * 1000, 'quo"te[': "\\" + "{" * 1000}).encode())
    assert not is_too_deep(json.dumps([[each] for each in range(1000)]).encode())
    assert is_too_deep(b'["]"' + b",[" * MAX_DEPTH)
    assert is_too_deep(b"[[]," * MAX_DEPTH + b"[]" + b"]" * MAX_DEPTH)


@pytest.mark.parametrize("unit", [b'"', b'\\"', b'"\\"[', b'[]"', b"{}"])
def test_looking_takes_no_longer_than_reading(unit: bytes) -> None:
    started = time.process_time()
    is_too_deep((unit * (4 * 1024**2 // len(unit))) + b"\\")
    assert time.process_time() - started < 2
