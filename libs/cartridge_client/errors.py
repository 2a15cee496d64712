"""What can go wrong between this client and the API."""

from collections.abc import Mapping

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError


class ClientError(Exception):
    """Base of everything this client raises."""

    code = "client_error"


class ApiUnreachableError(ClientError):
    """No answer came: the server is not there, or the way to it broke."""

    code = "api_unreachable"


class UnexpectedAnswerError(ClientError):
    """An answer came that is not in the API's form; what is at the address may be something else."""

    code = "unexpected_answer"


class DigestMismatchError(ClientError):
    """A downloaded cartridge is not the file its digest names."""

    code = "digest_mismatch"


class _Problem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: str = ""
    detail: str | None = None
    code: str | None = None
    type: str = "about:blank"
    request_id: str | None = None


class ApiError(ClientError):
    """The API refused a request, in the words of its problem+json answer."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.request_id = request_id

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in {408, 429} or self.status >= httpx.codes.INTERNAL_SERVER_ERROR

    @classmethod
    def from_body(cls, status: int, body: bytes, headers: Mapping[str, str]) -> "ApiError":
        """Reads a problem+json body; anything else (a proxy's page) becomes a problem named by its status."""
        try:
            problem = _Problem.model_validate_json(body)
        except ValidationError:
            problem = _Problem()
        reason = httpx.codes.get_reason_phrase(status) or "Unknown status"
        return cls(
            status=status,
            code=problem.code or problem.type.rpartition(":")[2] or f"http_{status}",
            title=problem.title or f"HTTP {status} {reason}",
            detail=problem.detail,
            request_id=problem.request_id or headers.get("x-request-id"),
        )
