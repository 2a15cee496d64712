"""Generated requests for every operation of the OpenAPI document, and what is wrong with their answers."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup, ServerError
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.api.conftest import Belongings
from tests.api.stand_in import BASE_MODEL

CONFORMANCE = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
# Longer than any answer takes here; a stream that never ends counts as a fault of the server.
_SECONDS = 30
_ID = re.compile(r"\b[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}\b")
# What headers and ids hold when somebody means ill, or has a bug.
NASTY = (
    "", " ", "0", "-1", "null", "undefined", "NaN", "..", "../../etc/passwd", "%00", "%2e%2e%2f", "a" * 5000,
    "' OR 1=1 --", '"; drop table tenants; --', "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "<script>alert(1)</script>",
    "\u202e\u0000".encode("unicode_escape").decode(), "crp_" + "0" * 26, "ctg_" + "z" * 26, "\u00e9\u4e2d\U0001f600",
    "2147483648", "-9223372036854775809", "1e309", "W/\"1\"", "*", "bytes=0-", "gzip, deflate",
)  # fmt: skip
_HEADERS = (
    "Authorization", "Idempotency-Key", "If-Match", "Last-Event-ID", "X-Request-ID", "X-Tenant", "X-CSRF-Token",
    "Content-Type", "Accept", "Range", "Cookie", "Origin", "Forwarded", "X-Forwarded-For", "Expect", "Traceparent",
)  # fmt: skip


@dataclass
class Outcome:
    """What came of all requests; `found` says in words each different thing that was wrong."""

    requests: int = 0
    server_errors: int = 0
    schema_violations: int = 0
    found: dict[str, str] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def fault(self, where: str, kind: str, detail: str, *, of_server: bool) -> None:
        self.server_errors += of_server
        self.schema_violations += not of_server
        self.found.setdefault(f"{where}: {kind}", detail)


@dataclass
class Fuzzer:
    """Sends generated requests to `url`. `refresh` gives a tenant something of everything anew, as requests delete it."""

    url: str
    document: dict[str, Any]
    refresh: Callable[[], Belongings]
    seed: int
    outcome: Outcome = field(default_factory=Outcome)

    def run(self, each: int, headers: Mapping[str, str]) -> None:
        """`each` valid and `each` invalid requests for every operation, with these headers."""
        schema = schemathesis.openapi.from_dict(self.document)
        with requests.Session() as http:
            http.trust_env = False
            for found in schema.get_all_operations():
                operation = found.ok()
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    self._operation(operation, mode, each, dict(headers), http)

    def _operation(
        self,
        operation: Any,
        mode: GenerationMode,
        each: int,
        headers: dict[str, str],
        http: requests.Session,
    ) -> None:
        mine = self.refresh()

        @seeded(self.seed)
        @settings(
            max_examples=each, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode), own=st.booleans(), data=st.data())
        def ask(case: Any, own: bool, data: st.DataObject) -> None:
            nonlocal mine
            if own and case.path_parameters:
                case.path_parameters = {
                    name: _own(mine, name, value) for name, value in case.path_parameters.items()
                }
            if own and isinstance(case.body, dict):
                case.body = _with_own(case.body, mine)
            if own:
                # Another tenant's name would have it refused before anything else is looked at.
                case.headers.pop("x-tenant", None)
            sent = dict(headers)
            if data.draw(st.integers(0, 3)) == 0:
                sent |= {data.draw(st.sampled_from(_HEADERS)): _header(data.draw(st.sampled_from(NASTY)))}
            if self._ask(case, sent, http) and operation.method.upper() == "DELETE":
                mine = self.refresh()

        try:
            ask()
        except Unsatisfiable:
            # Nothing about it can be wrong: it takes no parameter and no body.
            assert mode is GenerationMode.NEGATIVE, operation.label
        except Exception as error:  # noqa: BLE001 - a document that nothing can be generated from is a finding
            self.outcome.fault(
                operation.label, f"generation {type(error).__name__}", str(error)[:2000], of_server=False
            )

    def _ask(self, case: Any, headers: dict[str, str], http: requests.Session) -> bool:
        """Send one request and judge the answer; whether it succeeded."""
        where = case.operation.label
        case.headers = {
            name: value
            for name, value in case.headers.items()
            if name.lower() not in {"authorization", *map(str.lower, headers)}
        }
        self.outcome.requests += 1
        http.cookies.clear()
        try:
            response = case.call(base_url=self.url, session=http, headers=headers, timeout=_SECONDS)
        except requests.exceptions.InvalidHeader:
            return False
        except requests.exceptions.RequestException as error:
            self.outcome.fault(where, type(error).__name__, repr(error)[:500], of_server=True)
            return False
        self.outcome.statuses[where, response.status_code] += 1
        try:
            case.validate_response(response, checks=CONFORMANCE)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.outcome.fault(
                    where, f"{response.status_code} {type(failure).__name__}", str(group)[:3000],
                    of_server=isinstance(failure, ServerError),
                )  # fmt: skip
        return bool(response.status_code < 300)


def _own(mine: Belongings, name: str, otherwise: Any) -> Any:
    if name == "model_id":
        return f"{BASE_MODEL}:{mine.cartridge_id}"
    return getattr(mine, name, otherwise)


def _with_own(body: dict[str, Any], mine: Belongings) -> dict[str, Any]:
    """The body with ids of what is there where it names ids."""
    return {name: _own(mine, name, value) if name.endswith("_id") else value for name, value in body.items()}


def _header(text: str) -> str:
    """What a header can carry at all."""
    return "".join(each for each in text if each.isprintable()).encode("utf-8").decode("latin-1").strip()
