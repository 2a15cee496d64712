"""One HTTP exchange with the API: keys, errors in the API's words, answers as pydantic models."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from pydantic import BaseModel, ValidationError

from cartridge_client.errors import ApiError, ApiUnreachableError, UnexpectedAnswerError

Answer = TypeVar("Answer", bound=BaseModel)

# A model on a CPU thinks before its first token, so reading may take longer than connecting.
_CONNECT_SECONDS = 10.0


class Transport:
    """Sends requests to one API with one key."""

    def __init__(
        self, base_url: str, api_key: str, timeout: float, inner: httpx.BaseTransport | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {api_key}", "User-Agent": "cartridges-client"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
            transport=inner,
        )
        # For what is not the API's: the key must not get there.
        self._elsewhere = httpx.Client(
            headers={"User-Agent": "cartridges-client"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
        )

    def close(self) -> None:
        self._http.close()
        self._elsewhere.close()

    def ask(
        self,
        answer: type[Answer],
        method: str,
        path: str,
        *,
        json: object | None = None,
        params: Mapping[str, Any] | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request whose answer is a JSON document. Raises ApiError, ApiUnreachableError, UnexpectedAnswerError."""
        with self._reaching():
            response = self._http.request(
                method, path, json=json, params=_without_none(params), files=files, headers=headers
            )
        self._refuse_errors(response)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise UnexpectedAnswerError(
                f"{method} {self.base_url}{path} did not answer with a {answer.__name__}: {error}"
            ) from error

    def once(self, send: Callable[[Mapping[str, str]], Answer]) -> Answer:
        """What `send` makes with an `Idempotency-Key`, sent again where the connection broke: made once all the same.

        Raises what `send` raises, ApiUnreachableError only when it came twice.
        """
        headers = {"Idempotency-Key": uuid4().hex}
        try:
            return send(headers)
        except ApiUnreachableError:
            return send(headers)

    def send(self, method: str, path: str) -> None:
        """One request whose answer has no content. Raises ApiError, ApiUnreachableError."""
        with self._reaching():
            response = self._http.request(method, path)
        self._refuse_errors(response)

    def put(self, url: str, pieces: Iterator[bytes], size: int) -> None:
        """Send `size` bytes to a path of the API, or to an absolute URL that needs no key and gets none.

        Raises ApiError, ApiUnreachableError.
        """
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        with self._reaching():
            if url.startswith("/"):
                response = self._http.put(url, content=pieces, headers=headers)
            else:
                response = self._elsewhere.put(url, content=pieces, headers=headers)
        self._refuse_errors(response)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        json: object | None = None,
        headers: Mapping[str, str] | None = None,
        read_timeout: float | None = None,
    ) -> Iterator[httpx.Response]:
        """An answer that is read while it comes. Raises ApiError, ApiUnreachableError, also while it is read."""
        timeout = self._http.timeout
        if read_timeout is not None:
            timeout = httpx.Timeout(timeout.read, connect=timeout.connect)
            timeout.read = read_timeout
        with (
            self._reaching(),
            self._http.stream(method, path, json=json, headers=headers, timeout=timeout) as response,
        ):
            if response.is_error:
                response.read()
            self._refuse_errors(response)
            yield response

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.ConnectError as error:
            raise ApiUnreachableError(f"Nothing answers at {self.base_url} ({error}).") from error
        except httpx.TimeoutException as error:
            raise ApiUnreachableError(
                f"{self.base_url} did not answer in time ({type(error).__name__})."
            ) from error
        except httpx.TransportError as error:
            raise ApiUnreachableError(
                f"The connection to {self.base_url} broke ({type(error).__name__}: {error})."
            ) from error

    @staticmethod
    def _refuse_errors(response: httpx.Response) -> None:
        if not response.is_success:
            raise ApiError.from_body(response.status_code, response.content, response.headers)


def _without_none(params: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if params is None else {name: value for name, value in params.items() if value is not None}
