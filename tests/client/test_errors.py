"""What the client raises when the API refuses, is away, or is something else."""

import pytest

from cartridge_client import ApiError, ApiUnreachableError, Client, UnexpectedAnswerError
from services.cli.stack.ports import PortChooser

from .conftest import KEY, Answer, Script


def test_a_refusal_carries_the_problem_the_api_described(client: Client, script: Script) -> None:
    problem = {
        "type": "urn:cartridges:problem:corpus_not_found",
        "title": "No such corpus",
        "status": 404,
        "detail": "There is no corpus crp_x.",
        "code": "corpus_not_found",
        "request_id": "req-1",
    }
    script.answer("GET", "/v1/corpora/crp_x", Answer.of(problem, 404))
    with pytest.raises(ApiError, match=r"No such corpus: There is no corpus crp_x\.") as caught:
        client.corpus("crp_x")
    refused = caught.value
    assert (refused.status, refused.code, refused.request_id) == (404, "corpus_not_found", "req-1")


def test_a_proxys_error_page_still_becomes_an_error_with_its_status(client: Client, script: Script) -> None:
    page = Answer(502, b"<html>Bad gateway</html>", "text/html", {"X-Request-Id": "req-2"})
    script.answer("GET", "/v1/corpora/crp_x", page)
    with pytest.raises(ApiError, match="HTTP 502 Bad Gateway") as caught:
        client.corpus("crp_x")
    assert (caught.value.status, caught.value.request_id) == (502, "req-2")


def test_an_answer_in_another_form_is_named_as_such(client: Client, script: Script) -> None:
    script.answer("GET", "/v1/corpora/crp_x", Answer(200, b"<html>A router's login page</html>", "text/html"))
    with pytest.raises(UnexpectedAnswerError, match="did not answer with a Corpus"):
        client.corpus("crp_x")


def test_nobody_listening_is_told_apart_from_a_refusal(tmp_path_factory: pytest.TempPathFactory) -> None:
    port = PortChooser(tmp_path_factory.mktemp("ports") / "none", prefer_usual=False).choose("nobody")
    with (
        Client(f"http://127.0.0.1:{port}", KEY) as client,
        pytest.raises(ApiUnreachableError, match=str(port)),
    ):
        client.corpora()


def test_the_key_goes_with_every_request_and_into_no_error(client: Client, script: Script) -> None:
    script.answer("GET", "/v1/models", Answer.of({"title": "Unauthorized", "status": 401}, 401))
    with pytest.raises(ApiError) as caught:
        client.models()
    assert script.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(caught.value)
