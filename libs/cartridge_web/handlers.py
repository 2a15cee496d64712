"""Turns what goes wrong inside an application into problems."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cartridge_web.problems import FieldError, Problem, problem_response

ProblemOf = Callable[[Any], Problem]

_SHOWN_ERRORS = 20
_KNOWN = {
    404: ("route_not_found", "No such path", "This service has no such path; its paths are at /docs."),
    405: ("method_not_allowed", "Method not allowed", "This path does not take that method."),
    400: ("body_unreadable", "Unreadable body", "The request's body could not be read."),
}


def install_problem_handlers(
    app: FastAPI, translations: Mapping[type[Exception], ProblemOf] | None = None
) -> None:
    """Make every error answer of `app` a problem; `translations` say it for the application's own errors.

    Unexpected exceptions are `RequestMiddleware`'s: it alone stands outside of everything.
    """
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    for kind, translate in (translations or {}).items():
        app.add_exception_handler(kind, _translating(translate))


def _translating(translate: ProblemOf) -> Callable[[Request, Exception], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        return problem_response(request, translate(error))

    return handle


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return problem_response(request, error)
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    code, title, detail = _KNOWN.get(
        error.status_code, (f"http_{error.status_code}", str(error.detail), str(error.detail))
    )
    return problem_response(request, Problem(error.status_code, code, title, detail, error.headers))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    return problem_response(request, invalid_request(error.errors()))


def invalid_request(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem of a request that does not follow its schema, from pydantic's errors.

    What was sent is not repeated: it may be long, or secret.
    """
    if errors and errors[0]["type"] == "json_invalid":
        position, reason = errors[0]["loc"][-1], errors[0].get("ctx", {}).get("error", "")
        return Problem(
            400,
            "json_invalid",
            "Body is not JSON",
            f"The body is not JSON: {reason} (at character {position}).",
        )
    found = [FieldError(field=_place(each["loc"]), message=_message(each)) for each in errors[:_SHOWN_ERRORS]]
    more = "" if len(errors) <= _SHOWN_ERRORS else f"; and {len(errors) - _SHOWN_ERRORS} more"
    detail = "; ".join(f"{each.field}: {each.message}" for each in found) + more
    return Problem(
        422,
        "invalid_request",
        "Invalid request",
        detail or "The request does not follow its schema.",
        errors=found,
        param=found[0].field.removeprefix("body.") if found else None,
    )


def _place(location: Sequence[int | str]) -> str:
    return ".".join(str(step) for step in location)


def _message(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
