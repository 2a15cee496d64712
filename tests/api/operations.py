"""Requests for every operation of the OpenAPI document, filled with one tenant's real ids.

Whatever the document says is filled by rule, so that a new operation is covered the day it is written; one that no
rule fills raises `CannotFillError`, and the tests that use this fail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.api.conftest import PART, Belongings
from tests.api.stand_in import BASE_MODEL

KEY, SESSION = "HTTPBearer", "Session"
_EXAMPLE_MODEL = "smollm2-135m"
_ID = re.compile(r"\b([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}\b")
_PATH_PARAMETER = re.compile(r"{(\w+)}")


class CannotFillError(AssertionError):
    """The rules here do not say what a part of the operation should hold."""


@dataclass
class Operation:
    """One operation; `named` collects the ids of the tenant that its requests carry."""

    method: str
    path: str
    described: dict[str, Any]
    document: dict[str, Any]
    named: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def credentials(self) -> dict[str, list[str]]:
        """What the operation takes for a proof of who asks, each with the scopes it must have; of an open one nothing."""
        return {name: scopes for way in self.described.get("security", []) for name, scopes in way.items()}

    def ask(self, http: httpx.Client, mine: Belongings, **more: Any) -> httpx.Response:
        """Send the operation's request, naming what is `mine`."""
        return http.request(self.method, self._url(mine), **self._query(mine), **self._body(mine), **more)

    def _url(self, mine: Belongings) -> str:
        parameters = [each for each in self.described.get("parameters", []) if each["in"] == "path"]
        numbers = {each["name"] for each in parameters if each["schema"].get("type") == "integer"}

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            if name == "model_id":
                return f"{BASE_MODEL}:{self._own(mine, 'cartridge_id')}"
            if name in numbers:
                return "1"
            return self._own(mine, name)

        return _PATH_PARAMETER.sub(fill, self.path)

    def _query(self, mine: Belongings) -> dict[str, Any]:
        names = [each["name"] for each in self.described.get("parameters", []) if each["in"] == "query"]
        return {"params": {name: getattr(mine, name) for name in names if name.endswith("_id")}}

    def _body(self, mine: Belongings) -> dict[str, Any]:
        content = self.described.get("requestBody", {}).get("content", {})
        if not content:
            return {}
        if "multipart/form-data" in content:
            properties = content["multipart/form-data"]["schema"]["properties"]
            return {"files": [(name, ("a.txt", b"some text")) for name in properties]}
        if "application/octet-stream" in content:
            return {"content": PART}
        schema = self._resolved(content["application/json"]["schema"])
        if "example" not in schema:
            raise CannotFillError(f"{self}: the schema of its body has no example")
        return {"json": self._with_own_ids(schema["example"], mine)}

    def _with_own_ids(self, value: Any, mine: Belongings) -> Any:
        if isinstance(value, dict):
            return {name: self._with_own_ids(each, mine) for name, each in value.items()}
        if isinstance(value, list):
            return [self._with_own_ids(each, mine) for each in value]
        if not isinstance(value, str):
            return value
        owned = _ID.sub(lambda found: self._own_of_kind(mine, found[1]), value)
        return owned.replace(_EXAMPLE_MODEL, BASE_MODEL)

    def _own(self, mine: Belongings, name: str) -> str:
        found: str | None = getattr(mine, name, None)
        if found is None:
            raise CannotFillError(f"{self}: `Belongings` has no {name}; give the tenant of these tests one")
        self.named.add(found)
        return found

    def _own_of_kind(self, mine: Belongings, prefix: str) -> str:
        for owned in mine.ids:
            if owned.startswith(f"{prefix}_"):
                self.named.add(owned)
                return owned
        raise CannotFillError(f"{self}: `Belongings` has nothing whose id begins with {prefix}_")

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        found: dict[str, Any] = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation of the document."""
    for path, described in document["paths"].items():
        for method, operation in described.items():
            yield Operation(method.upper(), path, operation, document)


def protected(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation on a tenant's things, which takes a key or a person's session."""
    return (operation for operation in operations(document) if KEY in operation.credentials)


def personal(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation on a person's own account, which takes its session alone."""
    return (operation for operation in operations(document) if list(operation.credentials) == [SESSION])
