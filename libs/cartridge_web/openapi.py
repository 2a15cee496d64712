"""How problems stand in an OpenAPI document."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cartridge_web.body_limit import request_too_large
from cartridge_web.json_depth import json_too_deep
from cartridge_web.problems import MEDIA_TYPE, Problem, ProblemBody

_SCHEMA = "Problem"
_REFERENCE = f"#/components/schemas/{_SCHEMA}"
Responses = dict[int | str, dict[str, Any]]


def problem_responses(*problems: Problem, path: str = "/v1/example") -> Responses:
    """The `responses` of an operation that may meet these problems, each shown as an example."""
    responses: Responses = {}
    for problem in problems:
        entry = responses.setdefault(
            problem.status_code,
            {
                "description": problem.title,
                "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE}, "examples": {}}},
            },
        )
        if problem.title not in entry["description"]:
            entry["description"] += f"; {problem.title[0].lower()}{problem.title[1:]}"
        body = problem.body(instance=path, request_id="3f2b8c1e9a4d4f5f8a6b7c8d9e0f1a2b")
        entry["content"][MEDIA_TYPE]["examples"][problem.code] = {"value": body.model_dump(exclude_none=True)}
    return responses


def describe_problems(app: FastAPI, tags: list[dict[str, str]]) -> Callable[[], dict[str, Any]]:
    """An `app.openapi` whose document knows the schema of problems, and no other form of error."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                tags=tags,
                servers=app.servers or None,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= problem.pop("$defs", {})
            schemas[_SCHEMA] = problem
            _remove_other_errors(document, schemas)
            _add_errors_of_bodies(document)
            app.openapi_schema = document
        return app.openapi_schema

    return openapi


def _remove_other_errors(document: dict[str, Any], schemas: dict[str, Any]) -> None:
    """FastAPI adds its own form of a 422 to operations that do not name one; here it is a problem as all others."""
    invalid = problem_responses(
        Problem(422, "invalid_request", "Invalid request", "body.name: Field required")
    )
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            answers = operation.get("responses", {})
            if "HTTPValidationError" in str(answers.get("422", "")):
                answers["422"] = invalid[422]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


def _add_errors_of_bodies(document: dict[str, Any]) -> None:
    """What every operation that takes JSON may answer to a body that is none, or too much of it."""
    json_invalid = Problem(
        400, "json_invalid", "Body is not JSON", "The body is not JSON: Expecting value (at character 9)."
    )
    for path, operations in document.get("paths", {}).items():
        for operation in operations.values():
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            answers = operation.setdefault("responses", {})
            of_bodies = problem_responses(
                json_invalid, json_too_deep(), request_too_large(4 * 1024**2), path=path
            )
            for status, described in of_bodies.items():
                known = answers.setdefault(str(status), described)
                examples = known["content"][MEDIA_TYPE].setdefault("examples", {})
                examples |= described["content"][MEDIA_TYPE]["examples"]
