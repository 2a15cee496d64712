"""No generated request finds a server error, or an answer that the OpenAPI document does not describe."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cartridge_store.db.repositories import quotas
from cartridge_store.quotas import Quota
from services.api.app import create_app
from tests.api.conftest import Belongings, Person, give_belongings
from tests.api.operations import operations
from tests.fuzz.figures import FIGURES, seed, wanted_requests
from tests.fuzz.requests import Fuzzer

_MANY = 10**9
# Of ten requests one comes without a good key.
_UNKNOWN_KEY = "ck_abcdefghjk_" + "x" * 43


@pytest.fixture
def refresh(sessions: Any, objects: Any, ann: Person, tmp_path: Path) -> Callable[[], Belongings]:
    return lambda: give_belongings(sessions, objects, tmp_path, ann.tenant_id)


def test_generated_requests_get_the_answers_that_the_document_describes(
    settings: Any, sessions: Any, api_url: str, ann: Person, refresh: Callable[[], Belongings]
) -> None:
    with sessions.begin() as session:
        for quota in Quota:
            quotas.set_limit(session, ann.tenant_id, quota, _MANY)
    document = create_app(settings).openapi()
    fuzzer = Fuzzer(api_url, document, refresh, seed())
    count = len(list(operations(document)))
    each = max(3, -(-wanted_requests() * 9 // (10 * 2 * count)))
    good = {"Authorization": f"Bearer {ann.key}"}
    fuzzer.run(each, good)
    fuzzer.run(max(1, each // 18), {})
    fuzzer.run(max(1, each // 18), {"Authorization": f"Bearer {_UNKNOWN_KEY}"})
    outcome = fuzzer.outcome
    while outcome.requests < wanted_requests():
        # Of an operation without parameters only a few different requests can be generated.
        fuzzer.seed += 1
        fuzzer.run(-(-(wanted_requests() - outcome.requests) // (2 * count)), good)
    FIGURES.requests += outcome.requests
    FIGURES.server_errors += outcome.server_errors
    FIGURES.schema_violations += outcome.schema_violations
    assert outcome.requests >= wanted_requests()
    assert outcome.found == {}, "\n\n".join(f"{what}\n{how}" for what, how in outcome.found.items())
    # Not only refusals: what is generated reaches the operations themselves.
    succeeded = {where for (where, status) in outcome.statuses if status < 300}
    assert len(succeeded) > count / 2
