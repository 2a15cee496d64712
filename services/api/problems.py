"""The api's problems: each once, with the sentence that says what to do. Endpoints name those they may answer."""

from collections.abc import Callable
from typing import Any

from psycopg.errors import ForeignKeyViolation
from sqlalchemy.exc import IntegrityError

from cartridge_store.errors import (
    ConflictError,
    NotFoundError,
    ObjectMissingError,
    ObjectStoreUnavailableError,
)
from cartridge_web.openapi import Responses, problem_responses
from cartridge_web.problems import FieldError, Problem

_RETRY = {"Retry-After": "2"}


def unauthenticated(detail: str) -> Problem:
    return Problem(
        401, "key_invalid", "Not authenticated", detail, {"WWW-Authenticate": 'Bearer realm="cartridges"'}
    )


def scope_missing(scope: str) -> Problem:
    detail = (
        f"This operation asks for the scope `{scope}`, which the API key, or your role in the tenant, lacks."
    )
    return Problem(403, "scope_missing", "Not allowed", detail)


def session_invalid(
    detail: str = "You are not signed in, or your session has ended. Sign in: POST /v1/session.",
) -> Problem:
    return Problem(401, "session_invalid", "Not signed in", detail, {"WWW-Authenticate": "Session"})


def csrf_failed(detail: str) -> Problem:
    return Problem(403, "csrf_failed", "Request of another page", detail)


def tenant_missing() -> Problem:
    detail = (
        "Your session has no tenant: you are in none, or no longer in the one that you chose. GET /v1/session lists "
        "those that you are in, POST /v1/session/tenant chooses one."
    )
    return Problem(403, "tenant_missing", "No tenant chosen", detail)


def too_many_attempts(seconds: int) -> Problem:
    detail = f"Too many attempts to sign in, from this address or to this account. Try again in {seconds} s."
    return Problem(429, "too_many_attempts", "Too many attempts", detail, {"Retry-After": str(seconds)})


def attempts_uncounted() -> Problem:
    detail = "Nobody can sign in while attempts to do so cannot be counted. Try again shortly."
    return Problem(503, "attempts_uncounted", "Signing in is not possible", detail, _RETRY)


def rate_limited(name: str, limit: int, seconds: int) -> Problem:
    detail = f"The tenant's limit `{name}` is {limit:,} a minute, and used up. Try again in {seconds} s."
    field = FieldError(field=name, message=f"The limit is {limit} a minute")
    return Problem(
        429, "rate_limited", "Too many requests", detail, {"Retry-After": str(seconds)}, errors=[field]
    )


def quota_exceeded(name: str, limit: int, used: float) -> Problem:
    detail = (
        f"The tenant's quota `{name}` is {limit:,}, of which {used:,.0f} are in use: this would be more. Delete "
        "something or wait, or ask the operator for more; GET /v1/quotas shows all of them."
    )
    field = FieldError(field=name, message=f"The quota is {limit}, in use are {used:.0f}")
    return Problem(403, "quota_exceeded", "Quota exceeded", detail, errors=[field])


def not_found(detail: str) -> Problem:
    return Problem(404, "not_found", "Not found", detail)


def model_not_found(name: str, base: str) -> Problem:
    detail = (
        f"There is no model {name!r}. Use {base!r}, {base + ':<cartridge id>'!r} for a cartridge, or "
        f"{base + ':<corpus id>'!r} for a corpus that has one."
    )
    return Problem(404, "model_not_found", "No such model", detail, param="model")


def unsupported_parameter(name: str, detail: str) -> Problem:
    return Problem(400, "unsupported_parameter", "Unsupported parameter", detail, param=name)


def document_problem(status: int, code: str, title: str, name: str, detail: str) -> Problem:
    return Problem(
        status, code, title, f"{name}: {detail} Nothing of this request was stored.", param="files"
    )


def documents_too_large(limit: int) -> Problem:
    detail = (
        f"The documents of one request may have {limit:,} bytes together. Nothing of this request was stored."
    )
    return Problem(413, "document_too_large", "Documents too large", detail, param="files")


def inference_unavailable(
    detail: str = "The inference service cannot be reached. Try again shortly.",
) -> Problem:
    return Problem(503, "inference_unavailable", "Inference unavailable", detail, _RETRY)


def storage_unavailable(_: ObjectStoreUnavailableError | None = None) -> Problem:
    detail = "The document store cannot be reached. Try again shortly."
    return Problem(503, "storage_unavailable", "Storage unavailable", detail, _RETRY)


def database_unavailable(_: Exception | None = None) -> Problem:
    detail = "The database cannot be reached. Try again shortly."
    return Problem(503, "database_unavailable", "Database unavailable", detail, _RETRY)


def not_storable(_: Exception | None = None) -> Problem:
    """Postgres refuses NUL characters, in text and in JSON alike."""
    detail = "A value of the request holds characters that cannot be stored, such as NUL."
    return Problem(422, "invalid_request", "Invalid request", detail)


def tenant_gone(error: IntegrityError) -> Problem:
    """The problem of a request that was let in a moment before its tenant was deleted. Raises any other error."""
    broken = error.orig
    constraint = broken.diag.constraint_name or "" if isinstance(broken, ForeignKeyViolation) else ""
    if not constraint.endswith("_tenant_id_fkey"):
        raise error
    return unauthenticated("The API key is not known here.")


def _from_not_found(error: NotFoundError) -> Problem:
    return not_found(f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _from_conflict(error: ConflictError) -> Problem:
    return Problem(409, error.code, "Conflict", f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _from_missing_object(_: ObjectMissingError) -> Problem:
    return not_found("The stored file is gone.")


TRANSLATIONS: dict[type[Exception], Callable[[Any], Problem]] = {
    NotFoundError: _from_not_found,
    ConflictError: _from_conflict,
    ObjectMissingError: _from_missing_object,
    ObjectStoreUnavailableError: storage_unavailable,
}


_EVERYWHERE = (
    unauthenticated("Send an API key as `Authorization: Bearer ck_...`."),
    session_invalid(),
    scope_missing("write"),
    csrf_failed("Send the session's `csrf_token` as `X-CSRF-Token`."),
    tenant_missing(),
    not_found("You are in no tenant ten_01j9z3k4m5n6p7q8r9s0t1v2w3."),
    rate_limited("requests_minute", 6000, 2),
    Problem(422, "invalid_request", "Invalid request", "body.name: Field required"),
    database_unavailable(),
)


def documented(*problems: Problem) -> Responses:
    """OpenAPI `responses` of an operation: its own problems and those that every operation may meet."""
    return problem_responses(*problems, *_EVERYWHERE)


NOT_FOUND = not_found("There is no corpus crp_01j9z3k4m5n6p7q8r9s0t1v2w3.")
NO_ROOM = quota_exceeded("corpora", 100, 100)
