"""Problems: every error answer is an RFC 9457 document with a stable `code`, and OpenAI's `error` beside it."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
URN = "urn:cartridges:problem:"

_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_SERVER_ERRORS = 500


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(description="Where the field stands, such as `body.recipe.training.steps`.")
    message: str


class OpenAIError(BaseModel):
    """The same problem in the form that OpenAI's clients read."""

    message: str
    type: str
    code: str
    param: str | None = None


class ProblemBody(BaseModel):
    """An error answer (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="A URN that ends with `code`.")
    title: str = Field(description="What kind of problem this is, for people.")
    status: int
    detail: str = Field(description="What is wrong with this request and what to do about it.")
    code: str = Field(description="Stable and machine readable.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str | None = Field(None, description="Names this request in the logs.")
    errors: list[FieldError] | None = Field(None, description="One entry for each invalid field.")
    error: OpenAIError


class Problem(HTTPException):
    """An error with its answer. It is an HTTPException because FastAPI lets only those pass a body it reads."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        errors: Sequence[FieldError] = (),
        param: str | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.code = code
        self.title = title
        self.errors = tuple(errors)
        self.param = param

    def __str__(self) -> str:
        return f"{self.status_code} {self.code}: {self.detail}"

    def body(self, *, instance: str, request_id: str | None) -> ProblemBody:
        """The answer's document."""
        return ProblemBody(
            type=URN + self.code,
            title=self.title,
            status=self.status_code,
            detail=self.detail,
            code=self.code,
            instance=instance,
            request_id=request_id,
            errors=list(self.errors) or None,
            error=OpenAIError(
                message=self.detail, type=openai_type(self.status_code), code=self.code, param=self.param
            ),
        )


def problem_document(request: Request, problem: Problem) -> bytes:
    """The JSON of a problem that met this request, for an answer or for the inside of a stream."""
    request_id = getattr(request.state, "request_id", None)
    document = problem.body(instance=request.url.path, request_id=request_id)
    return document.model_dump_json(exclude_none=True).encode()


def problem_response(request: Request, problem: Problem) -> Response:
    """The answer to a request that met this problem."""
    return Response(
        problem_document(request, problem),
        status_code=problem.status_code,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def internal_error() -> Problem:
    """What a client learns about a fault of ours: nothing but that it happened."""
    return Problem(
        _SERVER_ERRORS,
        "internal_error",
        "Internal error",
        "The server met an unexpected error. Its log names it by the request id.",
    )


def openai_type(status: int) -> str:
    """OpenAI's error type for an HTTP status."""
    if status >= _SERVER_ERRORS:
        return "server_error"
    return _OPENAI_TYPES.get(status, "invalid_request_error")
